"""A database that each version of a service has written into, from the first on: for tests of migrations with rows.

Each version gets the rows of one tenant, as far as it knew their tables and columns, before the next migration comes.
"""

import shutil
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import asyncpg
from msgspec import Struct

Migrate = Callable[[str, Path], Coroutine[Any, Any, None]]
"""Called with the database's URL and a folder of migrations: brings it to the newest of those."""

_TABLES = """
    SELECT c.oid::regclass::text AS name, c.relname, array_agg(a.attname::text ORDER BY a.attnum) AS columns,
           (array_agg(a.attname::text) FILTER (WHERE a.attidentity <> ''))[1] AS counted
    FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
        AND a.attgenerated = ''
    WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition
        AND c.relnamespace = ANY(ARRAY(SELECT oid FROM pg_namespace WHERE nspname !~ '^pg_|^information_schema$'))
    GROUP BY c.oid HAVING bool_or(a.attname = 'tenant') ORDER BY 1
"""
_PARTITIONS = """
    SELECT inhparent::regclass::text AS parent, c.oid::regclass::text AS name,
           pg_get_expr(c.relpartbound, c.oid) AS bounds
    FROM pg_inherits JOIN pg_class c ON c.oid = inhrelid WHERE c.relkind = 'r'
"""


class Known(Struct, frozen=True):
    """A table as a version knew it: its name, and the columns that are written."""

    name: str
    columns: tuple[str, ...]


def versions(scripts: Path) -> list[Path]:
    """The migrations of a folder, oldest first; their names begin with their number."""
    return sorted((scripts / "versions").glob("[0-9]*.py"))


async def grown(
    source: str, target: str, scripts: Path, migrate: Migrate, tenants: Sequence[str], folder: Path
) -> dict[str, tuple[Known, ...]]:
    """Bring the empty database `target` up version by version; at each the next tenant's rows come from `source`.

    `source` is of the newest version. Returns what each tenant's version knew. Foreign keys are not looked at.
    """
    scripts_of = versions(scripts)
    if len(tenants) != len(scripts_of):
        raise ValueError(f"{len(scripts_of)} versions, but {len(tenants)} tenants")
    known: dict[str, tuple[Known, ...]] = {}
    for number, tenant in enumerate(tenants, 1):
        here = folder / f"until-{number}"
        newer = [each.name for each in scripts_of[number:]]
        shutil.copytree(scripts, here, ignore=shutil.ignore_patterns("__pycache__", *newer))
        await migrate(target, here)
        async with _both(source, target) as (old, new):
            known[tenant] = await _copied(old, new, tenant)
    return known


async def rows(dsn: str, tenant: str, tables: Sequence[Known]) -> dict[str, list[str]]:
    """What these columns of these tables hold of a tenant, as JSON, in an order of their own."""
    connection = await asyncpg.connect(dsn)
    try:
        return {each.name: [row[0] for row in await connection.fetch(_rows_of(each), tenant)] for each in tables}
    finally:
        await connection.close()


def _rows_of(table: Known) -> str:
    names = ", ".join(table.columns)
    return f"SELECT to_jsonb(x)::text FROM (SELECT {names} FROM {table.name} WHERE tenant = $1) x ORDER BY 1"  # noqa: S608


async def _copied(old: Any, new: Any, tenant: str) -> tuple[Known, ...]:
    found = []
    await new.execute("SET session_replication_role = replica")
    for each in await old.fetch(_PARTITIONS):
        await new.execute(f"CREATE TABLE IF NOT EXISTS {each['name']} PARTITION OF {each['parent']} {each['bounds']}")
    for each in await new.fetch(_TABLES):
        table = Known(each["name"], tuple(each["columns"]))
        told = f"[{', '.join([row[0] for row in await old.fetch(_rows_of(table), tenant)])}]"
        names = ", ".join(table.columns)
        await new.execute(
            f"INSERT INTO {table.name} ({names}) OVERRIDING SYSTEM VALUE "  # noqa: S608 - names of tables and columns
            f"SELECT {names} FROM jsonb_populate_recordset(NULL::{table.name}, $1::text::jsonb)",
            told,
        )
        if each["counted"]:
            sequence = f"pg_get_serial_sequence('{table.name}', '{each['counted']}')"
            await new.execute(f"SELECT setval({sequence}, coalesce(max({each['counted']}), 1)) FROM {table.name}")  # noqa: S608
        found.append(table)
    return tuple(found)


@asynccontextmanager
async def _both(source: str, target: str) -> AsyncIterator[tuple[Any, Any]]:
    old, new = await asyncpg.connect(source), await asyncpg.connect(target)
    try:
        yield old, new
    finally:
        await old.close()
        await new.close()
