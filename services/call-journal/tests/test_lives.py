"""The service when NATS comes back without its volume: the rows stay, and it goes on with the new stream."""

import asyncio
import shutil
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import asyncpg
import pytest
import structlog
from call_journal.app import _project
from call_journal.settings import NAME, JournalSettings
from call_journal.telemetry import metrics
from call_journal.verify import verify
from cti_bus import Publisher, connect, ensure
from cti_devstack.nats import NatsServer
from cti_directory import DirectoryCopy
from cti_model.envelope import encode_call
from cti_runtime.health import Health
from cti_runtime.lifecycle import Runtime
from opentelemetry import metrics as otel

DEADLINE_S = 60
MEASURED = metrics(otel.get_meter("test"))


@asynccontextmanager
async def journal(nats_url: str, dsn: str, pool: asyncpg.Pool) -> AsyncIterator[asyncio.Task]:
    """The projecting half of the service."""
    stopping = asyncio.Event()
    runtime = Runtime(NAME, "test", "0", Health(NAME, stopping), stopping, structlog.stdlib.get_logger("test"))
    settings = JournalSettings(nats_url=nats_url, database_url=dsn, auth="off", batch=10)
    async with await connect(nats_url, "journal") as bus:
        await ensure(bus)
        directory = DirectoryCopy(bus)
        directory.loaded.set()  # there is none
        task = asyncio.create_task(_project(settings, runtime, bus, pool, directory, MEASURED))
        try:
            yield task
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


async def tell(nats_url: str, events) -> None:
    async with await connect(nats_url, "connector") as bus:
        await ensure(bus)
        async with Publisher(bus) as publisher:
            for event in events:
                message = encode_call(event)
                await (await publisher.publish(message.subject, message.body, message.headers, message.message_id))


async def until(task: asyncio.Task, condition: Callable) -> None:
    async with asyncio.timeout(DEADLINE_S):
        while not await condition():
            assert not task.done(), task
            await asyncio.sleep(0.02)


def counted(pool, count: int) -> Callable:
    async def condition() -> bool:
        return await pool.fetchval("SELECT count(*) FROM call_event") == count

    return condition


def without_its_volume(server, tmp_path: Path) -> None:
    """NATS begins again with nothing."""
    server.kill9()
    shutil.rmtree(tmp_path / "nats" / "jetstream")
    server.start()


@pytest.mark.parametrize("running", [True, False])
async def test_a_lost_stream_costs_no_row_and_no_later_event(
    nats_server, nats_url, postgres_dsn, pool, events, tmp_path, running
):
    """In mid-call; the new stream is longer than the old one was before the journal looks at it (`running` False)."""
    if not isinstance(nats_server, NatsServer):
        pytest.skip("the volume of a container is not ours to remove")
    cut = len(events) // 3
    assert events[cut - 1].call.alive
    async with journal(nats_url, postgres_dsn, pool) as task:
        await tell(nats_url, events[:cut])
        await until(task, counted(pool, cut))
        if running:
            await asyncio.to_thread(without_its_volume, nats_server, tmp_path)
            await tell(nats_url, events[cut:])
            await until(task, counted(pool, len(events)))
    if not running:
        await asyncio.to_thread(without_its_volume, nats_server, tmp_path)
        await tell(nats_url, events[cut:])
        async with journal(nats_url, postgres_dsn, pool) as task:
            await until(task, counted(pool, len(events)))
    row = await pool.fetchrow("SELECT stream_seq, base FROM position")
    assert tuple(row) == (len(events) - cut, cut)
    assert await pool.fetchval("SELECT count(*) FROM call WHERE ended_at IS NULL") == 0
    assert await pool.fetchval("SELECT count(*) FROM call") == len({event.call.call_id for event in events})
    assert [each async for page in verify(pool) for each in page.differences] == []


async def test_a_journal_that_starts_again_goes_on_in_the_same_stream(nats_url, postgres_dsn, pool, events):
    for last in (len(events) // 2, len(events)):
        await tell(nats_url, events[:last])
        async with journal(nats_url, postgres_dsn, pool) as task:
            await until(task, counted(pool, last))
    assert tuple(await pool.fetchrow("SELECT stream_seq, base FROM position")) == (len(events), 0)
    assert await pool.fetchval("SELECT max(observed_at) - min(observed_at) FROM call_event") > timedelta(0)
