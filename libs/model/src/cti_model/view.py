"""One user's view of their calls and of themselves as agent, and the CtiModel events that tell how it changed.

Pure: `project`, `project_agent`, `project_operator` and `project_journal` are folds. A view names a call by the
user's own connection, which stays the same when the parties of a transfer come together in another call.
"""

from collections.abc import Callable, Iterator
from datetime import datetime
from enum import StrEnum

from msgspec import Struct
from msgspec.structs import replace

from cti_model.agents import AgentEvent, AgentEventKind, AgentState, DeviceState
from cti_model.calls import Call, Command, Connection, ConnectionState, DeviceKind, Direction, EndedBy, Outcome, Party
from cti_model.directory import Candidate
from cti_model.events import CallEvent, DigitsEntered, Origin
from cti_model.journal import Identified, JournalEvent, Saved
from cti_model.operators import OperatorEvent, OperatorEventKind, Refusal
from cti_model.records import is_recorded, remote_party, talking_with


class CtiEventName(StrEnum):
    """The 21 events of CtiModel, under its own names."""

    INITIALIZED = "initialized"
    DISCONNECTED = "disconnected"
    CALL_STARTED = "callStarted"
    CALL_FINISHED = "callFinished"
    COMMUTATION_STARTED = "commutationStarted"
    CALL_BUSY = "callBusy"
    HOLD = "hold"
    UNHOLD = "unhold"
    ERROR = "error"
    LINE_STATE_CHANGED = "lineStateChanged"
    AGENT_STATE_CHANGED = "agentStateChanged"
    ACTIVE_CALL_SNAPSHOT = "activeCallSnapshot"
    CALL_SAVED = "callSaved"
    RAW_MESSAGE = "rawMessage"
    CURRENT_CALL_CHANGED = "currentCallChanged"
    CALL_CENTRE_STATE_CHANGED = "callCentreStateChanged"
    CALL_INFO_CHANGED = "callInfoChanged"
    DTMF_ENTERED = "dtmfEntered"
    WEB_RTC_STARTED = "webRtcStarted"
    WEB_RTC_VIDEO_STARTED = "webRtcVideoStarted"
    WEB_RTC_DESTROYED = "webRtcDestroyed"


class PartyView(Struct, frozen=True, omit_defaults=True, kw_only=True):
    """Who may be behind `number`, as the directory knows: candidates, the likeliest first, and the first one's name."""

    number: str
    name: str = ""
    candidates: tuple[Candidate, ...] = ()


class CallView(Struct, frozen=True, omit_defaults=True, kw_only=True):
    """One of the user's calls.

    `id` is the connection's id, `call_id` the journal's. `number`/`name`: who is at the other side now.
    `talk_us`/`hold_us`: microseconds up to `state_since`; a clock adds what has passed since. `held_by_remote`:
    the other side holds us. `parent_id`: the view id of the call that this one is a consultation of. `party`: who the
    other side is by the directory, for its present number; `name` is what the PBX showed. `database_id`: the row of the
    Calls section; empty until it is saved.
    """

    id: str
    call_id: str
    pbx: str
    device: str
    direction: Direction
    state: ConnectionState
    started_at: datetime
    state_since: datetime
    number: str = ""
    name: str = ""
    internal: bool = False
    queue: str = ""
    held_by_remote: bool = False
    answered_at: datetime | None = None
    ended_at: datetime | None = None
    ring_us: int = 0
    queue_us: int = 0
    talk_us: int = 0
    hold_us: int = 0
    outcome: Outcome | None = None
    ended_by: EndedBy | None = None
    redirecting_id: str = ""
    redirection_id: str = ""
    parent_id: str = ""
    party: PartyView | None = None
    database_id: str = ""
    allowed: tuple[Command, ...] = ()


class QueueView(Struct, frozen=True, omit_defaults=True, kw_only=True):
    """The user's state in one queue."""

    queue: str
    state: AgentState
    reason: str = ""
    since: datetime | None = None


class AgentView(Struct, frozen=True, omit_defaults=True, kw_only=True):
    """The user as an agent at one of their devices: as a whole, and in each queue."""

    pbx: str
    device: str
    state: AgentState
    device_state: DeviceState = DeviceState.UNKNOWN
    reason: str = ""
    since: datetime | None = None
    queues: tuple[QueueView, ...] = ()


class ErrorView(Struct, frozen=True, omit_defaults=True, kw_only=True):
    """What keeps the user's telephone from being seen at a PBX: their own log-in there is refused, since `since`."""

    pbx: str
    device: str
    reason: Refusal
    message: str
    since: datetime


class CtiEvent(Struct, frozen=True, omit_defaults=True, kw_only=True):
    """One CtiModel event. `call` is the call after it (also the finished one); `digits` only with dtmfEntered.

    With agentStateChanged and callCentreStateChanged, `agent` is the agent after it and `previous` its state before.
    `database_id`: with callSaved, and with callInfoChanged when somebody wrote about it: the row of the Calls section;
    there is no `call` when it is over. `error`: with error.
    """

    name: CtiEventName
    call: CallView | None = None
    digits: str = ""
    agent: AgentView | None = None
    previous: AgentState | None = None
    database_id: str = ""
    error: ErrorView | None = None


