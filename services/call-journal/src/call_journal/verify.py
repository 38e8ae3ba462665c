"""Trust in the rows: each one is computed again from the archive and compared with what stands in its table."""

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any

import msgspec
from cti_store import Connection, Pool

from call_journal.project import Rows
from call_journal.project.paths import Key
from call_journal.store.computed import PAGE, computed, pages, rows_stored
from call_journal.store.tables import of_tables
from call_journal.store.upsert import Table, Values
from call_journal.telemetry import Metrics


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """A row that is not what the archive says. `stored` None: it is missing; `computed` None: one too many.

    Both hold only the columns that differ, where both are there.
    """

    table: str
    key: dict[str, Any]
    stored: dict[str, Any] | None
    computed: dict[str, Any] | None

    def __str__(self) -> str:
        name = f"{self.table} {' '.join(str(each) for each in self.key.values())}"
        if self.stored is None:
            return f"{name}: missing"
        if self.computed is None:
            return f"{name}: one too many"
        changes = [f"{each} is {value!r}, should be {self.computed[each]!r}" for each, value in self.stored.items()]
        return f"{name}: {'; '.join(changes)}"


class Verified(msgspec.Struct, frozen=True):
    """One page of calls, compared."""

    calls: int
    rows: int
    differences: list[Difference]
    incomplete: dict[Key, str]


async def verify(pool: Pool, since: datetime | None = None, page: int = PAGE) -> AsyncIterator[Verified]:
    """Compare all calls with anything at or after `since`, page by page, in bounded memory.

    The journal may write meanwhile: each page is one snapshot, and the journal writes rows with their events. A call
    whose events are not all in the archive is told as incomplete, and not compared.
    """
    async with pool.acquire() as connection:
        async for keys in pages(connection, since, page):
            async with connection.transaction(isolation="repeatable_read", readonly=True):
                found = await computed(connection, keys)
                known = [key for key in keys if key not in found.incomplete]
                differences = [each async for each in _compared(connection, known, found.rows)]
                count = sum(len(rows) for _, rows in of_tables(found.rows))
            yield Verified(len(known), count, differences, found.incomplete)


async def counted(pool: Pool, since: datetime | None, metrics: Metrics) -> AsyncIterator[Verified]:
    """The same, and the metrics are told."""
    async for page in verify(pool, since):
        metrics.verified.add(page.calls)
        metrics.checked.add(page.rows)
        metrics.differences.add(len(page.differences))
        yield page


async def _compared(connection: Connection, keys: list[Key], rows: Rows) -> AsyncIterator[Difference]:
    for table, wanted in of_tables(rows):
        computed = {_key(table, values): values for values in map(table.values, wanted)}
        stored = {_key(table, row): row for row in await rows_stored(connection, table, keys, computed)}
        call_id, seq = table.names.index("call_id"), table.names.index("stream_seq")
        for key in sorted(computed.keys() | stored.keys(), key=str):
            ours, theirs = computed.get(key), stored.get(key)
            if ours is not None and theirs is not None and theirs[call_id] != ours[call_id] and theirs[seq] > ours[seq]:
                continue  # the connection went to another call: it is compared there
            difference = _difference(table, key, theirs, ours)
            if difference is not None:
                yield difference


def _key(table: Table, values: Values) -> tuple[Any, ...]:
    return tuple(values[table.names.index(name)] for name in table.key)


def _difference(
    table: Table, key: tuple[Any, ...], stored: Values | None, computed: Values | None
) -> Difference | None:
    """What differs. The sequence says when a row was written, not what it says: it is not compared. Nor are
    columns that keep what was first written.
    """
    named = dict(zip(table.key, key, strict=True))
    left, right = _plain(table, stored), _plain(table, computed)
    if left is not None and right is not None:
        differing = [name for name, value in left.items() if value != right[name]]
        if not differing:
            return None
        left, right = {name: left[name] for name in differing}, {name: right[name] for name in differing}
    return Difference(table=table.name, key=named, stored=left, computed=right)


def _plain(table: Table, values: Values | None) -> dict[str, Any] | None:
    if values is None:
        return None
    kinds = dict(table.columns)
    return {
        name: msgspec.json.decode(value) if kinds[name] == "jsonb" else value
        for name, value in zip(table.names, values, strict=True)
        if name != "stream_seq" and name not in table.kept
    }
