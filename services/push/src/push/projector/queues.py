"""What becomes of queues by a call event. Pure."""

from collections import defaultdict
from collections.abc import Callable

from cti_model import subjects
from cti_model.directory import Owners
from cti_model.events import CallEvent
from cti_model.queues import Place, Queue, QueueUpdate, queue_after, rung_by, waits_in
from msgspec.structs import replace

from push.projector.step import everybody, usable


class Queues:
    """Each queue's latest update, and in which ones a call waits."""

    def __init__(self) -> None:
        self._latest: dict[Place, QueueUpdate] = {}
        self._of_calls: defaultdict[str, set[Place]] = defaultdict(set)

    def __contains__(self, place: Place) -> bool:
        return place in self._latest

    def get(self, place: Place) -> QueueUpdate | None:
        """The latest update of a queue; None before the first."""
        return self._latest.get(place)

    def put(self, update: QueueUpdate) -> None:
        """A queue is now as this says."""
        place = update.queue.place
        last = self._latest.get(place)
        before = {each.call_id for each in last.queue.waiting} if last is not None else set()
        after = {each.call_id for each in update.queue.waiting}
        for call_id in before - after:
            self._of_calls[call_id].discard(place)
            if not self._of_calls[call_id]:
                del self._of_calls[call_id]
        for call_id in after - before:
            self._of_calls[call_id].add(place)
        self._latest[place] = update

    def of_call(self, call_id: str) -> set[Place]:
        """The queues in which a call was last known to wait."""
        return set(self._of_calls.get(call_id, ()))


def step_queues(
    latest: Queues, event: CallEvent, source_seq: int, owners: Owners, ours: Callable[[str], bool] = everybody
) -> list[QueueUpdate]:
    """The next updates of the queues that a call event concerns; repeats change nothing.

    `ours`: which queues (`Place.key`) to tell; others are other projectors'. A queue whose name is too long for a
    subject is left out.
    """
    call, rung = event.call, rung_by(event)
    users: tuple[str, ...] = ()
    places = latest.of_call(call.call_id) | {*waits_in(call)}
    if rung is not None:
        users = tuple(filter(usable, owners(call.tenant, call.pbx, rung.device.number, rung.started_at)))
        places.add(Place(call.pbx, rung.queue))
    told = []
    for place in sorted(places):
        last = latest.get(place)
        if not (ours(place.key) and _usable(call.tenant, place)) or (
            last is not None and last.source_seq >= source_seq
        ):
            continue
        queue = last.queue if last is not None else Queue(tenant=call.tenant, pbx=place.pbx, queue=place.queue)
        after = queue_after(queue, event, users if rung is not None and rung.queue == place.queue else ())
        if after is not queue:
            told.append(QueueUpdate(source_seq=source_seq, occurred_at=event.occurred_at, queue=after))
    return told


def emptied(update: QueueUpdate) -> QueueUpdate:
    """A queue in another life of the streams: nothing will say that who waited has left. Whom it serves stays."""
    return replace(update, source_seq=0, queue=replace(update.queue, waiting=()))


def _usable(tenant: str, place: Place) -> bool:
    try:
        subjects.queue(tenant, place.pbx, place.queue)
    except subjects.BadToken:
        return False
    return True
