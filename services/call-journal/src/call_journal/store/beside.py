"""Computed tables in a schema beside the one in use, and their exchange (see `rebuild`)."""

from collections.abc import AsyncIterator, Iterable

import asyncpg
from cti_store import Connection

from call_journal.project import Rows
from call_journal.project.paths import Key
from call_journal.store.computed import PAGE, computed
from call_journal.store.migrate import migrate
from call_journal.store.tables import TABLES, of_tables, put

NEXT, BEFORE = "journal_next", "journal_before"
_LOCK_TIMEOUT_MS = 500  # readers queue behind us that long at most; then we let them pass and try again
_END = "SELECT max(base + stream_seq) FROM position WHERE consumer = $1"


async def schema_in_use(connection: Connection) -> str:
    """Where the tables in use are."""
    return str(await connection.fetchval("SELECT current_schema()"))


async def end_of(connection: Connection, consumer: str) -> int:
    """Up to which sequence rows are written."""
    return int(await connection.fetchval(_END, consumer) or 0)


async def prepare(connection: Connection, database_url: str, live: str) -> None:
    """Make the next schema with its computed tables, empty; from now on this connection finds them first."""
    await connection.execute(f"DROP SCHEMA IF EXISTS {NEXT} CASCADE")
    await connection.execute(f"CREATE SCHEMA {NEXT}")
    await migrate(database_url, NEXT)
    # What is not computed is read where it is: an empty table of its name must not stand before it.
    others = await connection.fetch(
        "SELECT relname FROM pg_class WHERE relnamespace = $1::text::regnamespace AND relkind IN ('r', 'p') "
        "AND NOT relispartition AND relname <> ALL($2::text[])",
        *(NEXT, [table.name for table in TABLES]),
    )
    await connection.execute(f"DROP TABLE {', '.join(f'{NEXT}.{row[0]}' for row in others)}")
    await connection.execute(f"SET search_path TO {NEXT}, {_quoted(live)}")


async def clear(connection: Connection) -> None:
    """Drop what was built and not exchanged; the connection is as it was."""
    await connection.execute("RESET search_path")
    await connection.execute(f"DROP SCHEMA IF EXISTS {NEXT} CASCADE")


async def drop_left(connection: Connection) -> None:
    """Drop what rebuilds left behind: half-built tables, and those that were in use before."""
    for schema in (BEFORE, NEXT):
        await connection.execute(f"DROP SCHEMA IF EXISTS {schema} CASCADE")


async def take_over(connection: Connection, live: str, keys: Iterable[Key]) -> None:
    """Copy the rows of calls that cannot be computed."""
    taken = list(keys)
    for table in TABLES if taken else ():
        names = ", ".join(table.names)
        await connection.execute(
            f"INSERT INTO {NEXT}.{table.name} ({names}) SELECT {names} FROM {_quoted(live)}.{table.name} "  # noqa: S608
            f"JOIN unnest($1::text[], $2::text[]) AS wanted (tenant, call_id) USING (tenant, call_id) "
            f"ON CONFLICT DO NOTHING",
            [tenant for tenant, _ in taken],
            [call for _, call in taken],
        )


async def put_next(connection: Connection, live: str, rows: Rows) -> None:
    """Write computed rows; what rows keep is taken over from those in use."""
    await put(connection, rows)
    for table, found in of_tables(rows):
        if table.kept and found:
            values = [table.values(row) for row in found]
            keys = [[each[table.names.index(name)] for each in values] for name in table.key]
            arrays = ", ".join(f"${n}::text[]" for n in range(1, len(keys) + 1))
            key, on = ", ".join(table.key), " AND ".join(f"new.{name} = old.{name}" for name in table.key)
            wanted = f"JOIN unnest({arrays}) AS wanted ({key}) USING ({key})"
            await connection.execute(
                f"UPDATE {NEXT}.{table.name} new SET {', '.join(f'{name} = old.{name}' for name in table.kept)} "  # noqa: S608
                f"FROM {_quoted(live)}.{table.name} old {wanted} WHERE {on}",
                *keys,
            )


async def differing(connection: Connection, live: str, end: int) -> AsyncIterator[tuple[str, asyncpg.Record]]:
    """Table and `key`, `old`, `new` (JSON) of each row that differs; those written since `end` are left out."""
    for table in TABLES:
        on = " AND ".join(f"old.{name} = new.{name}" for name in table.key)
        key = ", ".join(f"coalesce(old.{name}, new.{name})" for name in table.key)
        query = f"""
            SELECT concat_ws(' ', {key}) AS key,
                   to_jsonb(old) - 'stream_seq' AS old, to_jsonb(new) - 'stream_seq' AS new
            FROM {_quoted(live)}.{table.name} AS old FULL JOIN {NEXT}.{table.name} AS new ON {on}
            WHERE to_jsonb(old) - 'stream_seq' IS DISTINCT FROM to_jsonb(new) - 'stream_seq'
              AND greatest(old.stream_seq, new.stream_seq) <= $1
        """  # noqa: S608 - names are constants
        async with connection.transaction():
            async for row in connection.cursor(query, end):
                yield table.name, row


async def exchange(connection: Connection, live: str, consumer: str, end: int) -> None:
    """Compute what was written since `end`, and let the tables change places. Needs a transaction; readers wait for it.

    Raises `asyncpg.LockNotAvailableError` when somebody holds a table for longer than others should wait behind us.
    """
    await connection.execute(f"SET LOCAL lock_timeout = {_LOCK_TIMEOUT_MS}")
    # The journal begins each transaction with its position: it waits here, having locked nothing else.
    await connection.execute("SELECT 1 FROM position WHERE consumer = $1 FOR UPDATE", consumer)
    changed = await connection.fetch(
        f"SELECT tenant, call_id FROM {_quoted(live)}.call WHERE stream_seq > $1",  # noqa: S608
        end,
    )
    keys = [(row["tenant"], row["call_id"]) for row in changed]
    for at in range(0, len(keys), PAGE):
        found = await computed(connection, keys[at : at + PAGE])
        await put_next(connection, live, found.rows)
    names = ", ".join(f"{_quoted(live)}.{table.name}" for table in TABLES)
    await connection.execute(f"LOCK TABLE {names} IN ACCESS EXCLUSIVE MODE")
    await connection.execute(f"DROP SCHEMA IF EXISTS {BEFORE} CASCADE")
    await connection.execute(f"CREATE SCHEMA {BEFORE}")
    for table in TABLES:
        await connection.execute(f"ALTER TABLE {_quoted(live)}.{table.name} SET SCHEMA {BEFORE}")
        await connection.execute(f"ALTER TABLE {NEXT}.{table.name} SET SCHEMA {_quoted(live)}")


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