class UserView(Struct, frozen=True, omit_defaults=True, kw_only=True):
    """Everything a user's panel shows live.

    The calls that have not ended, oldest first, and which one is current; the user as agent, at each device that its
    PBX's call centre told of. `errors`: what is wrong now, one for each PBX at most.
    """

    tenant: str
    user: str
    calls: tuple[CallView, ...] = ()
    current_call: str = ""
    agents: tuple[AgentView, ...] = ()
    errors: tuple[ErrorView, ...] = ()


class UserUpdate(Struct, frozen=True, omit_defaults=True, kw_only=True):
    """One message of `cti.<tenant>.user.<user>`: what happened (`events`) and the whole view after it.

    `version` counts this user's messages without gaps within one `epoch`; another epoch means another history, in
    which versions can't be compared. `source_seq`: the stream sequence of the call event it came from.
    """

    epoch: str
    version: int
    source_seq: int
    occurred_at: datetime
    origin: Origin
    events: tuple[CtiEvent, ...]
    view: UserView


Owns = Callable[[Connection], bool]


def project(view: UserView, event: CallEvent, owns: Owns) -> tuple[UserView, tuple[CtiEvent, ...]]:
    """The view after a call event, and the CtiModel events that this means for the user.

    `owns` tells whether a connection is on one of the user's devices. No events and the same view: nothing that
    concerns the user. Repeats change nothing.
    """
    before = {each.id: each for each in view.calls}
    after = dict(before)
    told: list[CtiEvent] = []
    for connection in event.call.connections:
        if not owns(connection) or not is_recorded(connection):
            continue
        old = before.get(connection.connection_id)
        if old is None and not connection.alive:
            continue
        new = _call_view(event.call, connection, before)
        if connection.alive:
            after[new.id] = new
        else:
            after.pop(new.id)
        told.extend(_changes(old, new))
    told.extend(_digits(event, after))
    calls = tuple(after.values())
    current = _current(view.current_call, calls)
    if current != view.current_call:
        told.append(CtiEvent(name=CtiEventName.CURRENT_CALL_CHANGED, call=after.get(current)))
    if not told and calls == view.calls:
        return view, ()
    return replace(view, calls=calls, current_call=current), tuple(told)


def project_agent(view: UserView, event: AgentEvent) -> tuple[UserView, tuple[CtiEvent, ...]]:
    """The view after an event of one of the user's devices, and the CtiModel events that it means.

    No events and the same view: nothing changed. Repeats change nothing.
    """
    agent = event.agent
    mine = AgentView(
        pbx=agent.pbx,
        device=agent.device,
        state=agent.state,
        device_state=agent.device_state,
        reason=agent.reason,
        since=agent.since,
        queues=tuple(
            QueueView(queue=each.queue, state=each.state, reason=each.reason, since=each.since) for each in agent.queues
        ),
    )
    others = tuple(each for each in view.agents if (each.pbx, each.device) != (mine.pbx, mine.device))
    after = tuple(sorted((*others, mine), key=lambda each: (each.pbx, each.device)))
    if after == view.agents:
        return view, ()
    return replace(view, agents=after), tuple(_agent_changes(event, mine))


def project_operator(view: UserView, event: OperatorEvent) -> tuple[UserView, tuple[CtiEvent, ...]]:
    """The view after what became of the user's own log-in at a PBX, and the CtiModel events that it means.

    A refusal is an error until the PBX lets the user in or nobody tries any more; that it is gone shows in the view.
    The same refusal again is told no second time.
    """
    was = next((each for each in view.errors if each.pbx == event.pbx), None)
    others = tuple(each for each in view.errors if each.pbx != event.pbx)
    if event.kind is not OperatorEventKind.REFUSED:
        return (replace(view, errors=others) if was is not None else view), ()
    reason = event.reason or Refusal.OTHER
    now = ErrorView(pbx=event.pbx, device=event.device, reason=reason, message=event.detail, since=event.occurred_at)
    if was is not None and replace(now, since=was.since) == was:
        return view, ()
    after = tuple(sorted((*others, now), key=lambda each: each.pbx))
    return replace(view, errors=after), (CtiEvent(name=CtiEventName.ERROR, error=now),)


def project_journal(view: UserView, event: JournalEvent) -> tuple[UserView, tuple[CtiEvent, ...]]:
    """The view after what the journal adds about one of the user's calls, and the CtiModel events that it means.

    Identified: only while the call goes on, and has that number. Saved and linked are told of calls that are over too.
    """
    fact = event.fact
    row = fact.connection_id
    call = next((each for each in view.calls if each.id == row), None)
    if isinstance(fact, Identified):
        party = PartyView(number=fact.number, name=fact.name, candidates=fact.candidates)
        if call is None or call.number != fact.number or call.party == party:
            return view, ()
        after = replace(call, party=party)
        return _with(view, after), (CtiEvent(name=CtiEventName.CALL_INFO_CHANGED, call=after),)
    if isinstance(fact, Saved):
        saved = replace(call, database_id=row) if call is not None else None
        told = CtiEvent(name=CtiEventName.CALL_SAVED, call=saved, database_id=row)
        return (_with(view, saved) if saved is not None else view), (told,)
    return view, (CtiEvent(name=CtiEventName.CALL_INFO_CHANGED, call=call, database_id=row),)


