"""The state of a call after a fact: `fold(call, fact, at) -> call`. Pure; the only place where time is accounted.

Promises: every microsecond of a connection's life is in exactly one bucket; a call and a connection can end from
every state, and one that is over stays as it is; a repeat, or a fact about a connection that is not (or no longer)
there, changes nothing but the version; instants never run backwards within a connection (an earlier `at` counts as
the last one). The state is bounded: of connections that ended without an answer the newest stay, the others leave it
in an event behind that in which they ended, so whoever reads all events has seen how each ended.
"""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from msgspec.structs import replace

from cti_model.calls import (
    Call,
    CallDirection,
    Cause,
    Command,
    Connection,
    ConnectionState,
    DeviceKind,
    Direction,
    EndedBy,
    Party,
    Tally,
    microseconds,
)
from cti_model.events import (
    CallEvent,
    CallFact,
    Cleared,
    Conferenced,
    ConnectionCleared,
    Delivered,
    Dequeued,
    DigitsEntered,
    Diverted,
    Established,
    Failed,
    Held,
    InformationChanged,
    Leg,
    Origin,
    Originated,
    Parked,
    Queued,
    RecordingStarted,
    RecordingStopped,
    RecordingStored,
    Retrieved,
    Transferred,
    Unparked,
    fact_kind,
)
from cti_model.ids import event_id
from cti_model.outcomes import outcome
from cti_model.permissions import allowed
from cti_model.records import remote_party

State = ConnectionState
MOST_IDLE = 100
"""So many connections that ended without an answer stay in a call's state: about 50 KiB of each of its events."""
_WAITING = (State.INITIATED, State.ALERTING, State.QUEUED)


def born(call_id: str, tenant: str, pbx: str, at: datetime, native_id: str, features: tuple[Command, ...] = ()) -> Call:
    """A call before its first event."""
    return Call(
        call_id=call_id,
        tenant=tenant,
        pbx=pbx,
        version=0,
        started_at=at,
        native_ids=(native_id,),
        features=features,
    )


def fold(call: Call, fact: CallFact, at: datetime) -> Call:
    """The call after one more fact that occurred at `at`."""
    over = call.ended_at is not None and not isinstance(fact, InformationChanged)
    after = call if over else _APPLY[type(fact)](call, fact, at)
    left = () if over else _too_many(call)
    stay = after.connections
    if left:
        gone = {each.connection_id for each in left}
        stay = tuple(each for each in stay if each.connection_id not in gone)
    connections = tuple(_permitted(after, each) for each in stay)
    left_count = call.left_count + len(left)
    return replace(after, version=call.version + 1, connections=connections, left=left, left_count=left_count)


def _too_many(call: Call) -> tuple[Connection, ...]:
    """The oldest of those that had ended without an answer before, but for who began the call."""
    if len(call.connections) <= MOST_IDLE + 1:
        return ()
    idle = [each for each in call.connections[1:] if not each.alive and each.answered_at is None]
    return tuple(idle[:-MOST_IDLE])


def tell(
    call: Call,
    fact: CallFact,
    occurred_at: datetime,
    observed_at: datetime,
    origin: Origin,
    native_ids: tuple[str, ...] = (),
    within: tuple[datetime | None, datetime | None] = (None, None),
) -> CallEvent:
    """The event that says `fact` of `call`, with the state after it and its deterministic id.

    `within`: the event's `not_before` and `not_after`.
    """
    after = fold(call, fact, occurred_at)
    occurred_us = int(occurred_at.timestamp() * 1_000_000)
    return CallEvent(
        event_id=event_id(call.call_id, after.version, fact_kind(fact), occurred_us),
        occurred_at=occurred_at,
        observed_at=observed_at,
        origin=origin,
        fact=fact,
        call=after,
        native_ids=native_ids,
        not_before=within[0],
        not_after=within[1],
    )


