"""The projector's loop: one leader reads call, agent and journal events and tells its share of the users and queues.

It keeps no state of its own. Everything it needs is in its output: the newest message of each user's subject is that
user's view (of each queue's, that queue), and the newest of all says (header `Trunkline-Complete`) up to which event
all of its partition (header `Trunkline-Partition`) have been told. A crash in the middle of a batch repeats that batch;
who was told already is left out by `step`.
"""

import asyncio
import random
import time
from datetime import UTC, datetime

import msgspec
import structlog
from cti_bus import (
    Batch,
    Bus,
    Fatal,
    Lease,
    NoAnswer,
    Park,
    Parking,
    Publisher,
    Reader,
    Received,
    newest_of_each,
    process,
)
from cti_bus.errors import Fenced
from cti_bus.streams import EVENTS, USERS
from cti_bus.tracing import extract
from cti_model import subjects
from cti_model.directory import Owners
from cti_model.envelope import BadEnvelope, decode_agent, decode_call, decode_journal, decode_operator
from cti_model.events import CallEvent
from cti_model.queues import QueueUpdate
from cti_model.view import UserUpdate
from cti_runtime import Progress
from opentelemetry import trace

from push.projector.handover import handed_over
from push.projector.lives import begin_anew
from push.projector.partition import WHOLE, Partition, begins_after
from push.projector.queues import Queues, emptied, step_queues
from push.projector.step import Event, step
from push.projector.views import Views
from push.racing import until_one_ends
from push.settings import NAME
from push.telemetry import Metrics

_log = structlog.get_logger(__name__)
_tracer = trace.get_tracer("push")
_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(UserUpdate).decode
_decode_queue = msgspec.json.Decoder(QueueUpdate).decode
COMPLETE = "Trunkline-Complete"
"""Header of an update: all users have been told of the call events up to this stream sequence."""
LIFE = "Trunkline-Life"
"""Header of an update: the streams that sequence and epoch belong to."""


PARTITION = "Trunkline-Partition"
"""Header of an update: whose users those were. Updates without it are from before there were partitions."""
_STAND_BY_S = 0.5
_OWNERS_S = 2.0
"""How late it is seen that a telephone is another user's, by the directory or because its time has come. In memory."""


class Superseded(Fatal):
    """Another projector leads this partition, or may by now: what we know is old."""


