"""PostgreSQL cannot write, or cannot be reached: the journal waits, says so, and every row comes once.

It happens while the journal catches up, in one process, so that its pauses can be short: minutes are a second here.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg
import pytest
from call_journal.consumer import Consumer
from call_journal.store.migrate import migrate
from call_journal.store.writer import Writer
from call_journal.telemetry import metrics
from connector_asterisk.replay import events_of
from cti_bus import Batch, Publisher, Reader, connect, ensure, process
from cti_bus.streams import EVENTS
from cti_devstack.postgres import PostgresServer
from cti_model import subjects
from cti_model.envelope import encode_call
from cti_runtime import Progress
from opentelemetry import metrics as otel

from tests.bench.calls import BusyLine
from tests.chaos.line import line_to
from tests.chaos.volumes import fill, small_volume

pytestmark = pytest.mark.timeout(300)
CALLS, BATCH = 150, 50
TABLES = ("call", "call_record", "connection", "segment", "call_event")


class Journal:
    """A journal on `dsn` that reads a stream. With two batches' messages written it stops until it may `go_on`."""

    def __init__(self, bus, dsn: str, patience_s: float) -> None:
        self._bus = bus
        self._dsn = dsn
        self._patience_s = patience_s
        self.progress = Progress(60)
        self.position = 0
        self.attempts = 0
        self.under_way = asyncio.Event()
        self.go_on = asyncio.Event()
        self.task: asyncio.Task | None = None

    async def run(self) -> None:
        # A connection that is made into a dead line is given up after `timeout`, 60 s by default.
        async with asyncpg.create_pool(self._dsn, min_size=1, max_size=2, timeout=self._patience_s) as pool:
            writer = Writer(pool, "journal", EVENTS.name, announce=True, patience_s=self._patience_s)
            consumer = Consumer(writer, metrics(otel.get_meter("test")), await writer.position())

            async def handle(batch: Batch) -> None:
                self.attempts += 1
                if self.position >= 2 * BATCH:
                    self.under_way.set()
                    await self.go_on.wait()
                await consumer.handle(batch)
                self.position = batch.position

            reader = Reader(self._bus, EVENTS.name, [subjects.ALL_CALLS], batch=BATCH, observer=self.progress)
            async with reader:
                await process(reader, handle, ahead=consumer.ahead, observer=self.progress, retry_max_s=0.2)