def refold(events: Iterable[CallEvent]) -> Call:
    """The state of a call from its facts alone; equals the state that its last event carries."""
    call: Call | None = None
    for event in events:
        if call is None:
            first = event.call
            call = born(first.call_id, first.tenant, first.pbx, first.started_at, first.native_ids[0], first.features)
        call = fold(call, event.fact, event.occurred_at)
    if call is None:
        raise ValueError("no events")
    return call


def _permitted(call: Call, connection: Connection) -> Connection:
    may = allowed(call, connection)
    return connection if may == connection.allowed else replace(connection, allowed=may)


# --- time ---------------------------------------------------------------------------------------------------------


def enter(connection: Connection, state: State, at: datetime, **changes: Any) -> Connection:
    """The connection in another state from `at` on, the time until then booked to the state that it leaves."""
    at = max(at, connection.changed_at)
    return replace(connection, state=state, changed_at=at, tally=_booked(connection, at), **changes)


def _booked(connection: Connection, at: datetime) -> Tally:
    tally, spent = connection.tally, microseconds(at - connection.changed_at)
    match connection.state:
        case State.INITIATED | State.ALERTING | State.FAILED:
            return replace(tally, ring_us=tally.ring_us + spent)
        case State.QUEUED:
            return replace(tally, queue_us=tally.queue_us + spent)
        case State.CONNECTED:
            return replace(tally, talk_us=tally.talk_us + spent)
        case State.HELD:
            return replace(tally, hold_us=tally.hold_us + spent)
        case State.NULL:
            return tally


# --- putting connections in and out --------------------------------------------------------------------------------


def _put(call: Call, connection: Connection) -> Call:
    """The call with this connection in place of the one of the same id, or behind all others."""
    ids = [each.connection_id for each in call.connections]
    if connection.connection_id in ids:
        at = ids.index(connection.connection_id)
        return replace(call, connections=(*call.connections[:at], connection, *call.connections[at + 1 :]))
    call = replace(call, connections=(*call.connections, connection))
    return _met(call, connection)


def _met(call: Call, newcomer: Connection) -> Call:
    """Directions, once it is known whether the outside world takes part."""
    if newcomer.device.kind is not DeviceKind.TRUNK:
        return call
    if len(call.connections) == 1:
        return replace(call, direction=CallDirection.INBOUND)
    if call.direction is not CallDirection.INTERNAL or call.answered_at is not None:
        return call
    outward = tuple(
        replace(each, internal=False) if each.alive and each.direction is Direction.OUT else each
        for each in call.connections
    )
    return replace(call, direction=CallDirection.OUTBOUND, connections=outward)


def _introduced(call: Call, leg: Leg, state: State, at: datetime) -> Connection:
    """The connection of a leg, known already or new in `state`."""
    known = call.connection(leg.connection_id)
    if known is not None:
        return known
    return Connection(
        connection_id=leg.connection_id,
        device=leg.device,
        direction=leg.direction,
        state=state,
        started_at=at,
        changed_at=at,
        party=leg.party,
        remote=leg.remote,
        internal=leg.internal,
        queue=leg.queue,
        redirecting_id=leg.redirecting_id,
        redirection_id=leg.device.number if leg.redirecting_id else "",
        native_ids=(leg.native_id,) if leg.native_id else (),
        consulted_by=leg.consulted_by,
    )


def _change(call: Call, connection_id: str, change: Callable[[Connection], Connection]) -> Call:
    known = call.connection(connection_id)
    return call if known is None or not known.alive else _put(call, change(known))


def _ended(call: Call, connection: Connection, at: datetime, cause: Cause, released_by: str) -> Connection:
    if not released_by:
        ended_by = EndedBy.SYSTEM
    else:
        ended_by = EndedBy.SELF if released_by == connection.connection_id else EndedBy.REMOTE
    if connection.state is State.FAILED and connection.cause is not None:
        cause = connection.cause
    ended = enter(connection, State.NULL, at, cause=cause, ended_by=ended_by, recordings=())
    ended = replace(ended, ended_at=ended.changed_at)
    return replace(ended, outcome=outcome(call, ended))


