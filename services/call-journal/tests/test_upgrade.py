"""A journal that every version has written into is, once rebuilt, as if the newest had always written it."""

from pathlib import Path

import asyncpg
import call_journal
import cti_store
import msgspec
import pytest
from call_journal.consumer import Consumer
from call_journal.rebuild import rebuild
from call_journal.settings import NAME
from call_journal.store.migrate import migrate
from call_journal.store.tables import TABLES
from call_journal.store.writer import Writer
from call_journal.telemetry import metrics
from call_journal.verify import verify
from cti_devstack.testing import MakeDatabase, database_name
from cti_devstack.upgrades import grown, rows, versions
from opentelemetry import metrics as otel

from .test_consumer import batch

SCRIPTS = Path(call_journal.__file__).parent / "migrations"
TENANTS = tuple(f"of-{each.stem[:4]}" for each in versions(SCRIPTS))
COMPUTED = {table.name for table in TABLES}
# Computed by versions that came later: of calls before them there are none, until a rebuild.
LATER = {"connection": 2, "segment": 2}
MADE = ("call", "call_record", "call_event", "connection", "annotation", "annotation_log", "identification",
        "erased_call")  # fmt: skip
WRITTEN = """
    INSERT INTO annotation (tenant, connection_id, version, note, result, changed_by, changed_at, links)
    SELECT tenant, connection_id, 1, 'call back', 'sale', 'ann', now(), '[{"kind": "contact", "id": "c1"}]'
    FROM call_record;
    INSERT INTO annotation_log (tenant, connection_id, version, note, result, changed_by, changed_at, links)
    SELECT tenant, connection_id, version, note, result, changed_by, changed_at, links FROM annotation;
    INSERT INTO identification
    SELECT tenant, connection_id, remote_number, call_id, stream_seq, connection_id, started_at, 'observed',
           'c1', NULL, NULL, 'Ann', '[]'
    FROM call_record WHERE remote_number <> '';
    INSERT INTO erased_call SELECT tenant, call_id, false FROM call WHERE queue <> ''
"""


def told(events) -> list:
    """The events of all tenants, by turns."""
    return [
        msgspec.structs.replace(each, call=msgspec.structs.replace(each.call, tenant=tenant))
        for each in events
        for tenant in TENANTS
    ]


async def write(dsn: str, events, after: int) -> None:
    """As the service writes what comes behind `after`."""
    async with asyncpg.create_pool(dsn, min_size=1, max_size=2) as pool:
        consumer = Consumer(Writer(pool, NAME, "S"), metrics(otel.get_meter("test")), after)
        for at in range(0, len(events), 50):
            await consumer.handle(batch(events[at : at + 50], after + at + 1))


@pytest.fixture
async def always_new(make_database: MakeDatabase, postgres_template: str, events) -> str:
    """A journal of the newest version with calls of every tenant, the last of which go on, and what people wrote."""
    dsn = make_database(database_name(), postgres_template)
    await write(dsn, told(events)[: _cut(events)], 0)
    connection = await asyncpg.connect(dsn)
    await connection.execute(WRITTEN)
    await connection.close()
    return dsn


def _cut(events) -> int:
    cut = next(n for n, each in enumerate(events) if n > len(events) // 2 and each.kind == "held") + 1
    assert events[cut - 1].call.alive
    return cut * len(TENANTS)


async def to(dsn: str, scripts: Path) -> None:
    await cti_store.migrate(dsn, scripts, lock=1)


@pytest.mark.timeout(300)
async def test_rows_of_every_version_stay_and_are_computed_anew(always_new, empty_postgres_dsn, events, tmp_path):
    known = await grown(always_new, empty_postgres_dsn, SCRIPTS, to, TENANTS, tmp_path)
    await migrate(empty_postgres_dsn)
    for tenant, tables in known.items():
        before = await rows(always_new, tenant, tables)
        assert all(before[name] for name in MADE if name in before), before.keys()
        assert await rows(empty_postgres_dsn, tenant, tables) == before, tenant
    whole = known[TENANTS[-1]]
    async with asyncpg.create_pool(empty_postgres_dsn, min_size=1, max_size=3) as pool:
        found = [each async for page in verify(pool) for each in page.differences]
        assert {each.table for each in found} == {"connection", "segment"}, found[:3]
        for each in found:
            assert each.stored is None, f"only what a version did not write may be missing: {each}"
            assert TENANTS.index(each.key["tenant"]) + 1 < LATER[each.table], each
        # Calls that were alive go on, in the newest version, and everything is computed anew.
        await write(always_new, told(events)[_cut(events) :], _cut(events))
        await pool.execute("INSERT INTO position VALUES ($1, 'S', $2)", NAME, _cut(events))
        await write(empty_postgres_dsn, told(events)[_cut(events) :], _cut(events))
        built = await rebuild(pool, empty_postgres_dsn, NAME)
        assert built.swapped
        assert built.incomplete == {}
        assert [each async for page in verify(pool) for each in page.differences] == []
    computed = [each for each in whole if each.name in COMPUTED]
    assert {each.name for each in computed} == COMPUTED
    for tenant in TENANTS:
        assert await rows(empty_postgres_dsn, tenant, computed) == await rows(always_new, tenant, computed), tenant
