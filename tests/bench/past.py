"""Putting made calls into a journal past the journal: rows first, indexes afterwards, which takes a tenth of the time.

A month of the archive that grows is taken out of `call_event`, and put back with its indexes; months that are full stay
as they are. The other tables are indexed as a whole each time: with sizes that grow threefold that is half as much
again as doing it once.
"""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.bench.made import EVERY, MADE_TABLES, make

_PORTION = 20_000  # calls in a statement: rows of one time lie together
_TAIL = timedelta(minutes=2)  # longer than a made call
_INDEXES = """
    SELECT c.conname AS constraint, x.indexrelid::regclass::text AS name, x.indrelid::regclass::text AS of,
           coalesce('ALTER TABLE ' || x.indrelid::regclass || ' ADD CONSTRAINT ' || c.conname || ' '
                    || pg_get_constraintdef(c.oid), pg_get_indexdef(x.indexrelid)) AS definition
    FROM pg_index x LEFT JOIN pg_constraint c ON c.conindid = x.indexrelid
    WHERE x.indrelid = ANY ($1::text[]::regclass[])
"""


async def grow(pool: Any, since: datetime, calls: range) -> None:
    """Put these calls in; the first began at `since` plus its number times `made.EVERY`."""
    async with pool.acquire() as connection:
        await connection.execute("SET maintenance_work_mem = '512MB'; SET synchronous_commit = off; SET jit = off")
        months = _months(since + calls.start * EVERY, since + calls.stop * EVERY + _TAIL)
        indexes = await _without_indexes(connection, MADE_TABLES)
        await connection.execute("CREATE TABLE loading (LIKE call_event) PARTITION BY RANGE (occurred_at)")
        for month in months:
            await _taken_out(connection, *month)
        for at in range(calls.start, calls.stop, _PORTION):
            await make(connection, since, range(at, min(at + _PORTION, calls.stop)), "loading")
        for name, bounds in months:
            await connection.execute(f"ALTER TABLE loading DETACH PARTITION {name}")
            await connection.execute(f"ALTER TABLE call_event ATTACH PARTITION {name} {bounds}")
        await connection.execute("DROP TABLE loading")
        for each in indexes:
            await connection.execute(each["definition"])
        await connection.execute("RESET ALL")
        await connection.execute("VACUUM ANALYZE")
        await connection.execute("CHECKPOINT")


async def sizes_of(pool: Any) -> dict[str, float]:
    """Bytes on disk, with indexes: of an archived event, and of a call without its events."""
    async with pool.acquire() as connection:
        events, archive = await connection.fetchrow(
            "SELECT (SELECT count(*) FROM call_event), sum(pg_total_relation_size(relid))::bigint "
            "FROM pg_partition_tree('call_event')"
        )
        calls, rest = await connection.fetchrow(
            "SELECT (SELECT count(*) FROM call), "
            "(SELECT sum(pg_total_relation_size(each::regclass))::bigint FROM unnest($1::text[]) AS each)",
            list(MADE_TABLES),
        )
        return {"bytes of an archived event": archive / events, "bytes of a call without its events": rest / calls}


async def pages_read(pool: Any, work: Callable[[Any], Awaitable[object]]) -> int:
    """The pages that are read meanwhile, with what counting itself costs. The pool must have one connection."""
    before = await _pages(pool)
    await work(pool)
    return await _pages(pool) - before


async def log_end(pool: Any) -> int:
    """Bytes that PostgreSQL has written to its log (WAL) since ever."""
    return int(await pool.fetchval("SELECT pg_current_wal_insert_lsn() - '0/0'::pg_lsn"))


async def _pages(pool: Any) -> int:
    await pool.execute("SELECT pg_stat_force_next_flush()")
    return int(
        await pool.fetchval(
            "SELECT pg_stat_get_db_blocks_fetched(oid) FROM pg_database WHERE datname = current_database()"
        )
    )


async def _without_indexes(connection: Any, tables: tuple[str, ...]) -> list[Any]:
    """Drop all indexes of these tables; returns what makes them again."""
    indexes = await connection.fetch(_INDEXES, list(tables))
    for each in indexes:
        if each["constraint"] is not None:
            await connection.execute(f"ALTER TABLE {each['of']} DROP CONSTRAINT {each['constraint']}")
        else:
            await connection.execute(f"DROP INDEX {each['name']}")
    return list(indexes)


async def _taken_out(connection: Any, name: str, bounds: str) -> None:
    """A month of the archive, new or with what it has, as a month of `loading` without indexes."""
    if await connection.fetchval("SELECT to_regclass($1)", name) is None:
        await connection.execute(f"CREATE TABLE {name} (LIKE call_event)")
    else:
        await connection.execute(f"ALTER TABLE call_event DETACH PARTITION {name}")
        await _without_indexes(connection, (name,))
    await connection.execute(f"ALTER TABLE loading ATTACH PARTITION {name} {bounds}")


def _months(first: datetime, last: datetime) -> list[tuple[str, str]]:
    """Names, as the journal gives them, and bounds of the months from one instant to another."""
    found = []
    month = datetime(first.year, first.month, 1, tzinfo=UTC)
    while month <= last:
        after = datetime(month.year + month.month // 12, month.month % 12 + 1, 1, tzinfo=UTC)
        bounds = f"FOR VALUES FROM ('{month.isoformat()}') TO ('{after.isoformat()}')"
        found.append((f"call_event_{month:%Y_%m}", bounds))
        month = after
    return found
