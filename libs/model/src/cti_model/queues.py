"""Who waits in a queue of a PBX, and whom it serves: a view beside the users', for those who look after it. Pure."""

from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta
from typing import Final, NamedTuple

from msgspec import Struct
from msgspec.structs import replace

from cti_model.calls import Call, Connection, ConnectionState, DeviceKind
from cti_model.events import CallEvent, Delivered, Established

MOST_WAITING: Final = 500
"""So many of a queue are known at most, the longest waiting first: at 150 bytes each, 75 KiB. One who came later is
known from their next event on, when there is room."""
RECENTLY: Final = timedelta(days=7)
"""A queue is a user's for so long after it rang a telephone of theirs."""


class Place(NamedTuple):
    """Which queue: PBXs may have queues of one name."""

    pbx: str
    queue: str

    @property
    def key(self) -> str:
        """One text for both."""
        return f"{self.pbx}/{self.queue}"


class Caller(Struct, frozen=True, omit_defaults=True, kw_only=True):
    """A connection that waits, since when, and who is there. `id` is the connection's."""

    id: str
    call_id: str
    since: datetime
    number: str = ""
    name: str = ""


class Queue(Struct, frozen=True, omit_defaults=True, kw_only=True):
    """One queue: who waits, the longest first, and on which day it last rang a telephone of which user."""

    tenant: str
    pbx: str
    queue: str
    waiting: tuple[Caller, ...] = ()
    rang: dict[str, date] = {}

    @property
    def place(self) -> Place:
        """Which one it is."""
        return Place(self.pbx, self.queue)

    def serves(self, users: Iterable[str], today: date) -> bool:
        """Whether it rang a telephone of one of these users lately."""
        since = today - RECENTLY
        return any(self.rang.get(user, date.min) >= since for user in users)


class QueueUpdate(Struct, frozen=True, omit_defaults=True, kw_only=True):
    """One message of `cti.<tenant>.queue.<pbx>.<queue>`: the whole queue after a call event.

    The newest message is all that there is to know. `source_seq`: the stream sequence of the event it came from.
    """

    source_seq: int
    occurred_at: datetime
    queue: Queue


def waits_in(call: Call) -> Iterator[Place]:
    """The queues in which connections of a call wait."""
    return (Place(call.pbx, each.queue) for each in call.connections if _waits(each))


def rung_by(event: CallEvent) -> Connection | None:
    """The telephone that a queue rings, or has reached, by this event."""
    fact = event.fact
    if not isinstance(fact, Delivered | Established):
        return None
    rung = event.call.connection(fact.leg.connection_id)
    return rung if rung is not None and rung.queue and rung.device.kind is DeviceKind.EXTENSION else None


def queue_after(queue: Queue, event: CallEvent, rang: Iterable[str] = ()) -> Queue:
    """A queue after a call event of its PBX by which it rang telephones of these users.

    The same object when nothing changed. That it rang somebody again on the same day changes nothing.
    """
    call = event.call
    others = [each for each in queue.waiting if each.call_id != call.call_id]
    here = [_caller(call, each) for each in call.connections if _waits(each) and each.queue == queue.queue]
    waiting = tuple(sorted((*others, *here), key=lambda each: (each.since, each.id))[:MOST_WAITING])
    today = event.occurred_at.date()
    fresh = {user: today for user in rang if queue.rang.get(user, date.min) < today}
    if waiting == queue.waiting and not fresh:
        return queue
    known = {user: day for user, day in queue.rang.items() if day >= today - RECENTLY} if fresh else queue.rang
    return replace(queue, waiting=waiting, rang=known | fresh)


def _waits(connection: Connection) -> bool:
    return connection.state is ConnectionState.QUEUED and bool(connection.queue)


def _caller(call: Call, connection: Connection) -> Caller:
    party = connection.party
    return Caller(
        id=connection.connection_id,
        call_id=call.call_id,
        since=connection.changed_at,
        number=party.number,
        name=party.name,
    )
