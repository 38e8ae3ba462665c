"""The projector's loop: one leader reads call, agent and journal events and tells its share of the users and queues.

It keeps no state but its output (`push.projector.ledger`). A crash in the middle of a batch repeats that batch; who was
told already is left out by `step`.
"""

import asyncio
import random
import time
from contextlib import suppress
from datetime import UTC, datetime
from typing import Final

import structlog
from cti_bus import Batch, Bus, Lease, NoAnswer, Parking, Publisher, Reader, ensure, process
from cti_bus.errors import ConnectFailed
from cti_bus.streams import EVENTS, LEASES
from cti_bus.tracing import origins_of
from cti_model.directory import Owners
from cti_model.events import CallEvent
from cti_runtime import Progress
from opentelemetry import trace

from push.projector.handover import handed_over
from push.projector.ledger import Ledger, Superseded
from push.projector.partition import WHOLE, Partition
from push.projector.queues import step_queues
from push.projector.reading import event_of, wanted
from push.projector.step import Event, step
from push.racing import until_one_ends
from push.settings import NAME
from push.telemetry import Metrics

_log = structlog.get_logger(__name__)
_tracer = trace.get_tracer("push")
_STAND_BY_S: Final = 0.5
_OWNERS_S: Final = 2.0
"""How late it is seen that a telephone is another user's, by the directory or because its time has come. In memory."""


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
            with suppress(ConnectFailed):  # the server is away again: seen in the next round
                await ensure(self._bus, specs=[LEASES])  # without its bucket nobody could lead until a service starts
            await asyncio.sleep(_STAND_BY_S * random.uniform(0.5, 1.5))  # noqa: S311 - jitter is no secret

    async def _lead(self, lease: Lease) -> None:
        """Project while the lease is ours. Raises `Superseded` when it is not, `NoAnswer`, or what else goes wrong."""

        async def losing() -> None:
            await lease.lost.wait()
            raise Superseded("the lease was lost")

        await until_one_ends(self._project(), losing())

    async def _project(self) -> None:
        async with Publisher(self._bus) as publisher:
            ledger = Ledger(self._bus, publisher, self._tenant, self._life, self._partition, self._metrics)
            await ledger.load()
            parking = Parking(self._bus, publisher, f"{NAME}-projector")
            await parking.load()

            one_at_a_time = asyncio.Lock()

            async def handle(batch: Batch) -> None:
                async with one_at_a_time:
                    await self._handle(batch, ledger)

            _log.info("projecting", partition=self._partition.label, after=ledger.complete, users=len(ledger.users))
            async with Reader(
                self._bus,
                EVENTS.name,
                wanted(self._tenant),
                ledger.complete,
                batch=self._batch,
                observer=self._progress,
            ) as reader:
                await until_one_ends(
                    process(reader, handle, parking=parking, observer=self._progress),
                    self._follow_owners(one_at_a_time, ledger),
                )

    async def _handle(self, batch: Batch, ledger: Ledger) -> None:
        began = time.perf_counter()
        # All are decoded before any is told: a batch that has to be parked comes again.
        decoded = ((received.stream_seq, event_of(received)) for received in batch)
        events = [(seq, event) for seq, event in decoded if event is not None]
        origins = origins_of(each.headers for each in batch)
        with _tracer.start_as_current_span(
            "project", origins.parent, links=origins.links, attributes={"events": len(batch)}
        ):
            for seq, event in events:
                await self._project_one(event, seq, ledger)
            await ledger.flush()
        ledger.complete = batch.position
        self._metrics.projected.add(len(batch))
        self._metrics.batch.record(time.perf_counter() - began)
        if batch:
            self._metrics.lag.record(max(0.0, time.time() - batch[-1].time_ns / 1e9))

    async def _project_one(self, event: Event, seq: int, ledger: Ledger) -> None:
        for update in step(ledger.users, event, seq, self._owners, self._life, self._partition.holds):
            await ledger.tell(update, event.event_id)
        if isinstance(event, CallEvent):
            for queue in step_queues(ledger.queues, event, seq, self._owners, self._partition.holds):
                ledger.note(queue, event.event_id)

    async def _follow_owners(self, one_at_a_time: asyncio.Lock, ledger: Ledger) -> None:
        """Tell who has a telephone now and who had it, when it changes hands between two events. For ever."""
        while True:
            async with one_at_a_time:
                at, told = datetime.now(UTC), False
                for device in [*ledger.users.agents]:
                    after = (ledger.complete, self._life, self._partition.holds)
                    for update in handed_over(ledger.users, device, self._tenant, self._owners, at, *after):
                        await ledger.tell(update, "owners")
                        told = True
                if told:
                    await ledger.flush()
            await asyncio.sleep(_OWNERS_S)
