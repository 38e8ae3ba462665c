"""The driver's classes, which are generic for the type checker only; connections that do not answer."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

import asyncpg

if TYPE_CHECKING:
    Pool = asyncpg.Pool[asyncpg.Record]
    Connection = asyncpg.pool.PoolConnectionProxy[asyncpg.Record]
else:
    Pool, Connection = asyncpg.Pool, asyncpg.pool.PoolConnectionProxy

__all__ = ["PATIENCE_S", "Connection", "Pool", "given_up_after"]

PATIENCE_S: Final = 45.0
"""Seconds that a batch may take to be written: it takes less than one, unless the network swallows what is sent."""


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