# --- one function a fact -------------------------------------------------------------------------------------------


def _originated(call: Call, fact: Originated, at: datetime) -> Call:
    connection = _introduced(call, fact.leg, State.INITIATED, at)
    if connection.alive and connection.state is State.ALERTING:  # a prompted phone was lifted
        connection = enter(connection, State.INITIATED, at)
    call = _put(call, connection)
    return replace(
        call,
        dialled=call.dialled or fact.dialled,
        consultation_of=call.consultation_of or fact.consultation_of,
    )


def _delivered(call: Call, fact: Delivered, at: datetime) -> Call:
    connection = _introduced(call, fact.leg, State.ALERTING, at)
    if not connection.alive or connection.talking:
        return call
    connection = enter(connection, State.ALERTING, at)
    call = _put(call, replace(connection, alerted_at=connection.alerted_at or connection.changed_at))
    return replace(call, consultation_of=call.consultation_of or fact.consultation_of)


def _established(call: Call, fact: Established, at: datetime) -> Call:
    call = _put(call, _introduced(call, fact.leg, State.ALERTING, at))
    for connection_id in dict.fromkeys((fact.leg.connection_id, *fact.connected)):
        call = _change(call, connection_id, lambda each: _answered(each, at))
    return replace(call, answered_at=call.answered_at or at)


def _answered(connection: Connection, at: datetime) -> Connection:
    if connection.state in (*_WAITING, State.FAILED):
        connection = enter(connection, State.CONNECTED, at, cause=None)
    return replace(connection, answered_at=connection.answered_at or connection.changed_at)


def _held(call: Call, fact: Held, at: datetime) -> Call:
    return _change(
        call,
        fact.connection_id,
        lambda each: enter(each, State.HELD, at) if each.state is State.CONNECTED else each,
    )


def _retrieved(call: Call, fact: Retrieved, at: datetime) -> Call:
    return _change(
        call,
        fact.connection_id,
        lambda each: enter(each, State.CONNECTED, at) if each.state is State.HELD else each,
    )


def _queued(call: Call, fact: Queued, at: datetime) -> Call:
    # The queue's own answer of the line is not an answer by anybody: only a talk that was there before counts.
    talked = any(each.answered_at is not None for each in call.connections if each.connection_id != fact.connection_id)
    call = replace(call, queue=fact.queue, answered_at=call.answered_at if talked else None)

    def wait(each: Connection) -> Connection:
        answered_at = each.answered_at if talked else None
        return replace(enter(each, State.QUEUED, at), queue=fact.queue, answered_at=answered_at)

    return _change(call, fact.connection_id, wait)


def _dequeued(call: Call, fact: Dequeued, at: datetime) -> Call:
    return _change(
        call,
        fact.connection_id,
        lambda each: enter(each, State.INITIATED, at) if each.state is State.QUEUED else each,
    )


def _diverted(call: Call, fact: Diverted, at: datetime) -> Call:
    call = _change(call, fact.connection_id, lambda each: replace(each, redirection_id=fact.to))
    return _joined(call, fact.joined)


def _transferred(call: Call, fact: Transferred, at: datetime) -> Call:
    def passed_on(each: Connection) -> Connection:
        return replace(each, redirecting_id=fact.by_number, redirection_id=fact.to)

    arrived = tuple(
        replace(each, redirecting_id=fact.by_number, redirection_id=fact.to) if each.alive else each
        for each in fact.joined
    )
    call = _change(call, fact.by, passed_on)
    return _departed(_joined(call, arrived), fact.departed, fact.merged_into)


def _conferenced(call: Call, fact: Conferenced, at: datetime) -> Call:
    return _departed(_joined(call, fact.joined), fact.departed, fact.merged_into)


def _joined(call: Call, newcomers: tuple[Connection, ...]) -> Call:
    for each in newcomers:
        call = _put(call, each)
    if any(each.answered_at is not None for each in newcomers):
        first = min(each.answered_at for each in newcomers if each.answered_at is not None)
        call = replace(call, answered_at=call.answered_at or first)
    return call


