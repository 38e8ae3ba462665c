"""The tables computed anew from the archive, beside those in use, compared with them, and put in their place.

    1  an empty schema `journal_next`, made by the migrations
    2  every call, page by page, from the archive; what the archive does not hold whole is taken over as it is
    3  the differences between both
    4  one short transaction: the journal waits at its position, what it wrote since 2 is computed too, the tables
       change places. Readers wait for milliseconds and none of them fails.

Whose a row is was decided when it was first written, with what the directory said then: it is taken over. Nothing is
published, and nothing is read but the database. The tables that were in use are in `journal_before`.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable

import asyncpg
import msgspec
from cti_store import Connection, Pool

from call_journal.project import Rows
from call_journal.project.paths import Key
from call_journal.store.computed import PAGE, computed, pages
from call_journal.store.exclusive import MAINTENANCE
from call_journal.store.migrate import migrate
from call_journal.store.tables import TABLES, of_tables, put

NEXT, BEFORE = "journal_next", "journal_before"
_LOCK_TIMEOUT_MS = 500  # readers queue behind us that long at most; then we let them pass and try again
_ATTEMPTS = 20
_PAUSE_S = 1.0
_END = "SELECT max(base + stream_seq) FROM position WHERE consumer = $1"


class RebuildRefused(Exception):
    """It cannot be done now; the text says why. Everything is as it was."""


class Built(msgspec.Struct, frozen=True):
    """What was built. `differences` by table; `incomplete`: calls that were taken over as they are, and why."""

    calls: int
    differences: dict[str, int]
    incomplete: dict[Key, str]
    swapped: bool


async def rebuild(
    pool: Pool,
    database_url: str,
    consumer: str,
    *,
    swap: bool = True,
    page: int = PAGE,
    tell: Callable[[str], None] = lambda _: None,
) -> Built:
    """Build, compare and, with `swap`, exchange. `tell` hears each difference. Raises `RebuildRefused`.

    The journal may go on writing. In bounded memory but for the names of incomplete calls.
    """
    async with pool.acquire() as connection:
        if not await connection.fetchval("SELECT pg_try_advisory_lock($1)", MAINTENANCE):
            raise RebuildRefused("another rebuild is running, or old data is being removed")
        live = str(await connection.fetchval("SELECT current_schema()"))
        try:
            await _prepare(connection, database_url)
            await connection.execute(f"SET search_path TO {NEXT}, {_quoted(live)}")
            end = int(await connection.fetchval(_END, consumer) or 0)
            incomplete: dict[Key, str] = {}
            calls = 0
            async for keys in _all_calls(pool, page):
                incomplete |= await _build(connection, live, keys)
                calls += len(keys)
            differences = {table.name: 0 for table in TABLES}
            async for name, text in _differences(connection, live, end):
                differences[name] += 1
                tell(text)
            if swap:
                await _swap(connection, live, consumer, end)
            return Built(calls, differences, incomplete, swap)
        finally:
            await connection.execute("RESET search_path")
            await connection.execute(f"DROP SCHEMA IF EXISTS {NEXT} CASCADE")
            await connection.execute("SELECT pg_advisory_unlock($1)", MAINTENANCE)


async def _prepare(connection: Connection, database_url: str) -> None:
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


async def _all_calls(pool: Pool, page: int) -> AsyncIterator[list[Key]]:
    """The calls of the tables in use (another connection: ours looks at the new ones)."""
    async with pool.acquire() as connection:
        async for keys in pages(connection, size=page):
            yield keys


async def _build(connection: Connection, live: str, keys: Iterable[Key]) -> dict[Key, str]:
    """Compute these calls into the new tables; returns those that had to be taken over."""
    async with connection.transaction(isolation="repeatable_read"):
        found = await computed(connection, keys)
        await _put(connection, live, found.rows)
        taken = list(found.incomplete)
        for table in TABLES if taken else ():
            names = ", ".join(table.names)
            await connection.execute(
                f"INSERT INTO {NEXT}.{table.name} ({names}) SELECT {names} FROM {_quoted(live)}.{table.name} "  # noqa: S608
                f"JOIN unnest($1::text[], $2::text[]) AS wanted (tenant, call_id) USING (tenant, call_id) "
                f"ON CONFLICT DO NOTHING",
                [tenant for tenant, _ in taken],
                [call for _, call in taken],
            )
    return found.incomplete


async def _put(connection: Connection, live: str, rows: Rows) -> None:
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


async def _differences(connection: Connection, live: str, end: int) -> AsyncIterator[tuple[str, str]]:
    """Table and words for each row that differs; rows that were written since `end` are left out."""
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
                yield table.name, f"{table.name} {row['key']}: {_words(row['old'], row['new'])}"


def _words(old: str | None, new: str | None) -> str:
    if old is None:
        return "was missing"
    if new is None:
        return "was one too many"
    left, right = msgspec.json.decode(old), msgspec.json.decode(new)
    return "; ".join(f"{name} was {left[name]!r}, is {right[name]!r}" for name in left if left[name] != right[name])


async def _swap(connection: Connection, live: str, consumer: str, end: int) -> None:
    """Tries until the tables are free; between two attempts everybody else goes on."""
    for _ in range(_ATTEMPTS):
        try:
            async with connection.transaction():
                await _exchange(connection, live, consumer, end)
            return
        except (asyncpg.LockNotAvailableError, asyncpg.DeadlockDetectedError):
            await asyncio.sleep(_PAUSE_S)
    raise RebuildRefused(f"the tables were not free in {_ATTEMPTS} attempts: a long query holds one of them")


async def _exchange(connection: Connection, live: str, consumer: str, end: int) -> None:
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
        await _put(connection, live, found.rows)
    names = ", ".join(f"{_quoted(live)}.{table.name}" for table in TABLES)
    await connection.execute(f"LOCK TABLE {names} IN ACCESS EXCLUSIVE MODE")
    await connection.execute(f"DROP SCHEMA IF EXISTS {BEFORE} CASCADE")
    await connection.execute(f"CREATE SCHEMA {BEFORE}")
    for table in TABLES:
        await connection.execute(f"ALTER TABLE {_quoted(live)}.{table.name} SET SCHEMA {BEFORE}")
        await connection.execute(f"ALTER TABLE {NEXT}.{table.name} SET SCHEMA {_quoted(live)}")


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
