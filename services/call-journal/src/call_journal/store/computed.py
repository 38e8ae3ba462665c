"""The rows as they are computed from the archive, calls page by page, and as they are stored."""

from collections.abc import AsyncIterator, Iterable
from datetime import datetime
from typing import Any

import msgspec
from cti_model.events import CallEvent
from cti_store import Connection

from call_journal.project import Rows, project
from call_journal.project.archived import Incomplete, retold
from call_journal.project.paths import Key
from call_journal.store.archive import archived
from call_journal.store.upsert import Table, Values

PAGE = 200  # calls: some thousand events, a few MiB

_SOURCES = (
    ("call", "started_at"),
    ("call_record", "started_at"),
    ("connection", "started_at"),
    ("segment", "began_at"),
    ("call_event", "occurred_at"),
)
_KEYS_OF = """(
    SELECT DISTINCT tenant, call_id FROM {}
    WHERE (tenant, call_id) > ($1, $2) AND ($3::timestamptz IS NULL OR {} >= $3)
    ORDER BY tenant, call_id LIMIT $4
)"""
_ALL_KEYS = " UNION ".join(_KEYS_OF.format(table, instant) for table, instant in _SOURCES)
_KEYS = f"SELECT tenant, call_id FROM ({_ALL_KEYS}) AS known ORDER BY tenant, call_id LIMIT $4"  # noqa: S608 - constants


class Computed(msgspec.Struct, frozen=True):
    """What the archive says of some calls. `incomplete`: those whose events are not all there, and why."""

    rows: Rows
    incomplete: dict[Key, str]


async def keys_after(connection: Connection, after: Key, since: datetime | None, limit: int) -> list[Key]:
    """The next calls that any table knows, with anything that happened at or after `since`, in order of their ids."""
    rows = await connection.fetch(_KEYS, *after, since, limit)
    return [(row["tenant"], row["call_id"]) for row in rows]


async def pages(connection: Connection, since: datetime | None = None, size: int = PAGE) -> AsyncIterator[list[Key]]:
    """All calls, some at a time; holds no transaction between two pages, so calls that come meanwhile may be in it."""
    after: Key = ("", "")
    while keys := await keys_after(connection, after, since, size):
        yield keys
        after = keys[-1]


async def computed(connection: Connection, keys: Iterable[Key]) -> Computed:
    """The rows of these calls, from the archive alone."""
    told: list[tuple[int, CallEvent]] = []
    incomplete = dict.fromkeys(keys, "no events")
    for key, rows in await archived(connection, incomplete):
        try:
            told += retold(rows)
            del incomplete[key]
        except Incomplete as error:
            incomplete[key] = str(error)
    return Computed(project(sorted(told, key=lambda each: each[0])), incomplete)


async def rows_stored(
    connection: Connection, table: Table, keys: Iterable[Key], computed: Iterable[tuple[Any, ...]]
) -> list[Values]:
    """The rows of these calls, and those with the keys of computed ones, whichever call they are of."""
    names = ", ".join(f"{table.name}.{name}" for name in table.names)
    wanted = list(keys)
    query = f"SELECT {names} FROM {table.name} JOIN unnest($1::text[], $2::text[]) AS wanted (tenant, {{}}) USING "  # noqa: S608
    found = await connection.fetch(
        f"{query.format('call_id')} (tenant, call_id)", [tenant for tenant, _ in wanted], [call for _, call in wanted]
    )
    if "connection_id" in table.key:
        parts = list(computed)
        found += await connection.fetch(
            f"{query.format('connection_id')} (tenant, connection_id)",
            [each[0] for each in parts],
            [each[1] for each in parts],
        )
    return list({tuple(row): None for row in found})
