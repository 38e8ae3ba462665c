"""Publishing: many messages on their way, each stored once, in order per fence, whatever happens to the connection."""

import asyncio
import logging
from collections import deque
from collections.abc import Coroutine, Iterator, Mapping
from contextlib import aclosing
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self

from cti_bus import direct, tracing
from cti_bus.connection import Bus
from cti_bus.errors import BusClosed, BusError, Fenced, NoAnswer
from cti_bus.message import MSG_ID, Received
from cti_bus.window import AckError, Entry, PublishCounters, Window

_log = logging.getLogger("cti_bus.publish")

EXPECTED = "Nats-Expected-Last-Subject-Sequence"
EXPECTED_SUBJECT = "Nats-Expected-Last-Subject-Sequence-Subject"
_WRONG_LAST_SEQUENCE = (10071, 10164)


@dataclass(slots=True, eq=False)
class _Lane:
    """The messages of one fence: one on its way at a time, since the next needs the sequence of the one before."""

    fence: str
    last_seq: int | None  # None: to be looked up
    waiting: deque[Entry] = field(default_factory=deque)
    before: dict[str, int] = field(default_factory=dict)  # ids and sequences of what was there when it was looked up
    busy: bool = False
    failure: BusError | None = None
    forgotten: bool = False


class Publisher:
    """Publishes to streams through a bounded window of messages that are not acknowledged yet.

    Each message is stored exactly once although it is sent again, with the same id, after a lost ack, a time-out or a
    reconnection, for ever: while NATS is away `publish` blocks as soon as the window is full, so memory is bounded.
    Messages of one fence are stored in the order of the calls. Messages without a fence are sent in order and stored
    in order, except that one which the server turns down for the moment (a cluster electing a leader) comes later;
    and their repeats are recognised only within the stream's dedupe window (five minutes), those of a fence for ever.
    """

    def __init__(self, bus: Bus, *, window: int = 1000, ack_timeout_s: float = 5.0, retry_max_s: float = 5.0) -> None:
        self._bus = bus
        self._retry_max_s = retry_max_s
        self._window = Window(
            bus,
            window,
            ack_timeout_s,
            retry_max_s,
            stored=self._on_stored,
            conflict=self._on_conflict,
            failed=self._on_failed,
        )
        self._lanes: dict[str, _Lane] = {}
        self._failure: BusError | None = None
        self._count = 0
        self._tasks: set[asyncio.Task[None]] = set()
        self._remove_callback = bus.on_close(self._fail_all)

    @property
    def counters(self) -> PublishCounters:
        """What was done so far."""
        return self._window.counters

    @property
    def in_flight(self) -> int:
        """How many messages wait for their ack (the window's filling)."""
        return self._window.used

    async def publish(
        self,
        subject: str,
        body: bytes,
        headers: Mapping[str, str] | None = None,
        msg_id: str = "",
        *,
        fence: str | None = None,
        begins: bool = False,
        after: "asyncio.Future[int] | None" = None,
    ) -> "asyncio.Future[int]":
        """Put a message into the window; returns at once unless the window is full.

        The result is a future of the stream sequence; it need not be awaited (`flush` reports failures).
        `msg_id` must be deterministic: it makes the repeat by a successor harmless; without one only our own are.
        `fence` is a subject filter (`cti.t.call.p.<call>.>`) whose only publisher we claim to be: the message is stored
        only if nothing but ours came there since our last one. `begins` says that the fence is empty before its first
        message, and saves looking that up. `after`: another message that must be stored before this first one is sent.
        The active span's trace context is added; the caller's headers are not changed.
        Raises `BusClosed` when the connection is over, and for ever what made the fence fail (`Fenced`, `Refused`)
        until it is forgotten.
        """
        await self._window.enter()
        lane = self._lane(fence, begins) if fence is not None else None
        if lane is not None and lane.failure is not None:
            self._window.leave()
            raise lane.failure
        self._count += 1
        own = dict(headers) if headers else {}
        own[MSG_ID] = msg_id or f"{self._window.inbox}.{self._count}"
        tracing.inject(own)
        done: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        entry = Entry(f"{self._count:x}", subject, body, own, done, fence)
        self.counters.published += 1
        if lane is None:
            await self._window.send(entry)
        elif lane.busy:
            lane.waiting.append(entry)
        elif not self._was_before(lane, entry):
            lane.busy = True
            if after is not None:
                self._window.hold(entry)
                self._spawn(self._send_after(after, lane, entry))
            else:
                await self._send_fenced(lane, entry)
        return done

    def claim(self, fence: str, last_seq: int) -> None:
        """Go on with a fence after the message of that stream sequence: anything stored since then fences us out.

        Without a claim the first message of a fence goes on after whatever is there by then.
        """
        self._lane(fence, False).last_seq = last_seq

    async def flush(self) -> None:
        """Wait until everything published so far is stored; raises the first failure since the last flush."""
        await self._window.empty.wait()
        failure, self._failure = self._failure, None
        if failure is not None:
            raise failure

    def forget(self, fence: str) -> None:
        """Drop what is kept about a fence (its call is over), once its messages are stored. Keeps memory flat."""
        lane = self._lanes.get(fence)
        if lane is None:
            return
        lane.forgotten = True
        if not lane.busy:
            del self._lanes[fence]

    async def close(self) -> None:
        """Stop. What is not acknowledged yet fails with `BusClosed` and may or may not be stored: flush first."""
        self._remove_callback()
        for task in self._tasks:
            task.cancel()
        self._fail_all()
        await self._window.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if kind is None:
                await self.flush()
        finally:
            await self.close()

    def _lane(self, fence: str, begins: bool) -> _Lane:
        lane = self._lanes.get(fence)
        if lane is None:
            lane = self._lanes[fence] = _Lane(fence, 0 if begins else None)
        lane.forgotten = False
        return lane

    async def _send_after(self, after: "asyncio.Future[int]", lane: _Lane, entry: Entry) -> None:
        try:
            await asyncio.shield(after)
        except BusError as error:
            self._window.fail(entry, error)
            return
        await self._send_fenced(lane, entry)

    async def _send_fenced(self, lane: _Lane, entry: Entry) -> None:
        if lane.last_seq is None:
            self._window.hold(entry)
            self._spawn(self._look_up_then_send(lane, entry))
            return
        entry.headers[EXPECTED] = str(lane.last_seq)
        entry.headers[EXPECTED_SUBJECT] = lane.fence
        await self._window.send(entry)

    async def _on_stored(self, entry: Entry) -> None:
        lane = self._lanes.get(entry.fence or "")
        if lane is not None:
            lane.last_seq = entry.seq
            await self._next_of(lane)

    async def _next_of(self, lane: _Lane) -> None:
        while lane.waiting:
            entry = lane.waiting.popleft()
            if not self._was_before(lane, entry):
                await self._send_fenced(lane, entry)
                return
        lane.busy = False
        if lane.forgotten:
            self._lanes.pop(lane.fence, None)

    async def _look_up_then_send(self, lane: _Lane, entry: Entry) -> None:
        """First message of a fence that did not begin with us: go on after the newest message that is there.

        What is there is not stored again, in whichever order it is repeated: who was restored from a backup does so.
        """
        newest = await self._newest(lane, entry)
        lane.last_seq = newest.stream_seq if newest else 0
        lane.before = await self._stored(lane, entry, newest) if newest else {}
        if self._was_before(lane, entry):
            await self._next_of(lane)
        else:
            await self._send_fenced(lane, entry)

    def _was_before(self, lane: _Lane, entry: Entry) -> bool:
        """Whether it was stored before we came to this fence; then it is done."""
        seq = lane.before.pop(entry.headers[MSG_ID], None)
        if seq is None:
            return False
        self.counters.duplicates += 1
        self._window.succeed(entry, seq)
        return True

    def _on_conflict(self, entry: Entry, error: AckError) -> bool:
        lane = self._lanes.get(entry.fence or "")
        if lane is None or error.err_code not in _WRONG_LAST_SEQUENCE:
            return False
        self._spawn(self._settle_conflict(lane, entry))
        return True

    async def _settle_conflict(self, lane: _Lane, entry: Entry) -> None:
        """The fence moved. A repeat after a lost ack looks the same as a rival: what is stored there tells which."""
        newest = await self._newest(lane, entry)
        if newest is None:
            lane.last_seq = 0  # nobody's: retention removed what we wrote last (a call longer than the retention)
            await self._send_fenced(lane, entry)
            return
        own = entry.headers[MSG_ID]
        stored = {own: newest.stream_seq} if newest.message_id == own else await self._stored(lane, entry, newest)
        # An earlier attempt of ours, or of the process before us, which may repeat all from the first.
        if own in stored:
            self.counters.duplicates += 1
            lane.last_seq = stored[own]
            self._window.succeed(entry, stored[own])
            await self._next_of(lane)
            return
        self.counters.fenced += 1
        failure = Fenced(lane.fence, lane.last_seq or 0, newest.stream_seq)
        _log.warning("%s", failure)
        self._window.fail(entry, failure)

    async def _newest(self, lane: _Lane, entry: Entry) -> Received | None:
        """The newest message of a fence as the stream's leader knows it, asked for until answered."""
        pauses = self._pauses()
        while True:
            try:
                stream = await direct.stream_of(self._bus, entry.subject)
                return await direct.newest_at_leader(self._bus, stream, lane.fence)
            except NoAnswer as error:
                _log.warning("reading the newest message of %s: %s", lane.fence, error)
            await asyncio.sleep(next(pauses))

    async def _stored(self, lane: _Lane, entry: Entry, newest: Received) -> dict[str, int]:
        """Ids and sequences of all that the fence holds, up to `newest` at least."""
        pauses = self._pauses()
        while True:
            try:
                stream = await direct.stream_of(self._bus, entry.subject)
                async with aclosing(direct.since(self._bus, stream, lane.fence)) as history:
                    stored = {each.message_id: each.stream_seq async for each in history}
                if max(stored.values(), default=0) >= newest.stream_seq:
                    return stored
                _log.debug("a replica of %s is behind, reading again", stream)
            except NoAnswer as error:
                _log.warning("reading the messages of %s: %s", lane.fence, error)
            await asyncio.sleep(next(pauses))

    def _pauses(self) -> Iterator[float]:
        pause_s = 0.05
        while True:
            if self._bus.closed.is_set():
                raise BusClosed(f"connection {self._bus.name} is closed")
            yield pause_s
            pause_s = min(pause_s * 2, self._retry_max_s)

    def _on_failed(self, entry: Entry, failure: BusError) -> None:
        """In a fence all later messages fail with the first: they must not overtake it."""
        self._failure = self._failure or failure
        lane = self._lanes.get(entry.fence or "")
        if lane is None:
            return
        lane.failure = failure
        waiting, lane.waiting = lane.waiting, deque()
        lane.busy = False
        if lane.forgotten:
            self._lanes.pop(lane.fence, None)
        for later in waiting:
            self._window.fail(later, failure)

    def _fail_all(self) -> None:
        self._window.fail_all(BusClosed(f"connection {self._bus.name} is closed"))

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: "asyncio.Task[None]") -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) and not isinstance(error, BusClosed):
            _log.error("publisher: background work failed", exc_info=error)
