"""Reading: the Calls section and single calls."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any

import asyncpg
import msgspec
from cti_store import Connection, Pool

from call_journal.store.filters import NEWEST, Filters, conditions, newest
from call_journal.store.identified import JOINED, PARTY

WRITTEN = """
    coalesce(n.note, '') AS note, coalesce(n.result, '') AS result, coalesce(n.links, '[]') AS links,
    n.changed_at, coalesce(n.changed_by, '') AS changed_by
"""
"""What users wrote about a row."""
TAKERS = """
    CASE WHEN a.shared_with IS NULL THEN a.user_id ELSE (
        SELECT string_agg(each, ', ' ORDER BY place)
        FROM jsonb_array_elements_text(a.shared_with) WITH ORDINALITY AS shared (each, place)
    ) END
"""
"""Whose `call_record a` is, as text: of a shared telephone all of them (decision 31)."""
FOLLOWING = f"""
    CASE WHEN r.direction = 'out' THEN r.device ELSE r.remote_number END AS caller_number,
    CASE WHEN r.direction = 'out' THEN r.remote_number ELSE r.device END AS called_number,
    extract(epoch FROM r.ended_at - r.started_at)::double precision AS duration_s,
    extract(epoch FROM coalesce(r.answered_at, r.ended_at) - r.started_at)::double precision AS before_answer_s,
    coalesce((
        SELECT {TAKERS} FROM call_record a
        WHERE a.tenant = r.tenant AND a.call_id = r.call_id AND a.direction = 'in' AND a.answered_at IS NOT NULL
        ORDER BY a.answered_at, a.connection_id LIMIT 1
    ), '') AS answered_by,
    coalesce((
        SELECT c.state #>> '{{native_ids,0}}' FROM call c WHERE c.tenant = r.tenant AND c.call_id = r.call_id
    ), '') AS native_id
"""  # noqa: S608 - constants
"""What follows from `call_record r` and its call."""

_OLDEST = "ORDER BY r.started_at, r.connection_id"


def _records(rows: str = "call_record r") -> str:
    return f"""
        SELECT r.*, {FOLLOWING}, {PARTY}, {WRITTEN} FROM {rows}
        LEFT JOIN annotation n ON n.tenant = r.tenant AND n.connection_id = r.connection_id {JOINED}
    """  # noqa: S608 - constants


class Cursor(msgspec.Struct, frozen=True, array_like=True):
    """Behind which row the next page begins: rows are listed newest first, so new rows do not move it."""

    started_at: datetime
    connection_id: str


class Count(msgspec.Struct, frozen=True):
    """How many; `exact` is false when there are more than were counted, then `estimate` says about how many."""

    count: int
    exact: bool
    estimate: int | None = None


async def list_records(
    pool: Pool, tenant: str, filters: Filters, after: Cursor | None, limit: int
) -> list[asyncpg.Record]:
    """Records of a tenant, newest first, at most `limit`, behind `after`."""
    bound = conditions(tenant, msgspec.structs.replace(filters, user=None))[1]
    limited = f"${len(bound) + 1}"
    behind = ""
    given: list[Any] = [limit]
    if after is not None:
        behind = f" AND (r.started_at, r.connection_id) < (${len(bound) + 2}, ${len(bound) + 3})"
        given += [after.started_at, after.connection_id]
    found = newest(tenant, filters, limited, behind, given)
    query = f"{_records(found.rows)} WHERE {found.where} {NEWEST} LIMIT {limited}"
    return list(await pool.fetch(query, *found.values))


async def count_records(pool: Pool, tenant: str, filters: Filters, bound: int) -> Count:
    """How many records there are; counted no further than `bound`, so that the question has a price.

    The oldest are counted first. In the order of time rows lie together, and the oldest have long been seen by vacuum:
    so the index alone is read. In the order of another index each row would be asked for in another place of the
    visibility map, at more cost the larger the table.
    """
    where, values = conditions(tenant, filters)
    inner = f"SELECT FROM call_record r WHERE {where} {_OLDEST} LIMIT ${len(values) + 1}"
    found = int(await pool.fetchval(f"SELECT count(*) FROM ({inner}) AS counted", *values, bound + 1))  # noqa: S608
    if found <= bound:
        return Count(found, exact=True)
    plan = await pool.fetchval(f"EXPLAIN (FORMAT JSON) SELECT FROM call_record r WHERE {where}", *values)
    return Count(bound, exact=False, estimate=max(found, msgspec.json.decode(plan)[0]["Plan"]["Plan Rows"]))


@asynccontextmanager
async def streamed(
    pool: Pool, tenant: str, filters: Filters, chunk: int
) -> AsyncIterator[tuple[Connection, AsyncIterator[list[asyncpg.Record]]]]:
    """All records, newest first, as they are now, however many: PostgreSQL hands them out by `chunk`.

    The connection sees everything else as it was at the same moment.
    """
    where, values = conditions(tenant, filters)
    query = f"{_records()} WHERE {where} {NEWEST}"
    async with pool.acquire() as connection, connection.transaction(isolation="repeatable_read", readonly=True):
        yield connection, _chunks(await connection.cursor(query, *values), chunk)


async def _chunks(cursor: "asyncpg.cursor.Cursor[asyncpg.Record]", size: int) -> AsyncIterator[list[asyncpg.Record]]:
    while rows := await cursor.fetch(size):
        yield rows


async def one_call(pool: Pool, tenant: str, call_id: str) -> asyncpg.Record | None:
    """The row of a call, or None."""
    return await pool.fetchrow("SELECT * FROM call WHERE tenant = $1 AND call_id = $2", tenant, call_id)


async def records_of(pool: Pool, tenant: str, call_id: str) -> list[asyncpg.Record]:
    """The records of a call, in order of beginning."""
    query = f"{_records()} WHERE r.tenant = $1 AND r.call_id = $2 ORDER BY r.started_at, r.connection_id"
    return list(await pool.fetch(query, tenant, call_id))


async def events_of(pool: Pool, tenant: str, call_id: str) -> list[asyncpg.Record]:
    """The archived events of a call, in order."""
    query = "SELECT * FROM call_event WHERE tenant = $1 AND call_id = $2 ORDER BY version, occurred_at"
    return list(await pool.fetch(query, tenant, call_id))
