"""Finding and replacing what names somebody, in every table that there is."""

from collections.abc import AsyncIterator, Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import asyncpg
import msgspec
from cti_model.calls import Call
from cti_store import Connection

from call_journal.privacy.columns import APART, DROPPED, JSON_TYPES, TREATMENTS, Treatment
from call_journal.privacy.masking import Mask
from call_journal.privacy.matching import Kind, Subject, digits
from call_journal.privacy.rows import began
from call_journal.store.upsert import as_json

_TEXTUAL = ("text", "text[]", "jsonb", "json", "character varying")
_TABLES = """
    SELECT n.nspname AS schema, t.relname AS table, a.attname AS column, format_type(a.atttypid, NULL) AS type,
           a.attnotnull AS needed, a.attgenerated <> '' AS generated
    FROM pg_class t JOIN pg_namespace n ON n.oid = t.relnamespace JOIN pg_attribute a ON a.attrelid = t.oid
    WHERE t.relkind IN ('r', 'p') AND NOT t.relispartition AND a.attnum > 0 AND NOT a.attisdropped
          AND n.nspname = ANY($1::text[])
    ORDER BY n.nspname, t.relname, a.attnum
"""
_BETWEEN = "[-+ ().\u00a0\u2010\u2011\u2012\u2013\u2014\u2015\u202f/]{0,3}"


Row = asyncpg.Record


class Column(NamedTuple):
    """A column that holds text."""

    name: str
    type: str
    needed: bool
    generated: bool  # follows from others

    @property
    def treatment(self) -> Treatment:
        """What is done with it; masked if nobody said."""
        return TREATMENTS.get(self.name, Treatment.MASK)


class Described(NamedTuple):
    """A table, its columns that hold text, and by which it belongs to calls."""

    schema: str
    name: str
    columns: tuple[Column, ...]
    all_names: frozenset[str]

    @property
    def full_name(self) -> str:
        """For SQL."""
        return f'"{self.schema}"."{self.name}"'

    @property
    def of_calls(self) -> str | None:
        """The column that tells of which call, or else of which connection, a row is."""
        return next((each for each in ("call_id", "connection_id") if each in self.all_names), None)


async def described(connection: Connection, schemas: Iterable[str | None] = (None,)) -> list[Described]:
    """The tables of some schemas (None: the one in use) that can name somebody."""
    here = await connection.fetchval("SELECT current_schema()")
    rows = await connection.fetch(_TABLES, [each or here for each in schemas])
    tables: dict[tuple[str, str], list[asyncpg.Record]] = {}
    for row in rows:
        tables.setdefault((row["schema"], row["table"]), []).append(row)
    return [
        Described(
            schema,
            name,
            tuple(Column(r["column"], r["type"], r["needed"], r["generated"]) for r in found if r["type"] in _TEXTUAL),
            frozenset(r["column"] for r in found),
        )
        for (schema, name), found in tables.items()
        if name not in APART
    ]


def pattern_of(subjects: Iterable[Subject]) -> str:
    """A regular expression of PostgreSQL that lets through every row which names one of them, and few others."""
    parts = []
    for each in subjects:
        if each.kind is Kind.NUMBER:
            parts.append(_BETWEEN.join(each.value))
        else:
            quoted = "".join(c if c.isalnum() else f"\\{c}" for c in each.value)
            spread = _BETWEEN.join(each.value) if each.value.isdecimal() and each.value.isascii() else quoted
            parts.append(f"(^|[^0-9A-Za-z])({quoted}|{spread})($|[^0-9A-Za-z])")
    return "|".join(parts)


async def naming(connection: Connection, table: Described, tenant: str, pattern: str) -> AsyncIterator[asyncpg.Record]:
    """The rows of a table that may name somebody; reads all of it, a little at a time. Needs a transaction."""
    whose = "tenant = $1" if "tenant" in table.all_names else "event->>'tenant' = $1"  # only the outbox has none
    query = f"SELECT ctid, tableoid, * FROM {table.full_name} AS found WHERE {whose} AND found::text ~ $2"  # noqa: S608
    async for row in connection.cursor(query, tenant, pattern, prefetch=200):
        yield row


def texts_of(table: Described, row: asyncpg.Record) -> dict[str, Any]:
    """What a row says, column by column, as built-in types."""
    return {column.name: _plain(column, row[column.name]) for column in table.columns if row[column.name] is not None}