def _with(view: UserView, call: CallView) -> UserView:
    return replace(view, calls=tuple(call if each.id == call.id else each for each in view.calls))


def _agent_changes(event: AgentEvent, mine: AgentView) -> Iterator[CtiEvent]:
    if event.kind is AgentEventKind.CALL_CENTRE_CHANGED:
        yield CtiEvent(name=CtiEventName.CALL_CENTRE_STATE_CHANGED, agent=mine, previous=event.previous)
    if event.kind is not AgentEventKind.DEVICE_CHANGED:
        yield CtiEvent(name=CtiEventName.AGENT_STATE_CHANGED, agent=mine, previous=event.previous)


def _call_view(call: Call, connection: Connection, known: dict[str, CallView]) -> CallView:
    others = [each for each in call.connections if each.alive and each.connection_id != connection.connection_id]
    talking = [each for each in others if each.talking]
    old = known.get(connection.connection_id)
    remote, internal = _other_side(call, connection, old)
    parent = next((each.id for each in known.values() if each.call_id == call.consultation_of), "")
    return CallView(
        id=connection.connection_id,
        call_id=call.call_id,
        pbx=call.pbx,
        device=connection.device.number,
        direction=connection.direction,
        state=connection.state,
        started_at=connection.started_at,
        state_since=connection.changed_at,
        number=remote.number,
        name=remote.name,
        internal=internal,
        queue=connection.queue,
        held_by_remote=any(each.state is ConnectionState.HELD for each in talking),
        answered_at=connection.answered_at,
        ended_at=connection.ended_at,
        ring_us=connection.tally.ring_us,
        queue_us=connection.tally.queue_us,
        talk_us=connection.tally.talk_us,
        hold_us=connection.tally.hold_us,
        outcome=connection.outcome,
        ended_by=connection.ended_by,
        redirecting_id=connection.redirecting_id,
        redirection_id=connection.redirection_id,
        parent_id=parent if connection.direction is Direction.OUT else "",
        party=old.party if old is not None and old.party is not None and old.party.number == remote.number else None,
        database_id=old.database_id if old is not None else "",
        allowed=connection.allowed,
    )


def _other_side(call: Call, connection: Connection, old: CallView | None) -> tuple[Party, bool]:
    """Who is at the other side now, and whether inside the company: after a transfer not who the phone rang with.

    While nobody is, or more than one, it stays who it was: the last words of a call were spoken with somebody.
    """
    now = talking_with(call, connection)
    if now is not None:
        known = now.device.kind in (DeviceKind.EXTENSION, DeviceKind.TRUNK)
        return now.party, now.device.kind is DeviceKind.EXTENSION if known else connection.internal
    if old is not None and connection.answered_at is not None:
        return Party(number=old.number, name=old.name), old.internal
    return remote_party(call, connection), connection.internal


def _changes(old: CallView | None, new: CallView) -> list[CtiEvent]:
    names: list[CtiEventName] = []
    state, was = new.state, old.state if old else None
    if old is None:
        names.append(CtiEventName.CALL_STARTED)
    if new.ended_at is not None:
        if new.outcome is Outcome.BUSY and new.direction is Direction.OUT:
            names.append(CtiEventName.CALL_BUSY)
        return [CtiEvent(name=name, call=new) for name in (*names, CtiEventName.CALL_FINISHED)]
    if state is ConnectionState.CONNECTED and was is ConnectionState.HELD:
        names.append(CtiEventName.UNHOLD)
    elif state is ConnectionState.CONNECTED and was is not ConnectionState.CONNECTED:
        names.append(CtiEventName.COMMUTATION_STARTED)
    elif state is ConnectionState.HELD and was is not ConnectionState.HELD:
        names.append(CtiEventName.HOLD)
    if old is not None:
        if (old.number, old.name, old.call_id, old.held_by_remote, old.queue) != (
            new.number,
            new.name,
            new.call_id,
            new.held_by_remote,
            new.queue,
        ):
            names.append(CtiEventName.CALL_INFO_CHANGED)
        if old.allowed != new.allowed:
            names.append(CtiEventName.LINE_STATE_CHANGED)
    return [CtiEvent(name=name, call=new) for name in names]


def _digits(event: CallEvent, calls: dict[str, CallView]) -> list[CtiEvent]:
    if isinstance(event.fact, DigitsEntered) and event.fact.connection_id in calls:
        call = calls[event.fact.connection_id]
        return [CtiEvent(name=CtiEventName.DTMF_ENTERED, call=call, digits=event.fact.digits)]
    return []


def _current(was: str, calls: tuple[CallView, ...]) -> str:
    """CtiModel's rule: the first call stays current while others come; the last that remains becomes current."""
    ids = [each.id for each in calls]
    if was in ids:
        return was
    return ids[0] if ids else ""
