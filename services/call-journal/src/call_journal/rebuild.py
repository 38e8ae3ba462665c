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

from call_journal.project.paths import Key
from call_journal.store import beside
from call_journal.store.computed import PAGE, computed, pages
from call_journal.store.exclusive import locked, unlock
from call_journal.store.tables import TABLES

_ATTEMPTS = 20
_PAUSE_S = 1.0


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
        if not await locked(connection):
            raise RebuildRefused("another rebuild is running, or old data is being removed")
        live = await beside.schema_in_use(connection)
        try:
            await beside.prepare(connection, database_url, live)
            end = await beside.end_of(connection, consumer)
            incomplete: dict[Key, str] = {}
            calls = 0
            async for keys in _all_calls(pool, page):
                incomplete |= await _build(connection, live, keys)
                calls += len(keys)
            differences = {table.name: 0 for table in TABLES}
            async for name, row in beside.differing(connection, live, end):
                differences[name] += 1
                tell(f"{name} {row['key']}: {_words(row['old'], row['new'])}")
            if swap:
                await _swap(connection, live, consumer, end)
            return Built(calls, differences, incomplete, swap)
        finally:
            await beside.clear(connection)
            await unlock(connection)


async def _all_calls(pool: Pool, page: int) -> AsyncIterator[list[Key]]:
    """The calls of the tables in use (another connection: ours looks at the new ones)."""
    async with pool.acquire() as connection:
        async for keys in pages(connection, size=page):
            yield keys


async def _build(connection: Connection, live: str, keys: Iterable[Key]) -> dict[Key, str]:
    """Compute these calls into the new tables; returns those that had to be taken over."""
    async with connection.transaction(isolation="repeatable_read"):
        found = await computed(connection, keys)
        await beside.put_next(connection, live, found.rows)
        await beside.take_over(connection, live, found.incomplete)
    return found.incomplete


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
                await beside.exchange(connection, live, consumer, end)
            return
        except (asyncpg.LockNotAvailableError, asyncpg.DeadlockDetectedError):
            await asyncio.sleep(_PAUSE_S)
    raise RebuildRefused(f"the tables were not free in {_ATTEMPTS} attempts: a long query holds one of them")
