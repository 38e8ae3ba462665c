"""Who leads: one holder at a time, a standby that takes over, and a number that unmasks a stale leader."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from secrets import token_hex
from types import TracebackType
from typing import Self

import msgspec
from nats.aio.msg import Msg

from cti_bus.connection import Bus
from cti_bus.errors import BusClosed, KeyConflict, NoAnswer
from cti_bus.kv import Bucket

_log = logging.getLogger("cti_bus.lease")

# A renewal that failed is tried again this soon: several tries fit into the time that is left.
_RENEW_RETRY_S = 0.25


class _Claim(msgspec.Struct):
    owner: str
    nonce: str


class Lease:
    """A lease on `key` (for instance `pbx.<tenant>.<pbx>`) in the bucket `cti_leases`.

    The server removes the key `ttl_s` seconds after the last renewal; the holder renews every third of that, and
    declares it lost by its own clock before the server can give it to another. Between the two a stale holder may
    still write for a moment, as with every lease: what must not happen then is prevented by `revision` (grows with
    every new holder) or by the fence of `Publisher`.
    """

    def __init__(self, bus: Bus, key: str, owner: str, ttl_s: int = 6, *, bucket: str = "cti_leases") -> None:
        if ttl_s < 2:
            raise ValueError("a lease shorter than 2 s cannot be renewed in time (the server counts whole seconds)")
        self._bus = bus
        self._bucket = Bucket(bus, bucket)
        self._subject = f"$KV.{bucket}.{key}"
        self.key = key
        self.owner = owner
        self.ttl_s = ttl_s
        self.lost = asyncio.Event()
        self.elsewhere = False  # another held it when we asked last
        self.revision = 0  # of our acquisition: constant while we hold, larger than that of any former holder
        self._claim = msgspec.json.encode(_Claim(owner, token_hex(8)))
        self._current = 0
        self._valid_until = 0.0
        self._renewer: asyncio.Task[None] | None = None

    @property
    def held(self) -> bool:
        """Whether we lead, by our own clock."""
        return self._renewer is not None and asyncio.get_running_loop().time() < self._valid_until

    async def acquire(self) -> int:
        """Wait, as standby for as long as it takes, until the lease is ours; returns `revision`.

        Takes over at once when the holder releases, and at most `ttl_s` plus a second after it died.
        """
        loop = asyncio.get_running_loop()
        changed = asyncio.Event()
        subscription = await self._bus.client.subscribe(self._subject, cb=_setter(changed))
        try:
            while True:
                changed.clear()
                asked_at = loop.time()
                revision = await self._try()
                if revision is not None:
                    break
                try:
                    async with asyncio.timeout(min(1.0, self.ttl_s / 3)):
                        await changed.wait()
                except TimeoutError:
                    continue  # an expiry is seen by asking, not by a message
        finally:
            if not self._bus.client.is_closed:
                await subscription.unsubscribe()
        self._hold(revision, asked_at)
        _log.info("lease %s is ours (%s, revision %d)", self.key, self.owner, revision)
        return revision

    def _hold(self, revision: int, asked_at: float) -> None:
        self.elsewhere = False
        self.revision = self._current = revision
        self._valid_until = asked_at + self.ttl_s
        self.lost = asyncio.Event()
        self._renewer = asyncio.create_task(self._keep(), name=f"lease {self.key}")

    async def regain(self) -> bool:
        """After a loss: wait until NATS answers, then whether it is ours again, because nobody took it meanwhile.

        NATS away for longer than `ttl_s` loses the lease of every holder; most find that nobody else could have it.
        """
        loop = asyncio.get_running_loop()
        while True:
            await self._bus.wait_connected()
            asked_at = loop.time()
            try:
                entry = await self._bucket.get(self.key)
                if entry is not None and entry.value != self._claim:
                    return False
                if entry is None:
                    revision = await self._bucket.create(self.key, self._claim, ttl_s=self.ttl_s)
                else:
                    revision = await self._bucket.update(self.key, self._claim, entry.revision, ttl_s=self.ttl_s)
            except KeyConflict:
                continue  # somebody was quicker, or our own renewal arrived late: look again
            except NoAnswer as error:
                _log.debug("lease %s not regained yet: %s", self.key, error)
                await asyncio.sleep(_RENEW_RETRY_S)
                continue
            self._hold(revision, asked_at)
            _log.info("lease %s is ours again (%s, revision %d)", self.key, self.owner, revision)
            return True

    async def release(self) -> None:
        """Give it up, so that a standby takes over at once. Repeatable; no error when it is lost already."""
        renewer, self._renewer = self._renewer, None
        if renewer is None:
            return
        renewer.cancel()
        await asyncio.gather(renewer, return_exceptions=True)
        if self.lost.is_set():
            return
        self.lost.set()
        try:
            await self._bucket.delete(self.key, self._current)
        except (KeyConflict, NoAnswer, BusClosed) as error:
            _log.info("lease %s not released, it will expire: %s", self.key, error)

    async def __aenter__(self) -> Self:
        await self.acquire()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.release()

    async def _try(self) -> int | None:
        try:
            entry = await self._bucket.get(self.key)
            if entry is None:
                return await self._bucket.create(self.key, self._claim, ttl_s=self.ttl_s)
            # Ours already: the answer to an earlier attempt was lost.
            self.elsewhere = entry.value != self._claim
            return None if self.elsewhere else entry.revision
        except (KeyConflict, NoAnswer) as error:
            _log.debug("lease %s not to be had: %s", self.key, error)
            await self._bus.wait_connected()
            return None

    async def _keep(self) -> None:
        """Renew until it fails for good or for too long."""
        loop = asyncio.get_running_loop()
        pause_s = self.ttl_s / 3
        while True:
            await asyncio.sleep(min(pause_s, max(0.0, self._valid_until - loop.time())))
            asked_at = loop.time()
            try:
                async with asyncio.timeout_at(self._valid_until):
                    await self._renew()
                self._valid_until, pause_s = asked_at + self.ttl_s, self.ttl_s / 3
            except (KeyConflict, BusClosed) as error:
                _log.error("lease %s lost: %s", self.key, error)
                break
            except (NoAnswer, TimeoutError) as error:
                if loop.time() >= self._valid_until - 0.05:
                    _log.error("lease %s lost: not renewed in time: %r", self.key, error)
                    break
                _log.warning("lease %s not renewed yet: %s", self.key, error)
                pause_s = _RENEW_RETRY_S
        self._valid_until = 0.0
        self.lost.set()

    async def _renew(self) -> None:
        try:
            self._current = await self._bucket.update(self.key, self._claim, self._current, ttl_s=self.ttl_s)
        except KeyConflict:
            entry = await self._bucket.get(self.key)
            if entry is None or entry.value != self._claim:
                raise
            self._current = entry.revision  # the ack of an earlier renewal was lost: still ours


def _setter(event: asyncio.Event) -> Callable[[Msg], Awaitable[None]]:
    async def on_message(_: Msg) -> None:
        event.set()

    return on_message