async def rows_of(connection: Connection, table: Described, tenant: str, keys: Sequence[str]) -> list[asyncpg.Record]:
    """The rows of some calls, or connections, to be changed."""
    query = f"SELECT ctid, tableoid, * FROM {table.full_name} WHERE tenant = $1 AND {table.of_calls} = ANY($2::text[])"  # noqa: S608
    return list(await connection.fetch(query, tenant, list(keys)))


async def mask_row(connection: Connection, table: Described, row: asyncpg.Record, mask: Mask) -> bool:
    """Replace what a row says of somebody; whether anything was. In the transaction that read the row."""
    changes: dict[Column, Any] = {}
    for column in table.columns:
        old = row[column.name]
        if old is None or column.generated or column.treatment is Treatment.KEEP:
            continue
        new = _masked(table, column, row, mask)
        if new != old:
            changes[column] = new
    if not changes and not (mask.whole and table.name in DROPPED):
        return False
    if table.name in DROPPED:
        done = await connection.execute(
            f"DELETE FROM {table.full_name} WHERE ctid = $1 AND tableoid = $2",  # noqa: S608
            *(row["ctid"], row["tableoid"]),
        )
        return bool(done == "DELETE 1")
    sets = ", ".join(f'"{each.name}" = ${n}' for n, each in enumerate(changes, 3))
    done = await connection.execute(
        f"UPDATE {table.full_name} SET {sets} WHERE ctid = $1 AND tableoid = $2",  # noqa: S608
        *(row["ctid"], row["tableoid"], *changes.values()),
    )
    return bool(done == "UPDATE 1")


def _masked(table: Described, column: Column, row: asyncpg.Record, mask: Mask) -> Any:
    old = row[column.name]
    if column.type in ("jsonb", "json"):
        if column.treatment is Treatment.REFERENCE and mask.whole:
            return "[]" if msgspec.json.decode(old) else old
        new = mask.value(msgspec.json.decode(old))
        kind: Any = JSON_TYPES.get((table.name, column.name))
        same = new == msgspec.json.decode(old)
        return old if same else as_json(msgspec.convert(new, kind) if kind is not None else new)
    if column.type == "text[]":
        return [mask.text(each) for each in old]
    match column.treatment:
        case Treatment.NAME:
            return mask.name(old)
        case Treatment.FREE:
            return mask.free(old)
        case Treatment.WORD:
            return mask.word(old)
        case Treatment.DIGITS:
            masked = mask.text(old)
            return digits(masked) if masked != old else old
        case Treatment.REFERENCE:
            return ("" if column.needed else None) if mask.whole else mask.text(old)
        case _:
            return mask.text(old)


def _plain(column: Column, value: Any) -> Any:
    return msgspec.json.decode(value) if column.type in ("jsonb", "json") else value


async def began_at(connection: Connection, tenant: str, calls: Iterable[str]) -> dict[str, datetime]:
    """When calls began: the oldest part of each, since a connection may have come from an older call."""
    query = "SELECT call_id, state FROM call WHERE tenant = $1 AND call_id = ANY($2::text[])"
    rows = await connection.fetch(query, tenant, list(calls))
    return {row["call_id"]: began(msgspec.json.decode(row["state"], type=Call)) for row in rows}


async def hold_journal(connection: Connection) -> None:
    """Let the journal wait at its position until this transaction ends. What it writes then knows what we committed."""
    await connection.execute("SELECT 1 FROM position FOR UPDATE")


async def recordings_of(connection: Connection, tenant: str, calls: Iterable[str]) -> list[asyncpg.Record]:
    """The recordings of calls whose sound is there, or could not be deleted by an erasure before."""
    query = (
        "SELECT DISTINCT ON (recording) r.* FROM recording r LEFT JOIN recording_gone g USING (tenant, recording) "
        "WHERE tenant = $1 AND call_id = ANY($2::text[]) AND (g.recording IS NULL OR g.reason = 'erased') "
        "ORDER BY recording, location"
    )
    return list(await connection.fetch(query, tenant, list(calls)))


async def numbers_of(connection: Connection, tenant: str, connections: Iterable[str]) -> list[str]:
    """The other parties' numbers in the records of these connections, but for those that are erased."""
    rows = await connection.fetch(
        "SELECT DISTINCT remote_number FROM call_record WHERE tenant = $1 AND connection_id = ANY($2::text[]) "
        "AND remote_digits <> '' AND remote_number NOT LIKE 'erased-%'",
        *(tenant, list(connections)),
    )
    return [row["remote_number"] for row in rows]
