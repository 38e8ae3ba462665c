"""Connections of a call: their time, and how they come in, change and end. Pure; time is booked here only."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from msgspec.structs import replace

from cti_model.calls import (
    Call,
    CallDirection,
    Cause,
    Connection,
    ConnectionState,
    DeviceKind,
    Direction,
    EndedBy,
    Tally,
    microseconds,
)
from cti_model.events import (
    Leg,
)
from cti_model.outcomes import outcome

State = ConnectionState


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


def put(call: Call, connection: Connection) -> Call:
    """The call with this connection in place of the one of the same id, or behind all others."""
    ids = [each.connection_id for each in call.connections]
    if connection.connection_id in ids:
        at = ids.index(connection.connection_id)
        before = call.connections[at]
        call = replace(call, connections=(*call.connections[:at], connection, *call.connections[at + 1 :]))
        return call if before.device.kind is connection.device.kind else _without_trunks(call)
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


def _without_trunks(call: Call) -> Call:
    """A call in which the outside world turned out to take no part is one inside the company."""
    if call.left_count or any(each.device.kind is DeviceKind.TRUNK for each in call.connections):
        return call
    return replace(call, direction=CallDirection.INTERNAL)


def introduced(call: Call, leg: Leg, state: State, at: datetime) -> Connection:
    """The connection of a leg, known already or new in `state`.

    A living one that was taken for a trunk, since only its far end told of it, is the telephone that its own leg says.
    """
    known = call.connection(leg.connection_id)
    if known is not None:
        if known.alive and known.device.kind is DeviceKind.TRUNK and leg.device.kind is DeviceKind.EXTENSION:
            return replace(known, device=leg.device, direction=leg.direction, internal=leg.internal)
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


def changed(call: Call, connection_id: str, change: Callable[[Connection], Connection]) -> Call:
    """The call with a connection changed, if it is there and alive."""
    known = call.connection(connection_id)
    return call if known is None or not known.alive else put(call, change(known))


def end(call: Call, connection: Connection, at: datetime, cause: Cause, released_by: str) -> Connection:
    """The connection after its end, with what became of it."""
    if not released_by:
        ended_by = EndedBy.SYSTEM
    else:
        ended_by = EndedBy.SELF if released_by == connection.connection_id else EndedBy.REMOTE
    if connection.state is State.FAILED and connection.cause is not None:
        cause = connection.cause
    ended = enter(connection, State.NULL, at, cause=cause, ended_by=ended_by, recordings=())
    ended = replace(ended, ended_at=ended.changed_at)
    return replace(ended, outcome=outcome(call, ended))
