"""What a leader has told, which is all that it knows: read from the stream when it begins, added to with each update.

The newest message of each user's subject is that user's view (of each queue's, that queue), and the newest of all says
(header `Trunkline-Complete`) up to which event all of its partition (header `Trunkline-Partition`) have been told.
"""

from typing import Final

import msgspec
import structlog
from cti_bus import Bus, Fatal, Publisher, Received, newest_of_each
from cti_bus.errors import Fenced
from cti_bus.streams import USERS
from cti_model import subjects
from cti_model.queues import Place, QueueUpdate
from cti_model.view import UserUpdate

from push.projector.lives import begin_anew
from push.projector.partition import WHOLE, Partition, begins_after
from push.projector.queues import Queues, emptied
from push.projector.views import Views
from push.telemetry import Metrics

_log = structlog.get_logger(__name__)
_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(UserUpdate).decode
_decode_queue = msgspec.json.Decoder(QueueUpdate).decode
COMPLETE: Final = "Trunkline-Complete"
"""Header of an update: all users have been told of the call events up to this stream sequence."""
LIFE: Final = "Trunkline-Life"
"""Header of an update: the streams that sequence and epoch belong to."""
PARTITION: Final = "Trunkline-Partition"
"""Header of an update: whose users those were. Updates without it are from before there were partitions."""


class Superseded(Fatal):
    """Another projector leads this partition, or may by now: what we know is old."""


class Ledger:
    """The updates of one partition's users and queues, as one leader tells them. Every method raises `Superseded`.

    `users`, `queues`: the latest update of each. `complete`: all were told of the events up to this stream sequence;
    whoever tells moves it on, after `flush`. `life`: see `push.projector.lives`.
    """

    def __init__(
        self, bus: Bus, publisher: Publisher, tenant: str, life: str, partition: Partition, metrics: Metrics
    ) -> None:
        self._bus = bus
        self._publisher = publisher
        self._tenant = tenant
        self._life = life
        self._partition = partition
        self._metrics = metrics
        self._due: dict[Place, tuple[str, bool]] = {}
        self.users = Views()
        self.queues = Queues()
        self.complete = 0

    async def load(self) -> None:
        """Read where we are from what was told. What was told from streams that are gone is closed."""
        told: list[tuple[str, int]] = []
        users = await self._load_users(told)
        queues = await self._load_queues(told)
        self.complete = begins_after(told, self._partition)
        for user in users:
            await self.tell(begin_anew(user, self._life), "anew")
        for queue in queues:
            self.queues.put(emptied(queue))
            self._due[queue.queue.place] = ("anew", False)
        if users or queues:
            _log.warning("the call events are another stream than before: views begin anew", users=len(users))
            await self.flush()

    async def tell(self, update: UserUpdate, source_id: str) -> None:
        """A user's next update. `source_id` names what it came from: a repeat is recognised by it."""
        user = update.view.user
        self.users[user] = update
        subject = subjects.user(self._tenant, user)
        message_id = f"{source_id}/{user}/{update.epoch}/{update.version}"
        await self._publish(subject, _encode(update), message_id, begins=update.version == 1)

    def note(self, update: QueueUpdate, source_id: str) -> None:
        """A queue is now as this says. It is told with the next `flush`, and of several only the last: each is all that
        there is to know, and a message waits for the one before it on its subject.
        """
        place = update.queue.place
        _, begins = self._due.get(place, ("", place not in self.queues))
        self.queues.put(update)
        self._due[place] = (source_id, begins)

    async def flush(self) -> None:
        """Tell how the queues are, and wait until all is stored."""
        due, self._due = self._due, {}
        for place, (source_id, begins) in due.items():
            subject = subjects.queue(self._tenant, place.pbx, place.queue)
            message_id = f"{source_id}/{self._life}/{subject}"
            await self._publish(subject, _encode(self.queues.get(place)), message_id, begins=begins)
        try:
            await self._publisher.flush()
        except Fenced as error:
            raise Superseded(f"another projector writes: {error}") from error

    async def _load_users(self, told: list[tuple[str, int]]) -> list[UserUpdate]:
        """The users as they were told, and what the messages say of positions. Gives those of streams that are gone."""
        gone: list[UserUpdate] = []
        async for message in newest_of_each(self._bus, USERS.name, subjects.users_of(self._tenant)):
            living = self._living(message, told)
            if not self._partition.holds(subjects.user_in(message.subject)):
                continue
            self._publisher.claim(message.subject, message.stream_seq)  # a stale leader that writes on is noticed
            update = _decode(message.body)
            if living:
                self.users[update.view.user] = update
            else:
                gone.append(update)
        return gone

    async def _load_queues(self, told: list[tuple[str, int]]) -> list[QueueUpdate]:
        """The same for queues."""
        gone: list[QueueUpdate] = []
        async for message in newest_of_each(self._bus, USERS.name, subjects.queues_of(self._tenant)):
            living = self._living(message, told)
            update = _decode_queue(message.body)
            if not self._partition.holds(update.queue.place.key):
                continue
            self._publisher.claim(message.subject, message.stream_seq)
            if living:
                self.queues.put(update)
            else:
                gone.append(update)
        return gone

    def _living(self, message: Received, told: list[tuple[str, int]]) -> bool:
        """Whether it was told from these streams: then it says how far its partition was."""
        if message.headers.get(LIFE) != self._life:
            return False
        told.append((message.headers.get(PARTITION, WHOLE.label), int(message.headers[COMPLETE])))
        return True

    async def _publish(self, subject: str, body: bytes, message_id: str, *, begins: bool) -> None:
        headers = {COMPLETE: str(self.complete), LIFE: self._life, PARTITION: self._partition.label}
        try:
            await self._publisher.publish(subject, body, headers, message_id, fence=subject, begins=begins)
        except Fenced as error:
            raise Superseded(f"another projector writes: {error}") from error
        self._metrics.updates.add(1)