async def until(journal: Journal, condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(120):
        while not condition():
            if journal.task is not None and journal.task.done():
                journal.task.result()
            await asyncio.sleep(0.01)


@asynccontextmanager
async def journal_under_way(url: str, dsn: str, patience_s: float = 30.0) -> AsyncIterator[tuple[Journal, int]]:
    """A journal that has written the first of many batches, and the last sequence of its stream."""
    async with await connect(url, "test") as bus:
        await ensure(bus)
        async with Publisher(bus) as publisher:
            for event in events_of(BusyLine(CALLS, lanes=20)):
                each = encode_call(event)
                await publisher.publish(each.subject, each.body, each.headers, each.message_id)
        last = (await bus.js.stream_info(EVENTS.name)).state.last_seq
        assert last > 10 * BATCH
        journal = Journal(bus, dsn, patience_s)
        journal.task = asyncio.create_task(journal.run())
        try:
            await until(journal, journal.under_way.is_set)
            yield journal, last
            await until(journal, lambda: journal.position == last)
            await until(journal, lambda: journal.progress.not_ready() is None)
        finally:
            journal.task.cancel()
            await asyncio.gather(journal.task, return_exceptions=True)


async def waits(journal: Journal, word: str) -> None:
    """It says that it waits, and for what, tries again and again, and does not want to be started again."""
    stopped = journal.position
    await until(journal, lambda: word in (journal.progress.not_ready() or ""))
    before = journal.attempts
    await until(journal, lambda: journal.attempts >= before + 3)
    assert word in (journal.progress.not_ready() or "")
    assert journal.progress.stuck() is None
    assert journal.position == stopped


async def contents(dsn: str) -> dict[str, list[str]]:
    """All rows, and what is told of them.

    Of that only whose row was saved: where a batch ends decides when it became true, and whether two calls that become
    one were one already.
    """
    connection = await asyncpg.connect(dsn)
    try:
        found = {name: await connection.fetch(f"SELECT * FROM {name}") for name in TABLES}
        found["journal_outbox"] = await connection.fetch("SELECT event->>'tenant', event->'fact' FROM journal_outbox")
    finally:
        await connection.close()
    return {name: sorted(map(repr, map(tuple, rows))) for name, rows in found.items()}


def same(found: dict[str, list[str]], expected: dict[str, list[str]]) -> None:
    """Every row, once."""
    for name, rows in expected.items():
        differing = sorted(set(rows) ^ set(found[name]))
        assert not differing, (name, differing[:2])
        assert len(found[name]) == len(rows), name


async def undisturbed(url: str, dsn: str) -> dict[str, list[str]]:
    """The rows that the stream must give."""
    await migrate(dsn)
    async with await connect(url, "test") as bus:
        journal = Journal(bus, dsn, 30.0)
        journal.go_on.set()
        journal.task = asyncio.create_task(journal.run())
        last = (await bus.js.stream_info(EVENTS.name)).state.last_seq
        await until(journal, lambda: journal.position == last)
        journal.task.cancel()
        await asyncio.gather(journal.task, return_exceptions=True)
    return await contents(dsn)


async def test_a_full_disk_is_waited_for(nats_url: str, postgres_server: PostgresServer, tmp_path: Path) -> None:
    if not isinstance(postgres_server, PostgresServer):
        pytest.skip("a container has no small volume")
    with small_volume(tmp_path / "small", 40) as volume:
        room = volume / "tablespace"
        room.mkdir(mode=0o777)
        room.chmod(0o777)
        await prepared(postgres_server, f"CREATE TABLESPACE small LOCATION '{room}'")
        await prepared(postgres_server, "CREATE DATABASE small TABLESPACE small")
        dsn = postgres_server.url("small")
        await migrate(dsn)
        async with journal_under_way(nats_url, dsn) as (journal, _):
            ballast = fill(volume)
            journal.go_on.set()
            await until(journal, lambda: journal.progress.not_ready() is not None)
            stopped = journal.position  # pages that were there already may take a batch or two
            assert "DiskFull" in (journal.progress.not_ready() or "")
            before = journal.attempts
            await until(journal, lambda: journal.attempts >= before + 3)
            assert journal.progress.stuck() is None
            assert journal.position == stopped == await stored(dsn)
            ballast.unlink()
        same(await contents(dsn), await undisturbed(nats_url, postgres_server.create_database("whole")))
        await prepared(postgres_server, "DROP DATABASE small")


async def stored(dsn: str) -> int:
    connection = await asyncpg.connect(dsn)
    try:
        return await connection.fetchval("SELECT stream_seq FROM position")
    finally:
        await connection.close()


async def prepared(server: PostgresServer, statement: str) -> None:
    connection = await asyncpg.connect(server.url())
    await connection.execute(statement)
    await connection.close()


@pytest.mark.parametrize("fault", ["cut", "silence"])
async def test_a_line_that_is_cut_or_dead_is_waited_for(
    nats_url: str, postgres_server: PostgresServer, fault: str
) -> None:
    dsn = postgres_server.create_database("journal")
    await migrate(dsn)
    async with line_to(postgres_server.port) as line:
        beyond = dsn.replace(f":{postgres_server.port}/", f":{line.port}/")
        async with journal_under_way(nats_url, beyond, patience_s=0.5) as (journal, _):
            getattr(line, fault)()
            journal.go_on.set()
            await waits(journal, "PostgreSQL")
            assert line.tried > 1
            line.mend()
    same(await contents(dsn), await undisturbed(nats_url, postgres_server.create_database("whole")))


@pytest.fixture
def durable(tmp_path: Path) -> Iterator[PostgresServer]:
    """A server whose commits survive `kill9`."""
    server = PostgresServer(tmp_path / "postgres")
    server.start()
    try:
        yield server
    finally:
        server.stop()


async def test_a_server_that_is_killed_again_and_again_is_waited_for(nats_url: str, durable: PostgresServer) -> None:
    dsn = durable.create_database("journal")
    await migrate(dsn)
    async with journal_under_way(nats_url, dsn) as (journal, last):
        journal.go_on.set()
        for share in (3, 2):  # in the middle of batches, the next one prepared
            await until(journal, lambda share=share: journal.position >= last // share)
            await asyncio.to_thread(durable.kill9)
            await until(journal, lambda: "PostgreSQL" in (journal.progress.not_ready() or ""))
            await asyncio.to_thread(durable.start)
    same(await contents(dsn), await undisturbed(nats_url, durable.create_database("whole")))
