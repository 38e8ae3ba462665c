"""What becomes of a call in the Calls section: one record for each connection of a user's device."""

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING

from msgspec import Struct

from cti_model.calls import Call, Connection, DeviceKind, Direction, EndedBy, Outcome, Party

if TYPE_CHECKING:  # events are folded with what is below
    from cti_model.events import CallEvent


class CallRecord(Struct, frozen=True, gc=False, kw_only=True):
    """One row of the Calls section: each time a user's phone rang or dialled.

    Instants are UTC; durations are seconds with microsecond precision and add up to `ended_at - started_at`
    together with the time in a queue. `ring_s`: from ringing, or from dialling for `out`, to the answer or the
    end. `talk_s`: connected to the other party, own holds taken off. `hold_s`: own holds. `outcome`, `ended_by`
    and `ended_at` are None while the connection lives.
    """

    connection_id: str
    call_id: str
    device: str
    direction: Direction
    internal: bool
    remote_number: str
    remote_name: str
    outcome: Outcome | None
    ended_by: EndedBy | None
    started_at: datetime
    answered_at: datetime | None
    ended_at: datetime | None
    ring_s: float
    queue_s: float
    talk_s: float
    hold_s: float
    redirecting_id: str
    redirection_id: str
    consultation_of: str | None
    queue: str


def records(call: Call) -> tuple[CallRecord, ...]:
    """The records of a call, in the order in which its connections appeared."""
    return tuple(record(call, each) for each in call.connections if is_recorded(each))


def all_records(events: "Iterable[CallEvent]") -> list[CallRecord]:
    """The records of all calls that these events tell, also of connections that a call's state no longer holds."""
    calls: dict[str, Call] = {}
    rows: list[CallRecord] = []
    for event in events:
        calls[event.call.call_id] = event.call
        rows += [record(event.call, each) for each in event.call.left if is_recorded(each)]
    return rows + [row for call in calls.values() for row in records(call)]


def is_recorded(connection: Connection) -> bool:
    """Whether a connection is a row: a user's device that rang, dialled or talked."""
    return connection.device.kind is DeviceKind.EXTENSION and (
        connection.direction is Direction.OUT or connection.alerted_at is not None or connection.answered_at is not None
    )


def remote_party(call: Call, connection: Connection) -> Party:
    """The other side as the Calls section names it.

    For the one who began the call and reached exactly one extension, that extension (what was dialled may be a
    short code or a forward); otherwise what was dialled. For a called device, the caller as it was shown when it rang.
    """
    first = call.connections[0].connection_id if call.connections else ""
    if connection.direction is Direction.OUT and connection.connection_id == first and not call.queue:
        reached = [
            each
            for each in call.connections
            if each.direction is Direction.IN and each.connection_id != connection.connection_id
        ]
        if len(reached) == 1 and reached[0].device.kind is DeviceKind.EXTENSION and is_recorded(reached[0]):
            return Party(
                number=reached[0].device.number,
                name=reached[0].party.name or connection.remote.name,
                user=reached[0].party.user,
            )
    return connection.remote


def talking_with(call: Call, connection: Connection) -> Connection | None:
    """The other connection, when this one talks with exactly one whose number is known."""
    if not connection.talking:
        return None
    others = [each for each in call.connections if each.talking and each.connection_id != connection.connection_id]
    return others[0] if len(others) == 1 and others[0].party.number else None


def others_of(call: Call, connection: Connection) -> dict[str, bool]:
    """The numbers of the other side: the record's, and that of who is there now, after a transfer another one.

    With each, whether it is inside the company.
    """
    numbers = {remote_party(call, connection).number: connection.internal}
    now = talking_with(call, connection)
    if now is not None:
        numbers[now.party.number] = now.device.kind is DeviceKind.EXTENSION
    numbers.pop("", None)
    return numbers


def record(call: Call, connection: Connection) -> CallRecord:
    """The record of one connection of a call; it must be one that `is_recorded`."""
    remote = remote_party(call, connection)
    tally = connection.tally
    return CallRecord(
        connection_id=connection.connection_id,
        call_id=call.call_id,
        device=connection.device.number,
        direction=connection.direction,
        internal=connection.internal,
        remote_number=remote.number,
        remote_name=remote.name,
        outcome=connection.outcome,
        ended_by=connection.ended_by,
        started_at=connection.started_at,
        answered_at=connection.answered_at,
        ended_at=connection.ended_at,
        ring_s=tally.ring_us / 1e6,
        queue_s=tally.queue_us / 1e6,
        talk_s=tally.talk_us / 1e6,
        hold_s=tally.hold_us / 1e6,
        redirecting_id=connection.redirecting_id,
        redirection_id=connection.redirection_id,
        consultation_of=call.consultation_of if connection.direction is Direction.OUT else None,
        queue=connection.queue,
    )
