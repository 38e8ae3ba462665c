"""Reading a stream in its order from a position that the caller keeps, through everything that can happen to a server.

The reader owns no state on the server that matters: its consumer is ephemeral and is made anew, from the last message
seen, whenever anything is suspicious (reconnection, deleted consumer, missing heartbeat, a hole in the delivery). So
there is nothing to acknowledge, nothing that can expire, and no consumer that is deaf while it looks healthy.
"""

import asyncio
import contextlib
import logging
from collections import deque
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from secrets import token_hex
from types import TracebackType
from typing import Protocol, Self

import msgspec
import nats.errors
from nats.aio.subscription import Subscription
from nats.js import errors as js_errors
from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy

from cti_bus.connection import Bus
from cti_bus.errors import BusClosed, NoAnswer, PositionLost, Refused
from cti_bus.gaps import Gap, GapWatch
from cti_bus.message import Batch, Received

_log = logging.getLogger("cti_bus.read")

_PULL_EXPIRES_S = 30.0
_MISSED_HEARTBEATS = 2.5
_CREATE_RETRY_MAX_S = 2.0
_NS = 1_000_000_000


class Observer(Protocol):
    """Told how reading goes; `cti_runtime.Progress` is one."""

    def advanced(self) -> None:
        """Messages were digested."""

    def idle(self) -> None:
        """The server said that there is nothing to do."""

    def waiting(self, reason: str) -> None:
        """Something that we need is away; we try again."""


@dataclass(slots=True)
class ReadCounters:
    """What the reader did since it was made."""

    messages: int = 0
    consumers_made: int = 0
    heartbeats_missed: int = 0
    holes: int = 0


