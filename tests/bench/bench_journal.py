"""Call events per second projected into PostgreSQL by call-journal, against COPY of the same events in the same run.

The journal's own consumer and writer handle batches as large as its settings allow while it catches up, a transaction
each, with a durable commit.
Baselines, with as many transactions of as many events: COPY of the finished rows into tables with the same columns and
keys, which is the least that storing them takes; and COPY of the message bodies into a table without any key, which is
the least that storing these bytes takes. The end-to-end row reads from a real stream as the service does.
"""

import asyncio
import gc
import time
from collections.abc import Sequence
from typing import Any

import asyncpg
import uvloop
from call_journal.consumer import Consumer
from call_journal.settings import JournalSettings
from call_journal.store.migrate import migrate
from call_journal.store.writer import Writer
from call_journal.telemetry import metrics
from connector_asterisk.replay import events_of
from cti_bus import Batch, Bus, Publisher, Reader, Received, connect, ensure, process
from cti_bus.streams import EVENTS
from cti_model import subjects
from cti_model.envelope import encode_call
from opentelemetry import metrics as otel

from tests.bench.calls import BusyLine
from tests.bench.rows import Row, medians_of, row, scaled
from tests.bench.servers import nats, postgres

CALLS = 2000
LANES = 50
ROUNDS = 7
BATCH: int = JournalSettings.model_fields["batch"].default
TABLES = ("call", "call_record", "connection", "segment", "call_event")
_DEADLINE_S = 120.0


def run(scale: float = 1.0) -> list[Row]:
    """The rows of the table."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:  # as every service does
        return runner.run(_run(scaled(CALLS, scale), scaled(ROUNDS, scale)))


async def _run(calls: int, rounds: int) -> list[Row]:
    with postgres() as dsn, nats() as url:
        await migrate(dsn)
        async with asyncpg.create_pool(dsn, min_size=1, max_size=2) as pool, await connect(url, "bench") as bus:
            await ensure(bus)
            bench = _Bench(pool, bus, await _stored(bus, calls))
            await bench.prepare()
            contenders = {
                "projected": bench.projected,
                "from the stream": bench.from_the_stream,
                "rows": bench.copied_rows,
                "bodies": bench.copied_bodies,
            }
            try:
                seconds = await medians_of(contenders, rounds)
            finally:
                gc.unfreeze()
    rate = {name: len(bench.messages) / taken for name, taken in seconds.items()}
    what, rows, bodies = "call events projected", "COPY of the finished rows, same keys", "COPY of the bodies, no keys"
    return [
        row("journal", what, "events/s", rate["projected"], rate["rows"], rows),
        row("journal", what, "events/s", rate["projected"], rate["bodies"], bodies),
        row("journal", f"{what}, read from NATS", "events/s", rate["from the stream"], rate["rows"], rows),
    ]


async def _stored(bus: Bus, calls: int) -> list[Received]:
    """Call events in the stream, read again."""
    async with Publisher(bus) as publisher:
        for event in events_of(BusyLine(calls, lanes=LANES)):
            each = encode_call(event)
            await publisher.publish(each.subject, each.body, each.headers, each.message_id)
    last = (await bus.js.stream_info(EVENTS.name)).state.last_seq
    found: list[Received] = []
    async with Reader(bus, EVENTS.name, [subjects.ALL_CALLS]) as reader, asyncio.timeout(_DEADLINE_S):
        async for batch in reader:
            found += batch
            if batch.position >= last:
                return found
    raise AssertionError("the reader ended")


class _Bench:
    """The contenders, each on emptied tables."""

    def __init__(self, pool: Any, bus: Bus, messages: list[Received]) -> None:
        self.messages = messages
        self._pool = pool
        self._bus = bus
        self._batches = [messages[at : at + BATCH] for at in range(0, len(messages), BATCH)]

    async def prepare(self) -> None:
        """Tables for the baselines, filled in the way that the journal fills its own."""
        await self._pool.execute("CREATE TABLE body (stream_seq bigint NOT NULL, body text NOT NULL)")
        for table in TABLES:
            await self._pool.execute(f"CREATE TABLE copy_of_{table} (LIKE {table} INCLUDING ALL)")
        await self.projected(0)
        self._rows = {
            table: [tuple(each) for each in await self._pool.fetch(f"SELECT * FROM {table} ORDER BY stream_seq")]
            for table in TABLES
        }
        gc.collect()
        gc.freeze()  # what a bench holds in memory costs a service nothing

    async def projected(self, _: int) -> float:
        """From batches in memory."""
        consumer, shelf = await self._consumer(), _Shelf(self._batches)
        began = time.perf_counter()
        await process(shelf, consumer.handle, ahead=consumer.ahead)  # type: ignore[arg-type]
        return time.perf_counter() - began

    async def from_the_stream(self, _: int) -> float:
        """As the service does it."""
        consumer, done = await self._consumer(), asyncio.Event()
        last = self.messages[-1].stream_seq

        async def handle(batch: Batch) -> None:
            await consumer.handle(batch)
            if batch.position >= last:
                done.set()

        async with Reader(self._bus, EVENTS.name, [subjects.ALL_CALLS], batch=BATCH) as reader:
            began = time.perf_counter()
            task = asyncio.create_task(process(reader, handle, ahead=consumer.ahead))
            finished = asyncio.create_task(done.wait())
            await asyncio.wait((task, finished), timeout=_DEADLINE_S, return_when=asyncio.FIRST_COMPLETED)
            seconds = time.perf_counter() - began
            task.cancel()
            finished.cancel()
            await asyncio.gather(task, finished, return_exceptions=True)
        if not done.is_set():
            raise AssertionError("the stream was not read to its end")
        return seconds

    async def copied_rows(self, _: int) -> float:
        """Every batch's share of the finished rows."""
        await self._empty(*(f"copy_of_{table}" for table in TABLES))
        began = time.perf_counter()
        for number in range(len(self._batches)):
            async with self._pool.acquire() as connection, connection.transaction():
                for table, rows in self._rows.items():
                    share = rows[_share(rows, number, len(self._batches))]
                    await connection.copy_records_to_table(f"copy_of_{table}", records=share)
        return time.perf_counter() - began

    async def copied_bodies(self, _: int) -> float:
        """The bytes that came, and no more."""
        await self._empty("body")
        began = time.perf_counter()
        for batch in self._batches:
            records = [(each.stream_seq, each.body.decode()) for each in batch]
            async with self._pool.acquire() as connection, connection.transaction():
                await connection.copy_records_to_table("body", records=records)
        return time.perf_counter() - began

    async def _consumer(self) -> Consumer:
        await self._empty(*TABLES, "position")
        writer = Writer(self._pool, "bench", EVENTS.name)
        return Consumer(writer, metrics(otel.get_meter("bench")), 0)

    async def _empty(self, *tables: str) -> None:
        await self._pool.execute(f"TRUNCATE {', '.join(tables)}")


class _Shelf:
    """Batches in memory, as a `Reader` that is always ahead hands them out; it ends behind the last."""

    def __init__(self, batches: Sequence[list[Received]]) -> None:
        self._batches = [Batch(each, each[-1].stream_seq) for each in reversed(batches)]

    def __aiter__(self) -> "_Shelf":
        return self

    async def __anext__(self) -> Batch:
        if not self._batches:
            raise StopAsyncIteration
        return self._batches.pop()

    async def full(self) -> Batch:
        return self._batches[-1] if self._batches else await asyncio.get_running_loop().create_future()


def _share(rows: Sequence[object], number: int, of: int) -> slice:
    return slice(len(rows) * number // of, len(rows) * (number + 1) // of)
