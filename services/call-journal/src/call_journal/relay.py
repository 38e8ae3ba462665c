"""From the outbox to the stream."""

import asyncio
import time
from collections.abc import Coroutine
from datetime import UTC, datetime

import structlog
from cti_bus import Publisher
from cti_model.envelope import encode_journal
from cti_runtime import Progress
from cti_store import OUTAGE, Pool

from call_journal.store.outbox import Waiting, backlog, remove, waiting
from call_journal.telemetry import Metrics

_log = structlog.get_logger(__name__)
_BATCH = 500
_PAUSE_S = 0.5  # how late an event is at most, when nothing else waits: one cheap question to PostgreSQL
_AWAY_S = 5.0
_MEASURE_S = 5.0  # counting reads the whole outbox, which is long when something is wrong
_PATIENCE_S = 1.0  # without an ack: somebody should know


class Relay:
    """Publishes what the outbox holds, in order for each call and kind of event, and says how it gets on."""

    def __init__(self, pool: Pool, publisher: Publisher, metrics: Metrics, progress: Progress) -> None:
        self._pool = pool
        self._publisher = publisher
        self._metrics = metrics
        self._progress = progress
        self._measured_at = float("-inf")

    async def run(self) -> None:
        """For ever; while NATS or PostgreSQL is away it waits. Raises what the bus raises when it is over.

        An event is removed when the stream has it. After a crash in between it is published again with the same id,
        which the call's fence recognises however much later.
        """
        while True:
            try:
                pause_s = 0.0 if await self._step() else _PAUSE_S
                self._progress.advanced()
            except OUTAGE as error:
                _log.warning("outbox not read", error=f"{type(error).__name__}: {error}")
                self._progress.waiting(f"PostgreSQL: {type(error).__name__}: {error}")
                pause_s = _AWAY_S
            await asyncio.sleep(pause_s)

    async def _step(self) -> int:
        """Publish the oldest; returns how many."""
        found = await waiting(self._pool, _BATCH)
        if not found or time.monotonic() - self._measured_at >= _MEASURE_S:
            await self._measure(bool(found))
        if not found:
            return 0
        await self._patiently(self._publish(found))
        await remove(self._pool, [each.number for each in found])
        self._metrics.told.add(len(found))
        return len(found)

    async def _measure(self, any_waits: bool) -> None:
        count, oldest = await backlog(self._pool) if any_waits else (0, None)
        age_s = (datetime.now(UTC) - oldest).total_seconds() if oldest is not None else 0.0
        self._metrics.untold.set(count)
        self._metrics.untold_age.set(max(0.0, age_s))
        self._measured_at = time.monotonic() if any_waits else float("-inf")

    async def _publish(self, found: list[Waiting]) -> None:
        fences = set()
        for _, event in found:
            message = encode_journal(event)
            fences.add(message.subject)  # what was identified of the same call has another publisher
            await self._publisher.publish(
                message.subject, message.body, message.headers, message.message_id, fence=message.subject
            )
        await self._publisher.flush()
        for fence in fences:
            self._publisher.forget(fence)

    async def _patiently(self, work: Coroutine[None, None, None]) -> None:
        """Wait for the stream's acks, and say so while they do not come."""
        task = asyncio.ensure_future(work)
        try:
            while not (await asyncio.wait((task,), timeout=_PATIENCE_S))[0]:
                self._progress.waiting("NATS does not answer")
            task.result()
        finally:
            task.cancel()
