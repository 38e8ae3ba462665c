"""A queue call of hours: its state no longer holds all connections, its rows do, however the batches fall."""

from datetime import UTC, datetime, timedelta

import pytest
from call_journal.project import project
from call_journal.project.paths import Paths
from call_journal.rebuild import rebuild
from call_journal.settings import NAME
from call_journal.store.tables import TABLES
from cti_model.calls import Cause, Device, DeviceKind, Direction, Party
from cti_model.events import CallEvent, Cleared, ConnectionCleared, Delivered, Leg, Origin, Originated
from cti_model.fold import MOST_IDLE, born, tell

from .trusting import differences, tables, written

START = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
ROUNDS = MOST_IDLE + 60


@pytest.fixture(scope="module")
def hours() -> list[CallEvent]:
    """One caller, and agents who ring in vain one after the other."""
    call, told, at = born("long", "demo", "p", START, "1.1"), [], START

    def leg(connection_id: str, kind: DeviceKind, number: str) -> Leg:
        way = Direction.OUT if kind is DeviceKind.TRUNK else Direction.IN
        party = Party(number=number)
        return Leg(connection_id=connection_id, device=Device(number=number, kind=kind), direction=way, party=party)

    def say(fact) -> None:
        nonlocal call, at
        at += timedelta(seconds=3)
        told.append(tell(call, fact, at, at, Origin.OBSERVED))
        call = told[-1].call

    say(Originated(leg=leg("caller", DeviceKind.TRUNK, "trunk"), dialled="200"))
    for number in range(ROUNDS):
        say(Delivered(leg=leg(f"ring-{number}", DeviceKind.EXTENSION, f"10{number % 7}")))
        say(ConnectionCleared(connection_id=f"ring-{number}", cause=Cause.NO_ANSWER))
    say(ConnectionCleared(connection_id="caller", cause=Cause.CANCELLED, released_by="caller"))
    say(Cleared(cause=Cause.CANCELLED))
    return told


@pytest.mark.parametrize("size", [1, 7, 10_000])
def test_the_same_rows_however_the_batches_fall(hours, size):
    connections, records, paths = {}, {}, Paths()
    for first in range(0, len(hours), size):
        rows = project(list(enumerate(hours[first : first + size], first + 1)), paths)
        connections |= {row.connection.connection_id: row for row in rows.connections}
        records |= {row.record.connection_id: row for row in rows.records}
    whole = project(list(enumerate(hours, 1)))
    assert connections == {row.connection.connection_id: row for row in whole.connections}
    assert records == {row.record.connection_id: row for row in whole.records}
    assert sorted(connections) == sorted(["caller", *(f"ring-{number}" for number in range(ROUNDS))])
    assert [row.position for row in sorted(connections.values(), key=lambda row: row.position)] == list(
        range(ROUNDS + 1)
    )
    in_order = [row.connection for row in sorted(connections.values(), key=lambda row: row.position)]
    assert in_order == sorted(in_order, key=lambda each: each.started_at)
    assert len(records) == ROUNDS


async def test_every_ring_has_its_rows_and_a_rebuild_gives_the_same(pool, postgres_dsn, hours):
    await written(pool, hours)
    for table, count in (("connection", ROUNDS + 1), ("call_record", ROUNDS)):
        assert await pool.fetchval(f"SELECT count(*) FROM {table} WHERE call_id = 'long'") == count
    assert await pool.fetchval("SELECT count(*) FROM call_record WHERE outcome IS NULL") == 0
    assert await differences(pool) == []
    before = await tables(pool)
    built = await rebuild(pool, postgres_dsn, NAME)
    assert built.differences == {table.name: 0 for table in TABLES}
    assert await tables(pool) == before