class Projector:
    """Tells its partition's users what events mean for them.

    `life` names the streams of call events and of users' views (see `push.projector.lives`).
    """

    def __init__(
        self,
        bus: Bus,
        tenant: str,
        life: str,
        owners: Owners,
        metrics: Metrics,
        progress: Progress,
        *,
        batch: int,
        partition: Partition = WHOLE,
    ) -> None:
        self._bus = bus
        self._tenant = tenant
        self._life = life
        self._owners = owners
        self._metrics = metrics
        self._progress = progress
        self._batch = batch
        self._partition = partition
        self._latest = Views()
        self._queues = Queues()
        self._complete = 0

    async def run(self, lease: Lease) -> None:
        """Stand by, lead, and stand by again when the lease is lost: for ever. What was told is read anew each time."""
        while True:
            self._progress.waiting("another instance projects")
            try:
                async with lease:
                    await self._lead(lease)
            except (Superseded, NoAnswer) as error:
                _log.warning("no longer projecting, standing by", partition=self._partition.label, reason=str(error))
            await self._bus.wait_connected()
            await asyncio.sleep(_STAND_BY_S * random.uniform(0.5, 1.5))  # noqa: S311 - jitter is no secret

    async def _lead(self, lease: Lease) -> None:
        """Project while the lease is ours. Raises `Superseded` when it is not, `NoAnswer`, or what else goes wrong."""

        async def losing() -> None:
            await lease.lost.wait()
            raise Superseded("the lease was lost")

        await until_one_ends(self._project(), losing())

    async def _project(self) -> None:
        async with Publisher(self._bus) as publisher:
            await self._load(publisher)
            parking = Parking(self._bus, publisher, f"{NAME}-projector")
            await parking.load()

            one_at_a_time = asyncio.Lock()

            async def handle(batch: Batch) -> None:
                async with one_at_a_time:
                    await self._handle(batch, publisher)

            _log.info("projecting", partition=self._partition.label, after=self._complete, users=len(self._latest))
            wanted = [
                subjects.calls_of_tenant(self._tenant),
                subjects.agents_of_tenant(self._tenant),
                subjects.operators_of_tenant(self._tenant),
                subjects.journal_of_tenant(self._tenant),
            ]
            async with Reader(
                self._bus, EVENTS.name, wanted, self._complete, batch=self._batch, observer=self._progress
            ) as reader:
                await until_one_ends(
                    process(reader, handle, parking=parking, observer=self._progress),
                    self._follow_owners(one_at_a_time, publisher),
                )

    async def _load(self, publisher: Publisher) -> None:
        """Read where we are from what was told. What was told from streams that are gone is closed."""
        self._latest, self._queues, self._complete = Views(), Queues(), 0
        gone: list[UserUpdate] = []
        told: list[tuple[str, int]] = []
        async for message in newest_of_each(self._bus, USERS.name, subjects.users_of(self._tenant)):
            living = self._living(message, told)
            if not self._partition.holds(subjects.user_in(message.subject)):
                continue
            publisher.claim(message.subject, message.stream_seq)  # a stale leader that writes on is noticed
            update = _decode(message.body)
            if living:
                self._latest[update.view.user] = update
            else:
                gone.append(update)
        old = await self._load_queues(publisher, told)
        self._complete = begins_after(told, self._partition)
        for update in gone:
            fresh = begin_anew(update, self._life)
            self._latest[fresh.view.user] = fresh
            await self._append(publisher, fresh, "anew")
        for each in old:
            self._queues.put(emptied(each))
            await self._append_queue(publisher, emptied(each), "anew")
        if gone or old:
            _log.warning("the call events are another stream than before: views begin anew", users=len(gone))
            await self._flush(publisher)

    async def _load_queues(self, publisher: Publisher, told: list[tuple[str, int]]) -> list[QueueUpdate]:
        """The same for queues; gives those that were told from streams that are gone."""
        gone: list[QueueUpdate] = []
        async for message in newest_of_each(self._bus, USERS.name, subjects.queues_of(self._tenant)):
            living = self._living(message, told)
            update = _decode_queue(message.body)
            if not self._partition.holds(update.queue.place.key):
                continue
            publisher.claim(message.subject, message.stream_seq)
            if living:
                self._queues.put(update)
            else:
                gone.append(update)
        return gone

    def _living(self, message: Received, told: list[tuple[str, int]]) -> bool:
        """Whether it was told from these streams: then it says how far its partition was."""
        if message.headers.get(LIFE) != self._life:
            return False
        told.append((message.headers.get(PARTITION, WHOLE.label), int(message.headers[COMPLETE])))
        return True

    async def _handle(self, batch: Batch, publisher: Publisher) -> None:
        began = time.perf_counter()
        # All are decoded before any is told: a batch that has to be parked comes again.
        decoded = ((received.stream_seq, self._decoded(received)) for received in batch)
        events = [(seq, event) for seq, event in decoded if event is not None]
        with _tracer.start_as_current_span("project", links=_links(batch), attributes={"events": len(batch)}):
            for seq, event in events:
                for update in step(self._latest, event, seq, self._owners, self._life, self._partition.holds):
                    self._latest[update.view.user] = update
                    await self._append(publisher, update, event.event_id)
                if isinstance(event, CallEvent):
                    for after in step_queues(self._queues, event, seq, self._owners, self._partition.holds):
                        begins = after.queue.place not in self._queues
                        self._queues.put(after)
                        await self._append_queue(publisher, after, event.event_id, begins=begins)
            await self._flush(publisher)
        self._complete = batch.position
        self._metrics.projected.add(len(batch))
        self._metrics.batch.record(time.perf_counter() - began)
        if batch:
            self._metrics.lag.record(max(0.0, time.time() - batch[-1].time_ns / 1e9))

    async def _follow_owners(self, one_at_a_time: asyncio.Lock, publisher: Publisher) -> None:
        """Tell who has a telephone now and who had it, when it changes hands between two events. For ever."""
        while True:
            async with one_at_a_time:
                at, told = datetime.now(UTC), False
                for device in [*self._latest.agents]:
                    after = (self._complete, self._life, self._partition.holds)
                    for update in handed_over(self._latest, device, self._tenant, self._owners, at, *after):
                        self._latest[update.view.user] = update
                        await self._append(publisher, update, "owners")
                        told = True
                if told:
                    await self._flush(publisher)
            await asyncio.sleep(_OWNERS_S)

    async def _append(self, publisher: Publisher, update: UserUpdate, source_id: str) -> None:
        user = update.view.user
        subject = subjects.user(self._tenant, user)
        message_id = f"{source_id}/{user}/{update.epoch}/{update.version}"
        await self._publish(publisher, subject, _encode(update), message_id, begins=update.version == 1)

    async def _append_queue(
        self, publisher: Publisher, update: QueueUpdate, source_id: str, *, begins: bool = False
    ) -> None:
        queue = update.queue
        subject = subjects.queue(self._tenant, queue.pbx, queue.queue)
        await self._publish(publisher, subject, _encode(update), f"{source_id}/{self._life}/{subject}", begins=begins)

    async def _publish(self, publisher: Publisher, subject: str, body: bytes, message_id: str, *, begins: bool) -> None:
        headers = {COMPLETE: str(self._complete), LIFE: self._life, PARTITION: self._partition.label}
        try:
            await publisher.publish(subject, body, headers, message_id, fence=subject, begins=begins)
        except Fenced as error:
            raise Superseded(f"another projector writes: {error}") from error
        self._metrics.updates.add(1)

    async def _flush(self, publisher: Publisher) -> None:
        try:
            await publisher.flush()
        except Fenced as error:
            raise Superseded(f"another projector writes: {error}") from error

    def _decoded(self, received: Received) -> Event | None:
        """What it says; None for what is not understood of the journal or of a log-in: it costs a word, and no call."""
        if subjects.is_journal(received.subject) or subjects.is_operator(received.subject):
            try:
                known = decode_journal if subjects.is_journal(received.subject) else decode_operator
                return known(received.body)
            except BadEnvelope as error:
                _log.error("not understood", subject=received.subject, error=str(error))
                return None
        try:
            return decode_agent(received.body) if subjects.is_agent(received.subject) else decode_call(received.body)
        except BadEnvelope as error:
            raise Park(str(error), received) from error


def _links(batch: Batch) -> list[trace.Link]:
    """The traces that led to this batch (only where they are recorded at all)."""
    traced = (extract(each.headers) for each in batch if "traceparent" in each.headers)
    contexts = (trace.get_current_span(context).get_span_context() for context in traced)
    return [trace.Link(context) for context in contexts if context.is_valid]
