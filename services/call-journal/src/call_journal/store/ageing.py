"""Removing what is old, a little at a time."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import NamedTuple

import asyncpg
from cti_store import Connection

BLOCKS = 256  # 2 MiB of a table: some thousand events, milliseconds
_LOCK_TIMEOUT_MS = 500  # whoever queues behind us waits that long at most
_TENANTS = """
    WITH RECURSIVE found AS (
        (SELECT tenant FROM {table} ORDER BY tenant LIMIT 1)
        UNION ALL
        SELECT (SELECT t.tenant FROM {table} t WHERE t.tenant > found.tenant ORDER BY t.tenant LIMIT 1)
        FROM found WHERE found.tenant IS NOT NULL
    )
    SELECT tenant FROM found WHERE tenant IS NOT NULL
"""
# What was begun and never ended is kept whatever its age; so is a call whose sound could not be removed yet.
_OLD_CALLS = """
    SELECT c.call_id FROM call c
    WHERE c.tenant = $1 AND c.started_at < $2 AND c.ended_at < $2 AND NOT EXISTS (
        SELECT FROM recording r LEFT JOIN recording_gone g USING (tenant, recording)
        WHERE r.tenant = c.tenant AND r.call_id = c.call_id AND g.recording IS NULL)
    ORDER BY c.started_at LIMIT $3
"""
_OLD_RECORDINGS = """
    SELECT r.* FROM recording r LEFT JOIN recording_gone g USING (tenant, recording)
    JOIN call c ON c.tenant = r.tenant AND c.call_id = r.call_id
    WHERE r.tenant = $1 AND r.began_at < $2 AND c.ended_at < $2 AND g.recording IS NULL
          AND (r.began_at, r.recording) > ($3, $4)
    ORDER BY r.began_at, r.recording LIMIT $5
"""
_LIVING = "SELECT EXISTS (SELECT FROM call WHERE ended_at IS NULL AND started_at < $1)"
_OF_OVER = "NOT EXISTS (SELECT FROM call c WHERE c.tenant = e.tenant AND c.call_id = e.call_id AND c.ended_at IS NULL)"
_OF_CALLS = """
    SELECT t.relname AS table, bool_or(a.attname = 'call_id') AS by_call
    FROM pg_class t JOIN pg_attribute a ON a.attrelid = t.oid
    WHERE t.relnamespace = current_schema()::regnamespace AND t.relkind IN ('r', 'p') AND NOT t.relispartition
          AND a.attname IN ('call_id', 'connection_id') AND NOT a.attisdropped AND t.relname <> 'erased_call'
    GROUP BY t.relname ORDER BY t.relname = 'call', t.relname
"""


class Month(NamedTuple):
    """A partition of `call_event`, and where it ends."""

    table: str
    until: datetime


async def tenants(connection: Connection, table: str = "call") -> list[str]:
    """The tenants that have rows, found by steps through the index."""
    return [row["tenant"] for row in await connection.fetch(_TENANTS.format(table=table))]


async def months(connection: Connection) -> list[Month]:
    """The months of the archive, oldest first."""
    rows = await connection.fetch(
        "SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid "
        "WHERE i.inhparent = 'call_event'::regclass ORDER BY c.relname"
    )
    found = []
    for row in rows:
        year, month = (int(each) for each in row["relname"].split("_")[-2:])
        found.append(Month(row["relname"], datetime(year + month // 12, month % 12 + 1, 1, tzinfo=UTC)))
    return found


async def wholly_old(connection: Connection, month: Month, before: Mapping[str, datetime | None]) -> bool:
    """Whether every event of a month may go: of each tenant in it, and none of a call that is not over."""
    for tenant in await tenants(connection, month.table):
        limit = before.get(tenant)
        if limit is None or limit < month.until:
            return False
    return not await connection.fetchval(_LIVING, month.until)


async def drop(connection: Connection, month: Month) -> bool:
    """Drop a month; False when somebody holds it for longer than others should wait behind us."""
    try:
        async with connection.transaction():
            await connection.execute(f"SET LOCAL lock_timeout = {_LOCK_TIMEOUT_MS}")
            await connection.execute(f"DROP TABLE {month.table}")
    except (asyncpg.LockNotAvailableError, asyncpg.DeadlockDetectedError):
        return False
    return True


async def has_old_events(connection: Connection, month: Month, tenant: str, before: datetime) -> bool:
    """Whether a month has any event of a tenant that may go."""
    query = f"SELECT EXISTS (SELECT FROM {month.table} e WHERE tenant = $1 AND occurred_at < $2 AND {_OF_OVER})"  # noqa: S608
    return bool(await connection.fetchval(query, tenant, before))


async def size_of(connection: Connection, month: Month) -> int:
    """Blocks of a month's table."""
    query = "SELECT pg_relation_size($1::text::regclass) / current_setting('block_size')::bigint"
    return int(await connection.fetchval(query, month.table))


async def remove_events(connection: Connection, month: Month, tenant: str, before: datetime, block: int) -> int:
    """Remove a tenant's old events from `BLOCKS` blocks of a month; their number."""
    done = await connection.execute(
        f"DELETE FROM {month.table} e WHERE ctid >= '({block},0)' AND ctid < '({block + BLOCKS},0)' "  # noqa: S608
        f"AND tenant = $1 AND occurred_at < $2 AND {_OF_OVER}",
        *(tenant, before),
    )
    return int(done.split()[-1])


async def old_recordings(
    connection: Connection, tenant: str, before: datetime, after: tuple[datetime, str], limit: int
) -> list[asyncpg.Record]:
    """Recordings that may go and are still there, oldest first, behind `after`."""
    return list(await connection.fetch(_OLD_RECORDINGS, tenant, before, *after, limit))


async def remove_calls(connection: Connection, tenant: str, before: datetime, limit: int) -> dict[str, int]:
    """Remove some calls that may go, with every row that belongs to them, in one transaction; rows by table."""
    removed: dict[str, int] = {}
    async with connection.transaction():
        calls = [row["call_id"] for row in await connection.fetch(_OLD_CALLS, tenant, before, limit)]
        if not calls:
            return removed
        query = "SELECT connection_id FROM call_record WHERE tenant = $1 AND call_id = ANY($2::text[])"
        connections = [row["connection_id"] for row in await connection.fetch(query, tenant, calls)]
        await connection.execute(
            "DELETE FROM recording_gone g USING recording r WHERE g.tenant = $1 AND r.tenant = $1 "
            "AND r.recording = g.recording AND r.call_id = ANY($2::text[])",
            *(tenant, calls),
        )
        for row in await connection.fetch(_OF_CALLS):
            column, keys = ("call_id", calls) if row["by_call"] else ("connection_id", connections)
            done = await connection.execute(
                f"DELETE FROM {row['table']} WHERE tenant = $1 AND {column} = ANY($2::text[])",  # noqa: S608
                *(tenant, keys),
            )
            removed[row["table"]] = int(done.split()[-1])
    return removed


async def counted(
    connection: Connection, tenant: str, events: datetime | None, calls: datetime | None
) -> tuple[int, int]:
    """How many events and calls would go."""
    old_events = f"SELECT count(*) FROM call_event e WHERE tenant = $1 AND occurred_at < $2 AND {_OF_OVER}"  # noqa: S608
    old_calls = "SELECT count(*) FROM call WHERE tenant = $1 AND started_at < $2 AND ended_at < $2"
    return (
        int(await connection.fetchval(old_events, tenant, events)) if events is not None else 0,
        int(await connection.fetchval(old_calls, tenant, calls)) if calls is not None else 0,
    )