class Reader:
    """Batches of a stream's messages, strictly in stream order, each exactly once, beginning after `after_seq`.

    `subjects` are filters that must not overlap. 0 begins with the oldest message there is. Iterating never ends by
    itself; it raises `BusClosed` when the connection is over and `PositionLost` when the stream is not the one of the
    position: it ends before it, or was made anew (`life`, see `cti_bus.life_of`; else that of the first reading).
    Messages that retention removed before they were read are reported to `on_gap`, counted and logged.
    Use it as a context manager or call `close`.
    """

    def __init__(
        self,
        bus: Bus,
        stream: str,
        subjects: Sequence[str] = (">",),
        after_seq: int = 0,
        *,
        batch: int = 500,
        heartbeat_s: float = 1.0,
        on_gap: Callable[[Gap], None] | None = None,
        observer: Observer | None = None,
        life: str | None = None,
    ) -> None:
        self._bus = bus
        self._life = life
        self._stream = stream
        self._subjects = list(subjects)
        self._batch = batch
        self._heartbeat_s = heartbeat_s
        self.gaps = GapWatch(bus, stream, on_gap)
        self._observer = observer
        self.position = after_seq
        self.counters = ReadCounters()
        self._seen = after_seq  # newest sequence taken from the server; `position` is the newest handed out
        self._seen_ns = 0
        self._buffer: deque[Received] = deque()
        self._full = asyncio.Event()
        self._wanted = False  # somebody waits for the next batch: only then is an empty buffer idleness
        self._wake = asyncio.Event()
        self._inbox = ""
        self._consumer = ""
        self._subscription: Subscription | None = None
        self._asked = 0  # messages that the server may still send on our pulls
        self._delivered = 0  # the consumer's own count: a jump in it means that we lost a message
        self._broken: str | None = "start"
        self._remove_callbacks = [
            bus.on_reconnect(lambda: self._break("reconnected")),
            bus.on_close(self._wake.set),
        ]

    def __aiter__(self) -> AsyncIterator[Batch]:
        return self

    async def __anext__(self) -> Batch:
        """The next messages, at least one, at most `batch`; waits until there is one."""
        self._wanted = True
        try:
            while not self._buffer:
                if self._bus.closed.is_set():
                    raise BusClosed(f"connection {self._bus.name} is closed")
                if self._broken is not None:
                    await self._recreate()
                await self._pull()
                await self._wait()
        finally:
            self._wanted = False
        messages = [self._buffer.popleft() for _ in range(min(self._batch, len(self._buffer)))]
        if len(self._buffer) < self._batch:
            self._full.clear()
        await self.gaps.examine()
        if self._broken is None:
            await self._pull()
        self.position = messages[-1].stream_seq
        self.counters.messages += len(messages)
        return Batch(messages, self.position)

    async def full(self) -> Batch:
        """Wait until the next batch is a full one, and show it. It is not taken: iterating hands out the same messages.

        For who is busy with a batch and has time to look at the next one. At the end of the stream it waits in vain.
        """
        await self._full.wait()
        messages = list(islice(self._buffer, self._batch))
        return Batch(messages, messages[-1].stream_seq)

    async def lag(self) -> int:
        """How many messages of ours are stored and not handed out yet. Asks the server; 0 means caught up.

        While the consumer is being made anew, messages for others count too. Raises `NoAnswer` when the server is away.
        """
        if self._broken is None and self._consumer:
            try:
                info = await self._bus.js.consumer_info(self._stream, self._consumer)
                return int(info.num_pending or 0) + len(self._buffer)
            except (js_errors.APIError, nats.errors.Error):
                _log.debug("consumer %s is gone; counting by the stream", self._consumer)
        try:
            state = (await self._bus.js.stream_info(self._stream)).state
        except (js_errors.Error, nats.errors.Error) as error:
            raise NoAnswer(f"{self._stream}: {error}") from error
        return max(0, state.last_seq - self.position)

    async def close(self) -> None:
        """Stop reading and remove the consumer. Repeatable."""
        for remove in self._remove_callbacks:
            remove()
        await self._drop_consumer()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    def _break(self, reason: str) -> None:
        """Trust the consumer no longer. What is in the buffer is good: it was checked when it came."""
        if self._broken is None:
            self._broken = reason
        self._wake.set()

    async def _wait(self) -> None:
        """Until something arrives; two missing heartbeats mean that the consumer is deaf."""
        if self._buffer or self._broken is not None:
            return
        self._wake.clear()
        try:
            async with asyncio.timeout(self._heartbeat_s * _MISSED_HEARTBEATS):
                await self._wake.wait()
        except TimeoutError:
            self.counters.heartbeats_missed += 1
            if self._observer is not None:
                self._observer.waiting(f"no heartbeat from {self._stream}")
            self._break("no heartbeat")

    async def _recreate(self) -> None:
        """Make a consumer that begins right after the last message seen; tries until it succeeds."""
        reason, delay_s = self._broken, 0.05
        while True:
            await self._drop_consumer()
            if not self._bus.is_connected and self._observer is not None:
                self._observer.waiting("NATS is away")
            await self._bus.wait_connected()
            self._broken = None
            try:
                await self._create()
            except (js_errors.Error, nats.errors.Error, TimeoutError) as error:
                if isinstance(error, js_errors.BadRequestError):
                    raise Refused(f"cannot read {self._stream}: {error.description}") from error
                _log.log(logging.WARNING if delay_s > 0.5 else logging.DEBUG, "consumer on %s: %s", self._stream, error)
                if self._observer is not None:
                    self._observer.waiting(f"consumer on {self._stream}: {error}")
                await asyncio.sleep(delay_s)
                delay_s = min(delay_s * 2, _CREATE_RETRY_MAX_S)
                continue
            break
        if reason != "start":
            _log.info("reading %s again after %d (%s)", self._stream, self._seen, reason)

    async def _create(self) -> None:
        info = await self._bus.js.stream_info(self._stream)
        life = str(info.created)
        if self._life not in (None, life):
            raise PositionLost(f"{self._stream} was made anew at {life}, our position is of the one of {self._life}")
        self._life = life
        if info.state.last_seq < self._seen:
            raise PositionLost(
                f"{self._stream} ends at {info.state.last_seq}, our position is {self._seen}: it is another stream"
            )
        self.gaps.begin(info.config, info.state.first_seq, self._seen)
        self._consumer = f"reader-{token_hex(8)}"
        self._inbox = f"_INBOX.{token_hex(11)}"
        self._delivered = self._asked = 0
        self._subscription = await self._bus.client.listen(self._inbox, self._on_message)
        await self._bus.js.add_consumer(
            self._stream,
            ConsumerConfig(
                name=self._consumer,
                deliver_policy=DeliverPolicy.BY_START_SEQUENCE,
                opt_start_seq=self._seen + 1,
                filter_subjects=self._subjects,
                ack_policy=AckPolicy.NONE,
                mem_storage=True,
                num_replicas=1,
                inactive_threshold=max(60.0, self._heartbeat_s * 10),
            ),
        )
        self.counters.consumers_made += 1

    async def _drop_consumer(self) -> None:
        subscription, self._subscription = self._subscription, None
        consumer, self._consumer = self._consumer, ""
        if subscription is None or self._bus.client.is_closed:
            return
        await self._bus.client.silence(subscription)
        if consumer and self._bus.is_connected:
            # Only a courtesy: the server removes an inactive consumer by itself. No answer is waited for.
            with contextlib.suppress(nats.errors.Error):
                await self._bus.client.publish(f"$JS.API.CONSUMER.DELETE.{self._stream}.{consumer}", b"")

    async def _pull(self) -> None:
        """Ask for the next messages when less than a batch is here or on its way."""
        if self._broken is not None or self._asked + len(self._buffer) >= self._batch:
            return
        request = {
            "batch": self._batch,
            "expires": int(_PULL_EXPIRES_S * _NS),
            "idle_heartbeat": int(self._heartbeat_s * _NS),
        }
        self._asked += self._batch
        try:
            await self._bus.client.publish(
                f"$JS.API.CONSUMER.MSG.NEXT.{self._stream}.{self._consumer}",
                msgspec.json.encode(request),
                reply=self._inbox,
            )
        except nats.errors.Error as error:
            self._break(str(error))

    def _on_message(self, subject: str, reply: str, headers: Mapping[str, str], body: bytes) -> None:
        if subject == self._inbox:
            self._on_status(headers)
            return
        # $JS.ACK.<stream>.<consumer>.<attempts>.<stream seq>.<consumer seq>.<time ns>.<pending>
        fields = reply.rsplit(".", 4)
        if self._broken is not None or not self._consumer or self._consumer not in fields[0]:
            return  # from a consumer that we gave up
        delivered = int(fields[2])
        if delivered != self._delivered + 1:
            self.counters.holes += 1
            self._break(f"message {self._delivered + 1} of the consumer is missing")
            return
        self._delivered = delivered
        self._asked -= 1
        received = Received(int(fields[1]), subject, headers, body, int(fields[3]))
        if received.stream_seq > self._seen + 1:
            self.gaps.jump(self._seen, self._seen_ns, received.stream_seq)
        self._seen, self._seen_ns = received.stream_seq, received.time_ns
        self._buffer.append(received)
        if len(self._buffer) >= self._batch:
            self._full.set()
        self._wake.set()

    def _on_status(self, headers: Mapping[str, str]) -> None:
        status = headers.get("Status", "")
        if status == "100":  # idle heartbeat: says what the server believes to have delivered
            if int(headers.get("Nats-Last-Consumer", "0")) != self._delivered:
                self.counters.holes += 1
                self._break("the server delivered more than arrived")
            elif self._wanted and not self._buffer and self._observer is not None:
                self._observer.idle()
            self._wake.set()
        elif status in ("404", "408"):  # the pull is over: nothing came, or not as much as asked for
            self._asked = max(0, self._asked - int(headers.get("Nats-Pending-Messages", self._asked)))
            self._wake.set()
        else:
            self._break(f"{status} {headers.get('Description', '')}")
