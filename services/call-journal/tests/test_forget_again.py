"""Events that come again, or go on, bring nobody back who was erased."""

import asyncio
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest
import structlog
from call_journal.app import serve
from call_journal.privacy.person import Person
from call_journal.privacy.proof import check
from call_journal.rebuild import rebuild
from call_journal.settings import NAME, JournalSettings
from call_journal.store.masks import Masks
from cti_bus import Publisher, connect, ensure
from cti_model.envelope import encode_call
from cti_runtime.health import Health
from cti_runtime.lifecycle import Runtime
from pydantic import SecretStr

from .forgetting import COMPUTED, KEY, NOW, OTHER, SPELLINGS, STRANGER, differences, everything, forgotten, naming
from .telling import AT, CARD, NUMBER, PERSON, inbound, journalled


@pytest.mark.parametrize("size", [1, 4, 100])
async def test_events_that_come_again_bring_nothing_back(pool, places, size):
    await forgotten(pool, places, numbers=(NUMBER,))
    rows = await pool.fetch("SELECT * FROM call_record ORDER BY connection_id")
    await pool.execute(f"TRUNCATE {COMPUTED}")
    again = [*inbound(location="rec-1.wav"), *inbound("c2", AT + timedelta(hours=1), number=SPELLINGS[0], user="102",
             recording=None), *inbound("c9", AT + timedelta(hours=5), number=SPELLINGS[4], recording=None)]  # fmt: skip
    await journalled(pool, again, size, masks=Masks(KEY))
    assert naming(await everything(pool), "9161234567", PERSON, CARD) == []
    assert await differences(pool) == []
    mine = await pool.fetch("SELECT * FROM call_record ORDER BY connection_id")
    assert [row["remote_number"] for row in mine] == [rows[0]["remote_number"]] * 3
    assert [row["state"] for row in await pool.fetch("SELECT gone.reason AS state FROM recording_gone gone")] == [
        "erased"
    ]


async def test_an_event_that_names_nobody_yet_is_masked_when_its_call_was_erased(pool, places):
    await forgotten(pool, places, numbers=(NUMBER,))
    await pool.execute(f"TRUNCATE {COMPUTED}")
    first = inbound(number="", name=PERSON)[:3]
    await journalled(pool, first, masks=Masks(KEY))
    assert naming(await everything(pool), PERSON) == []


async def test_a_living_call_is_erased_and_stays_so(pool):
    events = inbound()
    await journalled(pool, events[:5])
    await forgotten(pool, numbers=(NUMBER,))
    await journalled(pool, events[5:], masks=Masks(KEY))
    assert naming(await everything(pool), "9161234567", PERSON) == []
    assert await differences(pool) == []
    assert await pool.fetchval("SELECT count(*) FROM call WHERE ended_at IS NULL") == 0


async def test_what_the_journal_writes_meanwhile_is_erased_or_masked(pool):
    calls = [inbound(f"c{n}", AT + timedelta(minutes=n), recording=None) for n in range(30)]
    writing = asyncio.create_task(journalled(pool, [each for call in calls for each in call], masks=Masks(KEY)))
    async with asyncio.timeout(60):
        while await pool.fetchval("SELECT count(*) FROM call") < 5:
            await asyncio.sleep(0)
    assert not writing.done()
    proof = await forgotten(pool, numbers=(NUMBER,))
    await writing
    assert proof.remaining == {}
    assert await pool.fetchval("SELECT count(*) FROM call_record") == len(calls)
    assert naming(await everything(pool), "9161234567", PERSON, CARD) == []
    assert await differences(pool) == []


@asynccontextmanager
async def service(nats_url, dsn):
    """All of it, in this process."""
    stopping = asyncio.Event()
    runtime = Runtime(NAME, "test", "0", Health(NAME, stopping), stopping, structlog.stdlib.get_logger("test"))
    settings = JournalSettings(
        nats_url=nats_url, database_url=dsn, auth="off", http_port=0, erasure_key=SecretStr(KEY.decode())
    )
    task = asyncio.create_task(serve(settings, runtime))
    try:
        yield task
    finally:
        stopping.set()
        await asyncio.gather(task, return_exceptions=True)


async def test_the_service_that_reads_the_stream_again_brings_nobody_back(pool, postgres_dsn, nats_url):
    calls = [*inbound(recording=None), *inbound("c2", AT + timedelta(hours=1), number=OTHER, name=STRANGER)]

    async def until_written(task):
        async with asyncio.timeout(60):
            while await pool.fetchval("SELECT count(*) FROM call_event") < len(calls):
                assert not task.done(), task
                await asyncio.sleep(0.02)

    async with await connect(nats_url, "connector") as bus:
        await ensure(bus)
        async with Publisher(bus) as publisher:
            for message in map(encode_call, calls):
                await (await publisher.publish(message.subject, message.body, message.headers, message.message_id))
    async with service(nats_url, postgres_dsn) as task:
        await until_written(task)
        await forgotten(pool, numbers=(NUMBER,))
    before = await pool.fetch("SELECT * FROM call_record ORDER BY call_id")
    await pool.execute(
        "TRUNCATE call, call_record, connection, segment, recording, call_event, position, journal_outbox"
    )
    async with service(nats_url, postgres_dsn) as task:
        await until_written(task)
    assert [row["remote_number"] for row in await pool.fetch("SELECT * FROM call_record ORDER BY call_id")] == [
        row["remote_number"] for row in before
    ]
    assert naming(await everything(pool), "9161234567", PERSON) == []


async def test_who_calls_again_later_is_written_as_everybody(pool, places):
    await forgotten(pool, places, numbers=(NUMBER,))
    await journalled(pool, inbound("later", NOW + timedelta(hours=1), recording=None), masks=Masks(KEY))
    row = await pool.fetchrow("SELECT * FROM call_record WHERE call_id = 'later'")
    assert (row["remote_number"], row["remote_name"]) == (NUMBER, PERSON)
    assert (await check(pool, KEY, "replay", Person(numbers=(NUMBER,)))).remaining == {}
    again = await forgotten(pool, now=NOW + timedelta(days=1), numbers=(NUMBER,))
    assert (again.calls, again.remaining) == (1, {})
    names = await pool.fetch("SELECT DISTINCT remote_number FROM call_record WHERE call_id IN ('later', 'c1')")
    assert len(names) == 1, "one person, one pseudonym"


async def test_a_rebuild_after_erasing_finds_no_difference(pool, places, postgres_dsn):
    await forgotten(pool, places, numbers=(NUMBER,))
    built = await rebuild(pool, postgres_dsn, NAME)
    assert set(built.differences.values()) == {0}
    assert naming(await everything(pool), "9161234567", PERSON) == []