def _departed(call: Call, gone: tuple[str, ...], merged_into: str | None) -> Call:
    if not gone:
        return call
    # Whom the others had reached goes with those who go: it stays as what they remember.
    left = tuple(
        replace(each, remote=remote_party(call, each)) for each in call.connections if each.connection_id not in gone
    )
    return replace(call, connections=left, merged_into=merged_into)


def _parked(call: Call, fact: Parked, at: datetime) -> Call:
    return _change(call, fact.connection_id, lambda each: enter(each, State.QUEUED, at))


def _unparked(call: Call, fact: Unparked, at: datetime) -> Call:
    state = State.INITIATED if fact.timed_out else State.CONNECTED
    return _change(
        call,
        fact.connection_id,
        lambda each: enter(each, state, at) if each.state is State.QUEUED else each,
    )


def _failed(call: Call, fact: Failed, at: datetime) -> Call:
    connection = _introduced(call, fact.leg, State.FAILED, at)
    if not connection.alive or connection.talking:
        return call
    return _put(call, enter(connection, State.FAILED, at, cause=fact.cause))


def _informed(call: Call, fact: InformationChanged, at: datetime) -> Call:
    new_ids = tuple(each for each in fact.native_ids if each not in call.native_ids)
    info = {**call.info, **fact.info} if fact.info else call.info
    call = replace(call, native_ids=(*call.native_ids, *new_ids), info=info)

    def corrected(each: Connection) -> Connection:
        return replace(
            each,
            party=_merged(each.party, fact.party),
            remote=_merged(each.remote, fact.remote),
            native_ids=(*(one for one in each.native_ids if one not in fact.native_ids), *fact.native_ids),
        )

    return _change(call, fact.connection_id, corrected) if fact.connection_id else call


def _merged(old: Party, new: Party | None) -> Party:
    if new is None:
        return old
    return Party(number=new.number or old.number, name=new.name or old.name, user=new.user or old.user)


def _recording_started(call: Call, fact: RecordingStarted, at: datetime) -> Call:
    def recorded(each: Connection) -> Connection:
        return replace(each, recordings=tuple(dict.fromkeys((*each.recordings, fact.recording_id))))

    return _change(call, fact.connection_id, recorded)


def _recording_stopped(call: Call, fact: RecordingStopped, at: datetime) -> Call:
    def rest(each: Connection) -> Connection:
        return replace(each, recordings=tuple(one for one in each.recordings if one != fact.recording_id))

    return _change(call, fact.connection_id, rest)


def _connection_cleared(call: Call, fact: ConnectionCleared, at: datetime) -> Call:
    return _change(call, fact.connection_id, lambda each: _ended(call, each, at, fact.cause, fact.released_by))


def _cleared(call: Call, fact: Cleared, at: datetime) -> Call:
    for each in call.connections:
        if each.alive:
            call = _put(call, _ended(call, each, at, fact.cause, ""))
    ends = [each.ended_at for each in call.connections if each.ended_at is not None]
    return replace(call, ended_at=max([at, *ends]))


def _unchanged(call: Call, fact: CallFact, at: datetime) -> Call:
    return call


_APPLY: dict[type, Callable[[Call, Any, datetime], Call]] = {
    Originated: _originated,
    Delivered: _delivered,
    Established: _established,
    Held: _held,
    Retrieved: _retrieved,
    Queued: _queued,
    Dequeued: _dequeued,
    Diverted: _diverted,
    Transferred: _transferred,
    Conferenced: _conferenced,
    Parked: _parked,
    Unparked: _unparked,
    Failed: _failed,
    DigitsEntered: _unchanged,
    InformationChanged: _informed,
    RecordingStarted: _recording_started,
    RecordingStopped: _recording_stopped,
    RecordingStored: _unchanged,
    ConnectionCleared: _connection_cleared,
    Cleared: _cleared,
}
