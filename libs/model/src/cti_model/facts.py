"""What each fact does to the state of a call: one function a fact, and the table of them (`APPLY`). Pure."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from msgspec.structs import replace

from cti_model.calls import (
    Call,
    Connection,
    ConnectionState,
    Party,
)
from cti_model.events import (
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
    Originated,
    Parked,
    Queued,
    RecordingStarted,
    RecordingStopped,
    RecordingStored,
    Retrieved,
    TransferKind,
    Transferred,
    Unparked,
)
from cti_model.legs import changed, end, enter, introduced, put
from cti_model.records import remote_party

_WAITING = (ConnectionState.INITIATED, ConnectionState.ALERTING, ConnectionState.QUEUED)
State = ConnectionState


def _originated(call: Call, fact: Originated, at: datetime) -> Call:
    connection = introduced(call, fact.leg, State.INITIATED, at)
    prompted = connection.alive and connection.state is State.ALERTING
    if prompted or _left_alone(call, connection):
        connection = enter(connection, State.INITIATED, at)
    call = put(call, connection)
    return replace(
        call,
        dialled=call.dialled or fact.dialled,
        consultation_of=call.consultation_of or fact.consultation_of,
    )


def _left_alone(call: Call, connection: Connection) -> bool:
    """Whether it was answered, and there is nobody any more whom it could talk with."""
    others = (each for each in call.connections if each.connection_id != connection.connection_id)
    return connection.state is State.CONNECTED and not any(each.talking for each in others)


def _delivered(call: Call, fact: Delivered, at: datetime) -> Call:
    connection = introduced(call, fact.leg, State.ALERTING, at)
    if not connection.alive or connection.talking:
        return put(call, connection)
    connection = enter(connection, State.ALERTING, at)
    call = put(call, replace(connection, alerted_at=connection.alerted_at or connection.changed_at))
    return replace(call, consultation_of=call.consultation_of or fact.consultation_of)


def _established(call: Call, fact: Established, at: datetime) -> Call:
    call = put(call, introduced(call, fact.leg, State.ALERTING, at))
    for connection_id in dict.fromkeys((fact.leg.connection_id, *fact.connected)):
        call = changed(call, connection_id, lambda each: _answered(each, at))
    return replace(call, answered_at=call.answered_at or at)


def _answered(connection: Connection, at: datetime) -> Connection:
    if connection.state in (*_WAITING, State.FAILED):
        connection = enter(connection, State.CONNECTED, at, cause=None)
    return replace(connection, answered_at=connection.answered_at or connection.changed_at)


def _held(call: Call, fact: Held, at: datetime) -> Call:
    return changed(
        call,
        fact.connection_id,
        lambda each: enter(each, State.HELD, at) if each.state is State.CONNECTED else each,
    )


def _retrieved(call: Call, fact: Retrieved, at: datetime) -> Call:
    return changed(
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

    return changed(call, fact.connection_id, wait)


def _dequeued(call: Call, fact: Dequeued, at: datetime) -> Call:
    return changed(
        call,
        fact.connection_id,
        lambda each: enter(each, State.INITIATED, at) if each.state is State.QUEUED else each,
    )


def _diverted(call: Call, fact: Diverted, at: datetime) -> Call:
    call = changed(call, fact.connection_id, lambda each: replace(each, redirection_id=fact.to))
    return _joined(call, fact.joined)


def _transferred(call: Call, fact: Transferred, at: datetime) -> Call:
    def passed_on(each: Connection) -> Connection:
        return replace(each, redirecting_id=fact.by_number, redirection_id=fact.to)

    arrived = tuple(
        replace(each, redirecting_id=fact.by_number, redirection_id=fact.to) if each.alive else each
        for each in fact.joined
    )
    for each in call.connections:
        # Whom they asked within this call has it now; who came over from another call is in `joined`.
        asked = fact.kind is TransferKind.ATTENDED and each.consulted_by == fact.by
        if fact.by and (asked or each.connection_id == fact.by):
            call = changed(call, each.connection_id, passed_on)
    return _departed(_joined(call, arrived), fact.departed, fact.merged_into)


def _conferenced(call: Call, fact: Conferenced, at: datetime) -> Call:
    return _departed(_joined(call, fact.joined), fact.departed, fact.merged_into)


def _joined(call: Call, newcomers: tuple[Connection, ...]) -> Call:
    for each in newcomers:
        call = put(call, each)
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
    return changed(call, fact.connection_id, lambda each: enter(each, State.QUEUED, at))


def _unparked(call: Call, fact: Unparked, at: datetime) -> Call:
    state = State.INITIATED if fact.timed_out else State.CONNECTED
    return changed(
        call,
        fact.connection_id,
        lambda each: enter(each, state, at) if each.state is State.QUEUED else each,
    )


def _failed(call: Call, fact: Failed, at: datetime) -> Call:
    connection = introduced(call, fact.leg, State.FAILED, at)
    if not connection.alive or connection.talking:
        return put(call, connection)
    return put(call, enter(connection, State.FAILED, at, cause=fact.cause))


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

    return changed(call, fact.connection_id, corrected) if fact.connection_id else call


def _merged(old: Party, new: Party | None) -> Party:
    if new is None:
        return old
    return Party(number=new.number or old.number, name=new.name or old.name, user=new.user or old.user)


def _recording_started(call: Call, fact: RecordingStarted, at: datetime) -> Call:
    def recorded(each: Connection) -> Connection:
        return replace(each, recordings=tuple(dict.fromkeys((*each.recordings, fact.recording_id))))

    return changed(call, fact.connection_id, recorded)


def _recording_stopped(call: Call, fact: RecordingStopped, at: datetime) -> Call:
    def rest(each: Connection) -> Connection:
        return replace(each, recordings=tuple(one for one in each.recordings if one != fact.recording_id))

    return changed(call, fact.connection_id, rest)


def _connection_cleared(call: Call, fact: ConnectionCleared, at: datetime) -> Call:
    return changed(call, fact.connection_id, lambda each: end(call, each, at, fact.cause, fact.released_by))


def _cleared(call: Call, fact: Cleared, at: datetime) -> Call:
    for each in call.connections:
        if each.alive:
            call = put(call, end(call, each, at, fact.cause, ""))
    ends = [each.ended_at for each in call.connections if each.ended_at is not None]
    return replace(call, ended_at=max([at, *ends]))


def _unchanged(call: Call, fact: CallFact, at: datetime) -> Call:
    return call


APPLY: dict[type, Callable[[Call, Any, datetime], Call]] = {
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
