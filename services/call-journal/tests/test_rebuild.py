"""All rows anew beside those in use, and another life of the stream."""

import asyncio
import contextlib

import asyncpg
import pytest
from call_journal.consumer import Consumer
from call_journal.rebuild import RebuildRefused, rebuild
from call_journal.settings import NAME
from call_journal.store.tables import TABLES
from call_journal.store.writer import Writer
from call_journal.telemetry import metrics
from opentelemetry import metrics as otel

from .telling import batch
from .trusting import differences, tables, told, written


async def test_rebuilt_rows_are_the_live_ones(journal, postgres_dsn):
    before = await tables(journal)
    indexes = "SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' ORDER BY indexname"
    structure = await journal.fetch(indexes)
    built = await rebuild(journal, postgres_dsn, NAME, page=4)
    assert built.differences == {table.name: 0 for table in TABLES}
    assert (built.incomplete, built.swapped) == ({}, True)
    assert await tables(journal) == before
    assert await journal.fetch(indexes) == structure
    assert (await rebuild(journal, postgres_dsn, NAME)).swapped, "and again"


async def test_a_rebuild_mends_what_was_damaged_and_says_it(journal, postgres_dsn):
    before = await tables(journal)
    await journal.execute("DELETE FROM segment; UPDATE call_record SET talk_s = 0 WHERE talk_s > 3")
    heard: list[str] = []
    dry = await rebuild(journal, postgres_dsn, NAME, swap=False, tell=heard.append)
    assert dry.differences["segment"] == len(before["segment"])
    assert dry.differences["call_record"] > 0
    assert len(heard) == sum(dry.differences.values())
    assert await tables(journal) != before
    await rebuild(journal, postgres_dsn, NAME)
    assert await tables(journal) == before


async def test_what_the_archive_does_not_hold_is_taken_over(journal, postgres_dsn):
    before = await tables(journal)
    gone = await journal.fetchval("SELECT call_id FROM call WHERE queue <> ''")
    await journal.execute("DELETE FROM call_event WHERE call_id = $1", gone)
    built = await rebuild(journal, postgres_dsn, NAME)
    assert [call for _, call in built.incomplete] == [gone]
    assert await tables(journal) == before


async def test_readers_and_the_journal_go_on_while_tables_change_places(pool, events, postgres_dsn):
    half = len(events) // 2
    await written(pool, events[:half])
    total = await pool.fetchval("SELECT count(*) FROM call_record")
    done = asyncio.Event()

    async def read() -> int:
        count = 0
        while not done.is_set():
            rows = await pool.fetch("SELECT * FROM call_record WHERE tenant = 'replay' ORDER BY started_at DESC")
            assert len(rows) >= total
            assert await pool.fetchrow("SELECT * FROM call WHERE call_id = $1", rows[-1]["call_id"]) is not None
            count += 1
        return count

    async def write() -> None:
        writer = Writer(pool, NAME, "S")
        consumer = Consumer(writer, metrics(otel.get_meter("test")), half)
        for first in range(half, len(events), 5):
            await consumer.handle(batch(events[first : first + 5], first + 1))

    async def swap() -> None:
        try:
            async with asyncpg.create_pool(postgres_dsn, min_size=1, max_size=3) as own:
                while not writing.done():
                    built = await rebuild(own, postgres_dsn, NAME, page=5)
                    assert built.differences == {table.name: 0 for table in TABLES}
        finally:
            done.set()

    writing = asyncio.create_task(write())
    counts = await asyncio.gather(read(), read(), swap(), writing)
    assert min(counts[0], counts[1]) > 0
    assert await differences(pool) == []
    assert await pool.fetchval("SELECT count(*) FROM call") == len(told(events))


async def test_a_rebuild_that_finds_no_moment_changes_nothing(journal, postgres_dsn, monkeypatch):
    monkeypatch.setattr("call_journal.rebuild._ATTEMPTS", 2)
    monkeypatch.setattr("call_journal.rebuild._PAUSE_S", 0.01)
    before = await tables(journal)
    async with contextlib.AsyncExitStack() as stack:
        other = await asyncpg.connect(postgres_dsn)
        stack.push_async_callback(other.close)
        await other.execute("BEGIN; SELECT count(*) FROM connection")
        with pytest.raises(RebuildRefused, match="not free"):
            await rebuild(journal, postgres_dsn, NAME)
    assert await tables(journal) == before
    assert await journal.fetchval("SELECT count(*) FROM pg_namespace WHERE nspname LIKE 'journal_%'") == 0


async def test_another_life_of_the_stream_begins_at_its_beginning_and_counts_on(pool, events):
    writer = Writer(pool, NAME, "S")
    half = len(events) // 2
    assert await writer.begin("first", 0) == (0, 0)
    await Consumer(writer, metrics(otel.get_meter("test")), 0).handle(batch(events[:half]))
    assert await writer.begin("first", half) == (half, 0)
    at = await writer.begin("second", 3)
    assert at == (0, half)
    consumer = Consumer(writer, metrics(otel.get_meter("test")), *at)
    await consumer.handle(batch(events[half:]))
    assert await writer.begin("second", len(events)) == (len(events) - half, half)
    assert [row[0] for row in await pool.fetch("SELECT stream_seq FROM call_event ORDER BY stream_seq")] == list(
        range(1, len(events) + 1)
    )
    assert await differences(pool) == []
    assert await pool.fetchval("SELECT count(*) FROM call WHERE ended_at IS NULL") == 0


async def test_a_position_from_before_lives_is_taken_for_this_stream_if_it_can_be(pool):
    writer = Writer(pool, NAME, "S")
    await pool.execute("INSERT INTO position (consumer, stream, stream_seq) VALUES ($1, 'S', 10)", NAME)
    assert await writer.begin("now", 10) == (10, 0)
    await pool.execute("UPDATE position SET life = NULL")
    assert await writer.begin("now", 9) == (0, 10)
