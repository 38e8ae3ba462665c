"""Who waits in queues, for those who watch the people that these serve."""

import asyncio
from collections.abc import Callable, Set
from datetime import datetime, timedelta
from typing import Final

import msgspec
from cti_model.queues import Place, Queue, QueueUpdate

from push.gateway.frames import QueuesFrame, WatchedQueue

PACE_S: Final = 0.5
"""A session is told of queues at most so often; what changes meanwhile is told together."""
LOST: Final = timedelta(days=1)
"""Who waits for longer has lost their end, and is no caller that anybody could take."""

_decode = msgspec.json.Decoder(QueueUpdate).decode


class Queues:
    """Every queue of the tenant as its newest message says: a copy of what is in the stream, kept by the hub."""

    def __init__(self) -> None:
        self._newest: dict[Place, tuple[int, Queue]] = {}
        self._followers: set[Callable[[], None]] = set()

    def take(self, stream_seq: int, body: bytes) -> None:
        """A message of a queue; an older one than is known changes nothing."""
        queue = _decode(body).queue
        if stream_seq > self._newest.get(queue.place, (0, queue))[0]:
            self._newest[queue.place] = (stream_seq, queue)
            for follower in self._followers:
                follower()

    def changed(self, after: int) -> tuple[int, list[Queue]]:
        """The queues that changed after this stream sequence, and up to which one they are known now."""
        found = [(seq, queue) for seq, queue in self._newest.values() if seq > after]
        return max((seq for seq, _ in found), default=after), [queue for _, queue in found]

    def serving(self, users: Set[str] | None, at: datetime) -> QueuesFrame:
        """In which of the queues that serve these users (None: of all) somebody waits now."""
        told = (_shown(queue, users, at) for _, queue in sorted(self._newest.values(), key=lambda each: each[1].place))
        return QueuesFrame(queues=tuple(each for each in told if each.waiting), whole=True)

    def follow(self, follower: Callable[[], None]) -> None:
        """Call it whenever a queue changes."""
        self._followers.add(follower)

    def leave(self, follower: Callable[[], None]) -> None:
        """No longer."""
        self._followers.discard(follower)


class QueueWatch:
    """The queues that one session is told of: those that rang telephones of the users it watches (None: all) lately.

    What is told is how they are, not what happened: who reads slowly hears less often, and nothing piles up.
    """

    def __init__(self, queues: Queues, wake: Callable[[], None]) -> None:
        self._queues = queues
        self._wake = wake
        self._users: Set[str] | None = frozenset()
        self._position: int | None = None
        self._told: set[tuple[str, str]] = set()
        self._next = 0.0
        self.due = float("inf")
        """When there is something to tell, by the loop's clock."""

    def start(self, users: Set[str] | None) -> None:
        """Tell of the queues of these users (None: of all) from now on, instead of those before."""
        self.stop()
        self._users = users
        self._queues.follow(self._changed)
        self._changed()

    def stop(self) -> None:
        """Tell of no queue."""
        self._queues.leave(self._changed)
        self._position, self.due = None, float("inf")
        self._told.clear()

    def frame(self, now: float, at: datetime) -> QueuesFrame | None:
        """What is to be told now; None when nothing of it concerns these users."""
        whole = self._position is None
        self._position, changed = self._queues.changed(self._position or 0)
        self._next, self.due = now + PACE_S, float("inf")
        told = [_shown(queue, self._users, at) for queue in sorted(changed, key=lambda each: each.place)]
        news = tuple(each for each in told if each.waiting or (each.pbx, each.queue) in self._told)
        self._told -= {(each.pbx, each.queue) for each in news}
        self._told |= {(each.pbx, each.queue) for each in news if each.waiting}
        return QueuesFrame(queues=news, whole=whole) if whole or news else None

    def _changed(self) -> None:
        self.due = min(self.due, max(self._next, asyncio.get_running_loop().time()))
        self._wake()


def _shown(queue: Queue, users: Set[str] | None, at: datetime) -> WatchedQueue:
    """A queue as those who watch these users may see it; as empty when it serves none of them."""
    served = users is None or queue.serves(users, at.date())
    waiting = tuple(each for each in queue.waiting if each.since > at - LOST) if served else ()
    return WatchedQueue(pbx=queue.pbx, queue=queue.queue, waiting=waiting)
