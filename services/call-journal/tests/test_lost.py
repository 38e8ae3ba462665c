"""Calls whose end the stream has lost: found, and ended by a fact that rows, archive and rebuild agree about."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import asyncpg
import pytest
from call_journal.cli import main
from call_journal.lost import Found, Standing, end, unknown_calls
from call_journal.rebuild import rebuild
from call_journal.settings import NAME
from cti_bus import Bucket, Bus, Fenced, connect, ensure
from cti_bus.streams import EVENTS
from cti_model import subjects
from cti_model.calls import Cause, EndedBy
from cti_model.events import CallEvent

from . import trusting
from .test_lives import counted, journal, tell, until

NOW = datetime.now(UTC)


@pytest.fixture
async def bus(nats_url: str) -> AsyncIterator[Bus]:
    async with await connect(nats_url, "test") as made:
        await ensure(made)
        yield made


@pytest.fixture
def torn(events: list[CallEvent]) -> list[CallEvent]:
    """The events of many calls without what ended the first one that was answered."""
    one = next(each.call.call_id for each in events if each.kind == "established")
    last = next(n for n, each in enumerate(events) if each.call.call_id == one and not each.call.alive)
    first = next(n for n, each in enumerate(events) if each.call.call_id == one and each.kind == "connection_cleared")
    hole = {each.event_id for each in events[first : last + 1] if each.call.call_id == one}
    return [each for each in events if each.event_id not in hole and each.call.call_id != one] + [
        each for each in events if each.event_id not in hole and each.call.call_id == one
    ]


@pytest.fixture
async def lead(bus: Bus, torn: list[CallEvent]) -> None:
    """A connector leads the PBX of the calls."""
    call = torn[-1].call
    await Bucket(bus, "cti_leases").put(subjects.lease_of_pbx(call.tenant, call.pbx), b"connector", ttl_s=300)


async def stood(pool: asyncpg.Pool, bus: Bus, parked: frozenset[str] = frozenset()) -> list[Found]:
    return [each async for each in unknown_calls(pool, bus, parked, NOW)]


@pytest.mark.usefixtures("lead")
@pytest.mark.parametrize("forgotten", [False, True], ids=["in the stream", "forgotten by the stream"])
async def test_a_lost_call_is_listed_and_ended_and_computed_again(
    nats_url, postgres_dsn, pool, bus, torn, monkeypatch, capsys, forgotten
):
    monkeypatch.setenv("TRUNKLINE_JOURNAL_DATABASE_URL", postgres_dsn)
    monkeypatch.setenv("TRUNKLINE_JOURNAL_NATS_URL", nats_url)
    call = torn[-1].call
    assert call.alive
    async with journal(nats_url, postgres_dsn, pool) as task:
        await tell(nats_url, torn)
        await until(task, counted(pool, len(torn)))
        if forgotten:
            await bus.js.purge_stream(EVENTS.name)
        assert await asyncio.to_thread(main, ["lost"]) == 1, "it is only listed"
        (line,) = capsys.readouterr().out.splitlines()
        listed = json.loads(line)
        assert (listed["call_id"], listed["standing"], listed["ended_by"]) == (call.call_id, "lost", None)
        assert await asyncio.to_thread(main, ["lost", "--before", "2000-01-01"]) == 0, "none is so old"
        assert capsys.readouterr().out == ""
        assert await asyncio.to_thread(main, ["lost", "--end"]) == 0
        ended = json.loads(capsys.readouterr().out)
        await until(task, counted(pool, len(torn) + 1))
        assert await asyncio.to_thread(main, ["lost", "--end"]) == 0, "there is none any more"
        assert capsys.readouterr().out == ""
    row = await pool.fetchrow("SELECT * FROM call_event WHERE event_id = $1", ended["ended_by"])
    assert (row["kind"], row["origin"], json.loads(row["fact"])["cause"]) == ("cleared", "reconciled", Cause.LOST)
    assert row["occurred_at"] == row["not_before"] == torn[-1].occurred_at
    assert row["not_after"] >= NOW
    assert await pool.fetchval("SELECT ended_at FROM call WHERE call_id = $1", call.call_id) == torn[-1].occurred_at
    assert await pool.fetchval("SELECT count(*) FROM call WHERE ended_at IS NULL") == 0
    records = await pool.fetch("SELECT ended_by, ended_at FROM call_record WHERE call_id = $1", call.call_id)
    assert {tuple(each) for each in records} == {(EndedBy.SYSTEM, torn[-1].occurred_at)}
    assert await trusting.differences(pool) == []
    before = await trusting.tables(pool)
    built = await rebuild(pool, postgres_dsn, NAME, swap=True, tell=print)
    assert (built.swapped, set(built.differences.values()), list(built.incomplete)) == (True, {0}, [])
    assert await trusting.tables(pool) == before


@pytest.mark.usefixtures("lead")
async def test_one_that_misses_its_middle_too_is_ended_and_kept_by_a_rebuild(nats_url, postgres_dsn, pool, bus, torn):
    call = torn[-1].call
    whole = [each for each in torn if (each.call.call_id, each.call.version) != (call.call_id, 2)]
    async with journal(nats_url, postgres_dsn, pool) as task:
        await tell(nats_url, whole)
        await until(task, counted(pool, len(whole)))
        (found,) = await stood(pool, bus)
        await end(bus, found, NOW)
        await until(task, counted(pool, len(whole) + 1))
        assert await stood(pool, bus) == []
    assert await trusting.differences(pool) == []
    before = await trusting.tables(pool)
    built = await rebuild(pool, postgres_dsn, NAME, swap=True, tell=print)
    assert [each for _, each in built.incomplete] == [call.call_id]
    assert await trusting.tables(pool) == before


async def test_what_lives_or_may_live_is_left(nats_url, postgres_dsn, pool, bus, torn, lead):
    call = torn[-1].call
    key = subjects.living_call(call.tenant, call.pbx, call.call_id)
    async with journal(nats_url, postgres_dsn, pool) as task:
        await tell(nats_url, torn[:-1])
        await until(task, counted(pool, len(torn) - 1))
    assert [each.standing for each in await stood(pool, bus)] == [Standing.LOST]
    assert [each.standing for each in await stood(pool, bus, frozenset([key]))] == [Standing.PARKED]
    await Bucket(bus, "cti_live_calls").put(key, b"")
    assert await stood(pool, bus) == [], "a connector knows it"
    await Bucket(bus, "cti_live_calls").erase(key)
    await tell(nats_url, torn[-1:])
    assert [each.standing for each in await stood(pool, bus)] == [Standing.UNREAD]


async def test_calls_of_a_pbx_that_nobody_leads_are_ended_only_when_it_is_named(
    nats_url, postgres_dsn, pool, bus, torn, monkeypatch, capsys
):
    monkeypatch.setenv("TRUNKLINE_JOURNAL_DATABASE_URL", postgres_dsn)
    monkeypatch.setenv("TRUNKLINE_JOURNAL_NATS_URL", nats_url)
    async with journal(nats_url, postgres_dsn, pool) as task:
        await tell(nats_url, torn)
        await until(task, counted(pool, len(torn)))
    assert await asyncio.to_thread(main, ["lost", "--end", "--pbx", "another"]) == 1
    left = json.loads(capsys.readouterr().out)
    assert (left["standing"], left["ended_by"]) == ("unwatched", None)
    assert await asyncio.to_thread(main, ["lost", "--end", "--pbx", torn[-1].call.pbx]) == 0
    assert json.loads(capsys.readouterr().out)["ended_by"] is not None


@pytest.mark.usefixtures("lead")
async def test_a_connector_that_tells_of_it_meanwhile_wins(nats_url, postgres_dsn, pool, bus, torn):
    async with journal(nats_url, postgres_dsn, pool) as task:
        await tell(nats_url, torn[:-1])
        await until(task, counted(pool, len(torn) - 1))
    (found,) = await stood(pool, bus)
    await tell(nats_url, torn[-1:])
    with pytest.raises(Fenced):
        await end(bus, found, NOW)
