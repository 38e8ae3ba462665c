"""The driver's classes, which are generic for the type checker only; connections that do not answer."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import TYPE_CHECKING, Final

import asyncpg

from cti_store.outage import OUTAGE, NoDatabase

if TYPE_CHECKING:
    Pool = asyncpg.Pool[asyncpg.Record]
    Connection = asyncpg.pool.PoolConnectionProxy[asyncpg.Record]
else:
    Pool, Connection = asyncpg.Pool, asyncpg.pool.PoolConnectionProxy

__all__ = ["PATIENCE_S", "Connection", "Pool", "given_up_after", "opened"]

PATIENCE_S: Final = 45.0
"""Seconds that a batch may take to be written: it takes less than one, unless the network swallows what is sent."""


@asynccontextmanager
async def opened(url: str, *, most: int) -> AsyncIterator[Pool]:
    """A pool of at most so many connections for a tool; raises `NoDatabase` when there is not even one."""
    try:
        pool = await asyncpg.create_pool(url, min_size=1, max_size=most)
    except (*OUTAGE, asyncpg.PostgresError) as error:
        raise NoDatabase(url, error) from error
    async with pool:
        yield pool


@contextmanager
def given_up_after(seconds: float, connection: Connection) -> Iterator[None]:
    """Cut the connection when what is done with it takes longer; then that fails as it does when PostgreSQL is away.

    A line that is dead without a word is noticed by the kernel after a quarter of an hour only, and to cancel a
    statement would need an answer too.
    """
    timer = asyncio.get_running_loop().call_later(seconds, connection.terminate)
    try:
        yield
    finally:
        timer.cancel()
