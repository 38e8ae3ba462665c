"""Tells others who has which extension: keeps the bucket `cti_directory` as the tables are.

Each change leaves the keys that it concerns in an outbox, in its own transaction; here their present values are read
and put, and only then are they taken out. So nothing is lost when NATS or this process is away, and a repeat does no
harm. At the start and now and then all of the bucket is compared, in case it is another one or was changed by somebody
else.
"""

import asyncio
import time

import structlog
from cti_bus import Bucket, NoAnswer
from cti_runtime import Progress
from cti_store import OUTAGE, Connection, Pool

from directory.store import telling
from directory.telemetry import Metrics

_log = structlog.get_logger(__name__)
_BATCH = 200
_AT_ONCE = 50
_RETRY_FIRST_S = 0.2
_RETRY_MOST_S = 10.0


class Feed:
    """The loop that tells. `wake` after a change; changes of other instances are found every `poll_s`."""

    def __init__(
        self, pool: Pool, bucket: Bucket, metrics: Metrics, progress: Progress, *, poll_s: float, compare_s: float
    ) -> None:
        self._pool = pool
        self._bucket = bucket
        self._metrics = metrics
        self._progress = progress
        self._poll_s = poll_s
        self._compare_s = compare_s
        self._changed = asyncio.Event()
        self._compared_at = float("-inf")

    def wake(self) -> None:
        """Something was changed."""
        self._changed.set()

    async def run(self) -> None:
        """Tell for ever; waits while NATS or PostgreSQL is away. Raises `BusClosed`."""
        wait_s = _RETRY_FIRST_S
        while True:
            self._changed.clear()
            try:
                more = await self.step()
                self._progress.advanced()
            except (NoAnswer, *OUTAGE) as error:
                _log.warning("directory not told", error=f"{type(error).__name__}: {error}", again_in_s=wait_s)
                self._progress.waiting(str(error) or type(error).__name__)
                await asyncio.sleep(wait_s)
                wait_s = min(wait_s * 2, _RETRY_MOST_S)
                continue
            wait_s = _RETRY_FIRST_S
            if not more:
                await self._wait()

    async def step(self) -> bool:
        """Compare if it is time, and tell the oldest changes; returns whether there may be more."""
        async with self._pool.acquire() as connection, connection.transaction():
            if not await telling.may_tell(connection):
                return False
            if time.monotonic() - self._compared_at >= self._compare_s:
                await self._compare(connection)
                self._compared_at = time.monotonic()
            keys, changes = await telling.changed(connection, _BATCH)
            if keys:
                await self._put(await telling.values_of(connection, keys))
                await telling.done(connection, changes)
            return bool(keys)

    async def _compare(self, connection: Connection) -> None:
        wanted: dict[str, bytes | None] = dict(await telling.everything(connection))
        there = {entry.key: entry.value async for entry in self._bucket.entries()}
        differing = {key: wanted.get(key) for key in wanted.keys() | there.keys() if wanted.get(key) != there.get(key)}
        await self._put(differing)
        if differing:
            _log.info("directory told anew", keys=len(differing))

    async def _put(self, values: dict[str, bytes | None]) -> None:
        items = list(values.items())
        for at in range(0, len(items), _AT_ONCE):
            await asyncio.gather(*(self._put_one(key, value) for key, value in items[at : at + _AT_ONCE]))

    async def _put_one(self, key: str, value: bytes | None) -> None:
        if value is None:
            await self._bucket.delete(key)
        else:
            await self._bucket.put(key, value)
        self._metrics.told.add(1)

    async def _wait(self) -> None:
        try:
            async with asyncio.timeout(self._poll_s):
                await self._changed.wait()
        except TimeoutError:
            return
