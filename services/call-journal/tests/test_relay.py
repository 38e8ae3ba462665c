"""What is published from the outbox, and what is said of it."""

import asyncio
from collections.abc import Callable

import pytest
from call_journal.project import project
from call_journal.relay import Relay
from call_journal.store.writer import Writer
from call_journal.telemetry import metrics
from cti_bus import Publisher, connect, ensure
from cti_bus.streams import EVENTS
from cti_runtime import Progress
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader


@pytest.fixture
async def saved(pool, events) -> int:
    """The number of events in the outbox."""
    await Writer(pool, "test", "S", announce=True).write(project(list(enumerate(events, 1))), 0, len(events))
    return await pool.fetchval("SELECT count(*) FROM journal_outbox")


def told(reader: InMemoryMetricReader) -> dict[str, float]:
    """What the relay's instruments say."""
    data = reader.get_metrics_data()
    if data is None:
        return {}
    found = data.resource_metrics[0].scope_metrics[0].metrics
    return {each.name.removeprefix("trunkline.journal."): each.data.data_points[0].value for each in found}


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(60):
        while not condition():
            await asyncio.sleep(0.02)


async def test_the_relay_says_what_waits_and_since_when_and_goes_on_when_nats_is_back(pool, saved, nats_server):
    reader, progress = InMemoryMetricReader(), Progress(60)
    measured = metrics(MeterProvider([reader]).get_meter("test"))
    async with await connect(nats_server.url, "test", reconnect_wait_s=0.05) as bus:
        await ensure(bus)
        nats_server.stop()
        await until(lambda: not bus.is_connected)
        async with Publisher(bus) as publisher:
            relaying = asyncio.create_task(Relay(pool, publisher, measured, progress).run())
            await until(lambda: progress.not_ready() is not None)
            assert progress.not_ready() == "NATS does not answer"
            assert progress.stuck() is None, "no reason to start again"
            says = told(reader)
            assert says["untold"] == saved > 0
            assert says["untold.age"] > 0
            assert "told" not in says
            nats_server.start()
            await until(lambda: told(reader).get("untold") == 0)
            assert progress.not_ready() is None
            assert told(reader) == {"told": saved, "untold": 0, "untold.age": 0}
            assert not relaying.done()
            relaying.cancel()
            await asyncio.gather(relaying, return_exceptions=True)
        assert (await bus.js.stream_info(EVENTS.name)).state.messages == saved
    assert await pool.fetchval("SELECT count(*) FROM journal_outbox") == 0
