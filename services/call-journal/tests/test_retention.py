"""What is old goes, each by its own time; nothing else does, and nobody waits for it."""

import asyncio
import json
from datetime import UTC, datetime, timedelta

import asyncpg
import pytest
from call_journal.audio.folder import Folder
from call_journal.audio.sound import Refused
from call_journal.cli import main
from call_journal.consumer import Consumer
from call_journal.rebuild import RebuildRefused, rebuild
from call_journal.retention import Kept
from call_journal.settings import NAME, Retention
from call_journal.store.ageing import months
from call_journal.store.exclusive import Busy, exclusive
from call_journal.store.writer import Writer

from .retaining import AGES, MEASURED, NOW, TABLES, calls, checked, present, retained
from .telling import batch, inbound, journalled


async def test_nothing_goes_when_nothing_is_set(pool):
    await calls(pool)
    before = {table: await present(pool, table) for table in TABLES}
    [told] = await retained(pool)
    assert (told.events, told.calls, told.recordings, told.months) == (0, 0, 0, [])
    assert {table: await present(pool, table) for table in TABLES} == before


async def test_records_go_with_all_that_belongs_to_them_and_living_calls_stay(pool):
    await calls(pool)
    await calls(pool, "rival", "x")
    before = await present(pool, tenant="rival")
    [told] = await retained(pool, tenants=["replay"], keep_records_days=60)
    for table in TABLES:
        left = {"c-1", "c-40"} | ({"living"} if table in ("call", "call_record", "call_event") else set())
        assert set(await present(pool, table)) == left, table
    assert told.calls == 2
    assert await present(pool, tenant="rival") == before, "another tenant keeps its own"
    assert await checked(pool) == ([], [])


async def test_events_go_first_and_their_rows_are_kept_and_not_called_different(pool, postgres_dsn):
    await calls(pool)
    rows = await pool.fetch("SELECT * FROM call_record ORDER BY connection_id")
    segments = await pool.fetch("SELECT * FROM segment ORDER BY call_id")
    [told] = await retained(pool, keep_events_days=60)
    assert told.calls == 0
    assert await present(pool, "call_event") == ["c-1", "c-40", "living"]
    assert await pool.fetch("SELECT * FROM call_record ORDER BY connection_id") == rows
    assert await checked(pool) == ([], ["c-200", "c-80"]), "not checkable, and no difference"
    built = await rebuild(pool, postgres_dsn, NAME)
    assert set(built.differences.values()) == {0}
    assert sorted(call for _, call in built.incomplete) == ["c-200", "c-80"]
    assert await pool.fetch("SELECT * FROM call_record ORDER BY connection_id") == rows
    assert await pool.fetch("SELECT * FROM segment ORDER BY call_id") == segments


async def test_months_are_dropped_when_no_tenant_needs_them(pool):
    await calls(pool)
    await pool.execute("DELETE FROM call_event WHERE call_id = 'living'")
    await pool.execute("UPDATE call SET ended_at = started_at WHERE call_id = 'living'")
    before = [each.table async for each in listed(pool)]
    assert before == ["call_event_2025_09", "call_event_2025_12", "call_event_2026_04", "call_event_2026_06",
                      "call_event_2026_07"]  # fmt: skip
    await calls(pool, "rival", "x")
    own = {"retention": {"rival": Retention(keep=(Kept.EVENTS,))}, "keep_events_days": 60}
    told = {each.tenant: each for each in await retained(pool, **own)}
    assert (told["replay"].events > 0, told["replay"].months) == (True, [])
    assert [each.table async for each in listed(pool)] == before
    assert await present(pool, "call_event", "rival") == sorted(["xc-1", "xc-200", "xc-40", "xc-80", "xliving"])
    await pool.execute("UPDATE call SET ended_at = started_at WHERE call_id = 'xliving'")
    told = {each.tenant: each for each in await retained(pool, keep_events_days=60)}
    assert told["replay"].months == told["rival"].months == before[:3]
    assert [each.table async for each in listed(pool)] == before[3:]


async def listed(pool):
    async with pool.acquire() as connection:
        for each in await months(connection):
            yield each


async def test_an_event_of_a_dropped_month_that_comes_late_is_written(pool):
    await calls(pool)
    await pool.execute("UPDATE call SET ended_at = started_at WHERE call_id = 'living'")
    late = inbound("late", NOW - timedelta(days=200))
    writer = Writer(pool, NAME, "S")
    consumer = Consumer(writer, MEASURED, at := await writer.position())
    await consumer.handle(batch(late[:5], at + 1))
    [told] = await retained(pool, keep_events_days=60, now=NOW)
    assert "call_event_2025_12" not in told.months, "a call of it lives"
    await pool.execute("UPDATE call SET ended_at = started_at WHERE call_id = 'late'")
    [told] = await retained(pool, keep_events_days=60)
    assert "call_event_2025_12" in told.months
    await consumer.handle(batch(late[5:], at + 6))
    assert "late" in await present(pool, "call_event")


