"""Batches of the stream to rows: the one function that may fail, and what each failure means."""

import asyncio
import time
from datetime import UTC, datetime

import asyncpg
from cti_bus import Batch, Fatal, Park, Retry
from cti_bus.tracing import origins_of
from cti_model.directory import Owners
from cti_store import OUTAGE
from opentelemetry import trace

from call_journal.project import Rows, own_number
from call_journal.project.paths import Paths
from call_journal.store.writer import PositionTaken, Writer
from call_journal.telemetry import Metrics
from call_journal.work import Indigestible, Work

_tracer = trace.get_tracer("call_journal")


class Consumer:
    """Handles batches for `cti_bus.process`, and looks ahead.

    `position` is what the next batch continues from; `base` is added to every sequence of the stream (see
    `Writer.begin`). `owners` says whose a row is that is written for the first time.
    """

    def __init__(
        self, writer: Writer, metrics: Metrics, position: int, base: int = 0, owners: Owners = own_number
    ) -> None:
        self._writer = writer
        self._metrics = metrics
        self._position = position
        self._base = base
        self._owners = owners
        self._paths = Paths()
        self._next: Work | None = None  # what `ahead` has prepared
        self._projected = False  # the paths know the batch that is being written
        self._unanswered = 0  # up to where a transaction was sent whose end nobody told us

    async def ahead(self, batch: Batch) -> None:
        """Prepare a batch, as far as that is possible, while the one before is written. Changes nothing for `handle`
        but how long it takes: what is wrong with the batch is found there.
        """
        self._drop()
        self._next = work = Work(batch, self._base, self._paths, self._owners)
        try:
            while self._next is work and work.decode():  # noqa: ASYNC110 - each turn works
                await asyncio.sleep(0)
        except Indigestible:
            return
        # The paths must know all batches before this one, and go on from them as long as they are believed in.
        while self._next is work and self._projected and work.project():  # noqa: ASYNC110
            await asyncio.sleep(0)

    async def handle(self, batch: Batch) -> None:
        """Write one batch. Raises `Retry` when PostgreSQL is away, `Park` for a call that makes no sense, `Fatal` when
        another instance writes.
        """
        began = time.perf_counter()
        work = self._work(batch)
        origins = origins_of(each.headers for each in batch)
        with _tracer.start_as_current_span(
            "journal batch", origins.parent, links=origins.links, attributes={"events": len(batch)}
        ):
            try:
                rows = await self._rows(work)
                self._projected = True
                await self._writer.write(rows, self._position, batch.position)
            except PositionTaken as error:
                self._forget()
                if not error.stored == batch.position == self._unanswered:
                    raise Fatal(str(error)) from error
            except OUTAGE as error:
                self._unanswered = batch.position
                self._forget()
                self._metrics.retries.add(1)
                raise Retry(f"PostgreSQL: {type(error).__name__}: {error}") from error
            except asyncpg.DataError as error:
                self._forget()
                raise await self._culprit(work, error) from error
        self._projected = False
        self._position = batch.position
        self._metrics.seconds.record(time.perf_counter() - began)
        self._metrics.events.add(len(work.events))
        now = datetime.now(UTC)
        for _, event in work.events:
            self._metrics.delay.record(max(0.0, (now - event.observed_at).total_seconds()))

    def _work(self, batch: Batch) -> Work:
        """What is prepared of this batch, or a new beginning."""
        if self._next is not None and self._next.batch == batch:
            work, self._next = self._next, None
            return work
        self._drop()
        return Work(batch, self._base, self._paths, self._owners)

    def _drop(self) -> None:
        """What was prepared is not what comes (some of it was set aside since): the paths may know it already."""
        if self._next is not None and self._next.begun:
            self._forget()
        self._next = None

    async def _rows(self, work: Work) -> Rows:
        try:
            while work.decode():
                pass
        except Indigestible as error:
            self._metrics.parked.add(1)
            raise Park(str(error), error.received) from error
        if lacking := work.lacking():  # calls that began before this process did, or before a failure
            await self._writer.restore(self._paths, lacking)
        return work.rows()

    def _forget(self) -> None:
        """After a failed transaction what we remember of it was not written; what follows from it is worth nothing."""
        self._writer.forget_months()
        self._paths.forget()
        self._next = None
        self._projected = False

    async def _culprit(self, work: Work, error: asyncpg.DataError) -> Park | Fatal:
        """Whose value PostgreSQL refuses: each message is tried alone, and rolled back."""
        for each, rows in work.alone():
            if await self._writer.refuses(rows):
                self._metrics.parked.add(1)
                return Park(str(error), each)
        return Fatal(f"PostgreSQL refuses a batch up to {work.batch.position} but none of its events: {error}")
