"""From the outbox to the stream, while we lead.

Rival   another instance tells a call that we lead: what we know of it is stale
"""

import asyncio
from collections.abc import Coroutine, Set
from typing import Any

import structlog
from cti_bus import Bucket, BusClosed, Fenced, NoAnswer, Publisher, Refused, key_set

from cti_connector.outbox import Outbox, Outgoing
from cti_connector.telemetry import Metrics

_log = structlog.get_logger(__name__)
_ERASED_AT_ONCE = 32
_AGAIN_S = 0.5


class Rival(Exception):
    """The fence that another instance moved."""

    def __init__(self, fence: str) -> None:
        super().__init__(f"another instance published to {fence}")
        self.fence = fence


class Sender:
    """Publishes what the outbox holds, in order; a call's key is stored before its first event, removed after its last.

    `leading` opens and closes it. `left`: fences that are not ours to tell, whose messages are dropped, counted. A
    message that the server refuses for ever (too large) ends the telling of its call only.
    """

    def __init__(
        self, publisher: Publisher, index: Bucket, outbox: Outbox, metrics: Metrics, pbx: str, left: Set[str]
    ) -> None:
        self._publisher = publisher
        self._index = index
        self._erasing = asyncio.Semaphore(_ERASED_AT_ONCE)
        self._outbox = outbox
        self._metrics = metrics
        self._attributes = {"pbx": pbx}
        self._left = set(left)
        self._tasks: set[asyncio.Task[None]] = set()
        self._rival: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.leading = asyncio.Event()
        self.leading.set()

    def claim(self, fence: str, seq: int) -> None:
        """Go on with a call or an agent of another instance, or of our former life, after its message `seq`."""
        self._publisher.claim(fence, seq)

    async def run(self) -> None:
        """Until cancelled; raises `Rival`."""
        sending = asyncio.create_task(self._send_all())
        try:
            await asyncio.wait((sending, self._rival), return_when=asyncio.FIRST_COMPLETED)
            if self._rival.done():
                self._rival.result()
            sending.result()
        finally:
            sending.cancel()
            await asyncio.gather(sending, return_exceptions=True)

    async def finish(self) -> None:
        """Wait until all that was put into the outbox is stored. `run` must be running."""
        await self._outbox.until_empty()
        while self._tasks:
            await asyncio.wait(self._tasks)
        try:
            await self._publisher.flush()
        except (Fenced, Refused) as error:
            _log.warning("not everything was stored", reason=str(error))

    async def _send_all(self) -> None:
        while True:
            message = await self._outbox.take()
            await self.leading.wait()
            await self._send(message)
            self._metrics.waiting.add(-1, self._attributes)

    async def _send(self, message: Outgoing) -> None:
        if message.fence in self._left:
            self._metrics.fenced.add(1, self._attributes)
            return
        after = await self._set_key(message) if message.begins else None
        try:
            stored = await self._publisher.publish(
                message.subject,
                message.body,
                message.headers,
                message.message_id,
                fence=message.fence or None,
                begins=message.begins,
                after=after,
            )
        except (Fenced, Refused) as error:
            self._not_stored(message, error)
            return
        stored.add_done_callback(lambda done: self._look_at(message, done))
        if message.ends:
            self._publisher.forget(message.fence)
            self._spawn(self._remove_key(stored, message.index_key))

    async def _set_key(self, message: Outgoing) -> "asyncio.Future[int]":
        entry = key_set(self._index.name, message.index_key, b"")
        return await self._publisher.publish(entry.subject, entry.body, entry.headers)

    async def _remove_key(self, stored: "asyncio.Future[int]", index_key: str) -> None:
        try:
            await asyncio.shield(stored)
        except (Fenced, Refused):
            return  # the call is another's, or will be found by the next comparison
        except BusClosed:
            return
        async with self._erasing:
            await self._erase(index_key)

    async def _erase(self, index_key: str) -> None:
        while True:
            try:
                return await self._index.erase(index_key)
            except BusClosed:
                return None  # the next leader finds a call that is over
            except NoAnswer:
                await asyncio.sleep(_AGAIN_S)

    def _look_at(self, message: Outgoing, stored: "asyncio.Future[int]") -> None:
        error = None if stored.cancelled() else stored.exception()
        if isinstance(error, (Fenced, Refused)):
            self._not_stored(message, error)

    def _not_stored(self, message: Outgoing, error: Fenced | Refused) -> None:
        _log.warning("event not stored", reason=str(error), kind=type(error).__name__)
        self._metrics.fenced.add(1, self._attributes)
        if isinstance(error, Refused):
            self._left.add(message.fence)
        elif not self._rival.done():
            self._rival.set_exception(Rival(message.fence))

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
