"""The messages that are on their way to a stream: sent, sent again, and given up only when the connection is over."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from secrets import token_hex

import msgspec
import nats.errors
from nats.aio.msg import Msg
from nats.aio.subscription import Subscription

from cti_bus.connection import Bus
from cti_bus.errors import BusClosed, BusError, Refused

_log = logging.getLogger("cti_bus.publish")

# The first pause after "not now"; also how often unanswered messages are looked for.
_RETRY_FIRST_S = 0.05


class AckError(msgspec.Struct):
    """Why the server did not store a message."""

    code: int = 0
    err_code: int = 0
    description: str = ""


class Ack(msgspec.Struct):
    """The server's answer to a message."""

    seq: int = 0
    duplicate: bool = False
    error: AckError | None = None


_decode_ack = msgspec.json.Decoder(Ack).decode


@dataclass(slots=True)
class PublishCounters:
    """What the publisher did since it was made."""

    published: int = 0
    acked: int = 0
    duplicates: int = 0
    resent: int = 0
    fenced: int = 0
    refused: int = 0


@dataclass(slots=True, eq=False)
class Entry:
    """One message on its way. `fence`: the key under which its publisher orders it, if any."""

    token: str
    subject: str
    body: bytes
    headers: dict[str, str]
    done: "asyncio.Future[int]"
    fence: str | None
    deadline: float = 0.0
    attempts: int = 0
    sent: bool = False
    settling: bool = False  # its publisher finds out what became of it: no answer counts, nothing is sent
    finished: bool = False
    seq: int = 0  # where it is stored


