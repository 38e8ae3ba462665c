"""Rows on a real PostgreSQL: repeats, overlaps and late batches change nothing."""

import asyncio
import itertools
import random

import msgspec
import pytest
from call_journal.project import project
from call_journal.store.migrate import migrate
from call_journal.store.writer import PositionTaken, Writer
from cti_model.calls import Party
from cti_model.events import Delivered
from cti_model.records import records
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st


def numbered(events):
    return list(enumerate(events, 1))


async def tables(pool) -> dict[str, list[tuple]]:
    wanted = {
        "call": "SELECT * FROM call ORDER BY tenant, call_id",
        "call_record": "SELECT * FROM call_record ORDER BY tenant, connection_id",
        "call_event": "SELECT * FROM call_event ORDER BY stream_seq",
    }
    return {name: [tuple(row) for row in await pool.fetch(query)] for name, query in wanted.items()}


async def written(pool, batches) -> dict[str, list[tuple]]:
    """Write batches of (seq, event), each from wherever the position is."""
    await pool.execute("TRUNCATE call, call_record, call_event, position")
    writer = Writer(pool, "test", "S")
    for batch in batches:
        await writer.write(project(batch), await writer.position(), batch[-1][0])
    return await tables(pool)


async def test_rows_say_what_the_model_says(pool, events):
    await written(pool, [numbered(events)])
    final = {event.call.call_id: event.call for event in events}
    expected = {row.connection_id: row for call in final.values() for row in records(call)}
    rows = {row["connection_id"]: row for row in await pool.fetch("SELECT * FROM call_record")}
    assert rows.keys() == expected.keys()
    for connection_id, record in expected.items():
        row = rows[connection_id]
        for name in ("call_id", "device", "remote_number", "remote_name", "started_at", "ended_at", "queue"):
            assert row[name] == getattr(record, name)
        for name in ("ring_s", "talk_s", "hold_s", "queue_s"):
            assert row[name] == pytest.approx(getattr(record, name))
        assert (row["direction"], row["outcome"]) == (record.direction, record.outcome)
    assert await pool.fetchval("SELECT count(*) FROM call_event") == len(events)


async def test_one_by_one_or_all_at_once_is_the_same(pool, events):
    whole = await written(pool, [numbered(events)])
    assert await written(pool, [[each] for each in numbered(events)]) == whole


async def test_repeats_and_late_batches_change_nothing(pool, events):
    all_of_them = numbered(events)
    whole = await written(pool, [all_of_them])
    rng = random.Random(5)
    writer = Writer(pool, "test", "S")
    for _ in range(20):
        first = rng.randrange(len(all_of_them))
        late = all_of_them[first : first + rng.randrange(1, 40)]
        position = await writer.position()
        await writer.write(project(late), position, position)
    assert await tables(pool) == whole


async def test_two_writers_do_not_write_over_each_other(pool, events):
    batch = numbered(events[:10])
    one, other = Writer(pool, "test", "S"), Writer(pool, "test", "S")
    await one.write(project(batch), 0, 10)
    with pytest.raises(PositionTaken):
        await other.write(project(batch), 0, 10)
    assert await one.position() == 10


async def test_a_failed_transaction_leaves_nothing(pool, events):
    writer = Writer(pool, "test", "S")
    rows = project(numbered(events[:10]))
    broken = msgspec.structs.replace(rows.events[-1], kind=None)
    with pytest.raises(Exception, match="null value"):
        await writer.write(msgspec.structs.replace(rows, events=[*rows.events[:-1], broken]), 0, 10)
    writer.forget_months()
    assert await writer.position() == 0
    assert all(not rows for rows in (await tables(pool)).values())
    await writer.write(rows, 0, 10)


async def test_a_nul_in_a_name_is_no_reason_to_lose_a_call(pool, events):
    event = next(each for each in events if isinstance(each.fact, Delivered))
    connection = event.call.connections[-1]
    evil = msgspec.structs.replace(connection, remote=Party(number="7\x009", name="a\x00b"))
    call = msgspec.structs.replace(event.call, connections=(*event.call.connections[:-1], evil))
    leg = msgspec.structs.replace(event.fact.leg, remote=evil.remote)
    event = msgspec.structs.replace(event, call=call, fact=msgspec.structs.replace(event.fact, leg=leg))
    await Writer(pool, "test", "S").write(project([(1, event)]), 0, 1)
    row = await pool.fetchrow("SELECT * FROM call_record WHERE connection_id = $1", evil.connection_id)
    assert (row["remote_number"], row["remote_name"]) == ("79", "ab")


async def test_instances_that_start_together_migrate_once(empty_postgres_dsn):
    await asyncio.gather(*(migrate(empty_postgres_dsn) for _ in range(4)))


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cuts=st.lists(st.integers(1, 150), max_size=8))
def test_projecting_in_pieces_ends_with_the_same_rows(events, cuts):
    """Pure: of every call and connection the last piece that names it says the same as the whole."""
    all_of_them = numbered(events)
    edges = [0, *sorted(set(cuts)), len(all_of_them)]
    calls, rows = {}, {}
    for first, last in itertools.pairwise(edges):
        made = project(all_of_them[first:last])
        calls.update({row.call.call_id: row for row in made.calls})
        rows.update({row.record.connection_id: row for row in made.records})
    whole = project(all_of_them)
    assert calls == {row.call.call_id: row for row in whole.calls}
    assert rows == {row.record.connection_id: row for row in whole.records}
