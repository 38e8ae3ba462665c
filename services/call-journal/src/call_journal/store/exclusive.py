"""Work on the whole of the tables (rebuilding, removing, erasing) is done by one at a time, of all processes."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from cti_store import Connection, Pool

_MAINTENANCE = 0x72656275696C64  # any number, the same for all


class Busy(Exception):
    """Another process, or another task of this one, is at such work."""


@asynccontextmanager
async def exclusive(pool: Pool) -> AsyncIterator[Connection]:
    """A connection that holds the lock; raises `Busy`. It is also free when the process that held it died."""
    async with pool.acquire() as connection:
        if not await locked(connection):
            raise Busy("another rebuild, retention or erasure is running")
        try:
            yield connection
        finally:
            if not connection.is_closed():
                await unlock(connection)


async def locked(connection: Connection) -> bool:
    """Whether this connection now holds the lock."""
    return bool(await connection.fetchval("SELECT pg_try_advisory_lock($1)", _MAINTENANCE))


async def unlock(connection: Connection) -> None:
    """Let others."""
    await connection.execute("SELECT pg_advisory_unlock($1)", _MAINTENANCE)