class Window:
    """A bounded number of messages on their way.

    `stored` is told of each message that the server has; `conflict` is asked what to do about one whose fence moved
    (True: it takes over, and ends in `succeed`, `fail` or `send`); `failed` is told of each that ended without success.
    """

    def __init__(
        self,
        bus: Bus,
        size: int,
        ack_timeout_s: float,
        retry_max_s: float,
        *,
        stored: Callable[[Entry], Awaitable[None]],
        conflict: Callable[[Entry, AckError], bool],
        failed: Callable[[Entry, BusError], None],
    ) -> None:
        self._bus = bus
        self._slots = asyncio.Semaphore(size)
        self._ack_timeout_s = ack_timeout_s
        self._retry_max_s = retry_max_s
        self._stored = stored
        self._conflict = conflict
        self._failed = failed
        self.counters = PublishCounters()
        self.inbox = f"_INBOX.{token_hex(11)}"
        self.used = 0
        self.empty = asyncio.Event()
        self.empty.set()
        self._flying: dict[str, Entry] = {}  # in the order of their first sending
        self._pumping = False
        self._subscription: Subscription | None = None
        self._sweeper: asyncio.Task[None] | None = None
        self._pumps: set[asyncio.Task[None]] = set()
        self._starting = asyncio.Lock()
        self._remove_callback = bus.on_reconnect(self._resend_all)

    async def enter(self) -> None:
        """Wait for a slot; raises `BusClosed`."""
        if self._subscription is None:
            await self._start()
        await self._slots.acquire()
        if self._bus.closed.is_set():
            self._slots.release()
            raise BusClosed(f"connection {self._bus.name} is closed")
        self.used += 1
        self.empty.clear()

    def leave(self) -> None:
        """Give the slot back."""
        self.used -= 1
        self._slots.release()
        if self.used == 0:
            self.empty.set()

    def hold(self, entry: Entry) -> None:
        """Keep a message without sending it; its publisher decides."""
        entry.settling = True
        self._flying[entry.token] = entry

    async def send(self, entry: Entry) -> None:
        """Send one message now, or leave it to the pump when the server is away or older ones must go first."""
        entry.sent = entry.settling = False
        self._flying[entry.token] = entry
        if self._bus.is_connected and not self._pumping:
            await self._transmit(entry)

    def succeed(self, entry: Entry, seq: int) -> None:
        """The message is stored."""
        if self._finish(entry):
            entry.seq = seq
            self.counters.acked += 1
            if not entry.done.done():
                entry.done.set_result(seq)

    def fail(self, entry: Entry, failure: BusError) -> None:
        """The message ends without success."""
        if self._finish(entry):
            if not entry.done.done():
                entry.done.set_exception(failure)
                entry.done.exception()  # flush reports it: no complaint when nobody awaits the future
            self._failed(entry, failure)

    def fail_all(self, failure: BusError) -> None:
        """Nothing that is on its way will arrive."""
        for entry in list(self._flying.values()):
            self.fail(entry, failure)

    async def close(self) -> None:
        """Stop sending and hearing."""
        self._remove_callback()
        for task in (self._sweeper, *self._pumps):
            if task is not None:
                task.cancel()
        if self._subscription is not None and not self._bus.client.is_closed:
            await self._subscription.unsubscribe()

    async def _start(self) -> None:
        async with self._starting:
            if self._subscription is None:
                await self._bus.wait_connected()
                self._subscription = await self._bus.client.subscribe(f"{self.inbox}.*", cb=self._on_ack)
                self._sweeper = asyncio.create_task(self._sweep(), name="publisher-sweeper")

    def _finish(self, entry: Entry) -> bool:
        if entry.finished:
            return False
        entry.finished = True
        self._flying.pop(entry.token, None)
        self.leave()
        return True

    async def _transmit(self, entry: Entry) -> None:
        entry.sent = True
        entry.attempts += 1
        entry.deadline = asyncio.get_running_loop().time() + self._ack_timeout_s
        try:
            await self._bus.client.publish(
                entry.subject, entry.body, reply=f"{self.inbox}.{entry.token}", headers=entry.headers or None
            )
        except (nats.errors.OutboundBufferLimitError, nats.errors.ConnectionClosedError):
            entry.sent = False  # gone under our hands: the reconnection sends it again, or the close fails it
        except (nats.errors.MaxPayloadError, nats.errors.BadSubjectError, nats.errors.BadHeaderError) as error:
            self._refuse(entry, str(error))

    async def _pump(self) -> None:
        """Send whatever is not sent, in order; new messages queue up behind it meanwhile."""
        if self._pumping:
            return
        self._pumping = True
        try:
            while unsent := [entry for entry in self._flying.values() if not (entry.sent or entry.settling)]:
                for entry in unsent:
                    if not self._bus.is_connected:
                        return
                    if not (entry.finished or entry.sent or entry.settling):
                        self.counters.resent += entry.attempts > 0
                        await self._transmit(entry)
        finally:
            self._pumping = False

    def _resend_all(self) -> None:
        """After a reconnection nothing on its way can be trusted to have arrived: send all of it again, in order."""
        for entry in self._flying.values():
            entry.sent = False
        task = asyncio.ensure_future(self._pump())
        self._pumps.add(task)
        task.add_done_callback(self._pumps.discard)

    async def _sweep(self) -> None:
        """Send again what was not answered in time."""
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(_RETRY_FIRST_S)
            if not (self._flying and self._bus.is_connected):
                continue
            now = loop.time()
            for entry in self._flying.values():
                if entry.sent and entry.deadline <= now:
                    entry.sent = False
            await self._pump()

    async def _on_ack(self, message: Msg) -> None:
        entry = self._flying.get(message.subject[len(self.inbox) + 1 :])
        if entry is None or entry.settling:
            return  # the answer to an earlier attempt
        try:
            ack = _decode_ack(message.data) if message.data else Ack(error=AckError(503, 0, "no stream answers"))
        except msgspec.DecodeError as error:
            ack = Ack(error=AckError(500, 0, f"unreadable ack: {error}"))
        if ack.error is not None:
            self._on_refusal(entry, ack.error)
            return
        self.counters.duplicates += ack.duplicate
        self.succeed(entry, ack.seq)
        if entry.fence is not None:
            await self._stored(entry)

    def _on_refusal(self, entry: Entry, error: AckError) -> None:
        if self._conflict(entry, error):
            entry.settling = True
        elif error.code == 400:
            self._refuse(entry, error.description)
        else:
            pause_s = min(_RETRY_FIRST_S * 2 ** min(entry.attempts, 10), self._retry_max_s)
            level = logging.WARNING if entry.attempts == 3 else logging.DEBUG
            _log.log(level, "%s not stored yet (%s), again in %.2f s", entry.subject, error.description, pause_s)
            # The sweeper sends it again when this short deadline is over.
            entry.deadline = asyncio.get_running_loop().time() + pause_s

    def _refuse(self, entry: Entry, reason: str) -> None:
        self.counters.refused += 1
        _log.error("%s is refused and not stored: %s", entry.subject, reason)
        self.fail(entry, Refused(f"{entry.subject}: {reason}"))