async def test_recordings_go_from_their_place_and_are_tried_again_when_it_does_not_answer(pool, tmp_path):
    await calls(pool)
    for call in AGES:
        (tmp_path / f"rec-{call}.wav").write_bytes(b"sound")
    folder = Folder(tmp_path, strip="", file="{recording_id}.wav", most_bytes=100, deletes=True)

    class Away(Folder):
        async def remove(self, wanted):
            raise Refused("it is away")

    away = Away(tmp_path, strip="", file="", most_bytes=100, deletes=True)
    both = {"keep_recordings_days": 30, "keep_records_days": 100}
    [told] = await retained(pool, {"pbx": away}, **both)
    assert (told.recordings, told.failed, told.calls) == (0, 3, 0)
    assert "c-200" in await present(pool), "its sound could be found by nobody"
    [told] = await retained(pool, {"pbx": folder}, **both)
    assert (told.recordings, told.failed, told.left, told.calls) == (3, 0, 0, 1)
    assert [each.name for each in tmp_path.iterdir()] == ["rec-c-1.wav"]
    assert await pool.fetchval("SELECT count(*) FROM recording_gone WHERE reason = 'retention'") == 2
    [told] = await retained(pool, {"pbx": folder}, **both)
    assert (told.recordings, told.calls) == (0, 0)


async def test_where_a_place_does_not_delete_the_sound_is_left_to_it_and_counted(pool, tmp_path):
    await calls(pool)
    (tmp_path / "rec-c-80.wav").write_bytes(b"sound")
    folder = Folder(tmp_path, strip="", file="{recording_id}.wav", most_bytes=100, deletes=False)
    [told] = await retained(pool, {"pbx": folder}, keep_recordings_days=30)
    assert (told.recordings, told.left) == (3, 3)
    assert (tmp_path / "rec-c-80.wav").exists()


async def test_a_dry_run_counts_and_changes_nothing(pool):
    await calls(pool)
    before = {table: await present(pool, table) for table in TABLES}
    [told] = await retained(pool, dry_run=True, keep_events_days=60, keep_records_days=100, keep_recordings_days=30)
    assert (told.events, told.calls, told.recordings) == (18, 1, 3)
    assert {table: await present(pool, table) for table in TABLES} == before


async def test_one_at_a_time_and_a_rebuild_is_not_disturbed(pool, postgres_dsn):
    await calls(pool)
    async with exclusive(pool):
        with pytest.raises(Busy):
            await retained(pool, keep_records_days=60)
        with pytest.raises(RebuildRefused):
            await rebuild(pool, postgres_dsn, NAME)
    [told] = await retained(pool, keep_records_days=60)
    assert told.calls == 2


async def test_the_journal_writes_while_old_data_goes(pool, monkeypatch):
    monkeypatch.setattr("call_journal.retain._CALLS", 3)
    old = [inbound(f"old-{n}", NOW - timedelta(days=90, minutes=n), recording=None) for n in range(40)]
    await journalled(pool, [each for call in old for each in call], 100)
    new = [inbound(f"new-{n}", NOW - timedelta(minutes=n), recording=None) for n in range(40)]
    removing = asyncio.create_task(retained(pool, keep_records_days=60, keep_events_days=60))
    await journalled(pool, [each for call in new for each in call])
    [told] = await removing
    assert told.calls == 40
    assert len(await present(pool)) == 40
    assert await checked(pool) == ([], [])


async def test_the_command_removes_and_tells(pool, postgres_dsn, monkeypatch, capsys):
    await calls(pool)
    monkeypatch.setenv("TRUNKLINE_JOURNAL_DATABASE_URL", postgres_dsn)
    old = datetime.now(UTC) - timedelta(days=900)
    await journalled(pool, inbound("ancient", old, recording=None))
    monkeypatch.setenv("TRUNKLINE_JOURNAL_KEEP_RECORDS_DAYS", "800")
    assert await asyncio.to_thread(main, ["retain", "--dry-run"]) == 0
    assert json.loads(capsys.readouterr().out)["calls"] == 1
    assert "ancient" in await present(pool)
    assert await asyncio.to_thread(main, ["retain", "--tenant", "replay"]) == 0
    assert json.loads(capsys.readouterr().out)["rows"]["call_record"] == 1
    assert "ancient" not in await present(pool)


async def test_a_long_query_on_a_month_is_not_waited_for_for_ever(pool, postgres_dsn, monkeypatch):
    monkeypatch.setattr("call_journal.retain._ATTEMPTS", 1)
    await journalled(pool, inbound("c", NOW - timedelta(days=200)))
    other = await asyncpg.connect(postgres_dsn)
    try:
        await other.execute("BEGIN; SELECT count(*) FROM call_event_2025_12")
        [told] = await retained(pool, keep_events_days=60)
        assert (told.months, told.events) == ([], 9), "its rows go even so"
    finally:
        await other.close()
