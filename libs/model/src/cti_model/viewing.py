"""A user's view after what happened: folds over events of calls, agents, operators' log-ins and the journal. Pure."""

from collections.abc import Callable, Iterator

from msgspec.structs import replace

from cti_model.agents import AgentEvent, AgentEventKind, AgentState
from cti_model.calls import Call, Connection, ConnectionState, DeviceKind, Direction, Outcome, Party
from cti_model.events import CallEvent, DigitsEntered
from cti_model.journal import Identified, JournalEvent, Saved
from cti_model.operators import OperatorEvent, OperatorEventKind, Refusal
from cti_model.records import is_recorded, remote_party, talking_with
from cti_model.view import AgentView, CallView, CtiEvent, CtiEventName, ErrorView, PartyView, QueueView, UserView

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
    after = tuple(sorted((*others, mine), key=_place))
    if after == view.agents:
        return view, ()
    return replace(view, agents=after), tuple(_agent_changes(event, mine))


def project_handover(
    view: UserView, pbx: str, device: str, agent: AgentView | None
) -> tuple[UserView, tuple[CtiEvent, ...]]:
    """The view of a user who got a device, with the agent who is signed in there, or gave it away (None).

    No events and the same view: nothing changed, as for who is an agent there already, or for who never was.
    """
    had = next((each for each in view.agents if (each.pbx, each.device) == (pbx, device)), None)
    if (had is None) == (agent is None):
        return view, ()
    if agent is not None:
        after, mine, previous = tuple(sorted((*view.agents, agent), key=_place)), agent, AgentState.LOGGED_OUT
    else:
        assert had is not None
        after = tuple(each for each in view.agents if each is not had)
        mine, previous = AgentView(pbx=pbx, device=device, state=AgentState.LOGGED_OUT), had.state
    names = (CtiEventName.CALL_CENTRE_STATE_CHANGED, CtiEventName.AGENT_STATE_CHANGED)
    return replace(view, agents=after), tuple(CtiEvent(name=each, agent=mine, previous=previous) for each in names)


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


def _place(agent: AgentView) -> tuple[str, str]:
    return agent.pbx, agent.device


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
