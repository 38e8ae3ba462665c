"""One connection to NATS that is kept for ever, and says so when it is over."""

import asyncio
import logging
import random
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from types import TracebackType
from typing import Self

import nats.errors
from nats.aio.client import Server
from nats.js.client import JetStreamContext

from cti_bus.client import Client
from cti_bus.errors import BusClosed, ConnectFailed, NoAnswer, NobodyListens, NotSent

_log = logging.getLogger("cti_bus.connection")

# A dead peer (no FIN, no RST) is noticed after ping_interval * (outstanding + 1): about ten seconds.
# The client's own defaults, 120 s and 2, would leave calls in the dark for six minutes.
PING_INTERVAL_S = 3
OUTSTANDING_PINGS = 2
RECONNECT_WAIT_S = 0.25
_RECONNECT_GROWTH_MAX = 8.0
API_TIMEOUT_S = 5.0


@dataclass(slots=True)
class Counters:
    """What happened to the connection since it was made."""

    disconnects: int = 0
    reconnects: int = 0
    errors: int = 0
    slow_consumer_drops: int = 0


@dataclass(frozen=True, slots=True)
class Reply:
    """The answer to a request."""

    body: bytes
    headers: Mapping[str, str]


class Bus:
    """A connection to NATS. Made by `connect`; everything else in this package takes it as its first argument.

    It reconnects for ever. `closed` is set when it is over (closed by us, or refused by the server for good, for
    instance because credentials expired): a process that finds it set without having asked for it must end,
    since nothing will ever arrive again. `watch_closed` does that inside a task group.
    """

    def __init__(self, client: Client, name: str) -> None:
        self.client = client
        self.name = name
        self.js: JetStreamContext = client.jetstream(timeout=API_TIMEOUT_S)
        self.counters = Counters()
        self.closed = asyncio.Event()
        self.last_error: str | None = None
        self._connected = asyncio.Event()
        self._closing = False
        self._on_reconnect: list[Callable[[], None]] = []
        self._on_close: list[Callable[[], None]] = []

    @property
    def is_connected(self) -> bool:
        """Whether the server can be reached now, as far as the client knows."""
        return self._connected.is_set() and self.client.is_connected

    @property
    def max_payload(self) -> int:
        """How many bytes the server takes in one message."""
        return self.client.max_payload

    def on_reconnect(self, callback: Callable[[], None]) -> Callable[[], None]:
        """Call `callback` after each reconnection; returns the function that takes it off again."""
        return _register(self._on_reconnect, callback)

    def on_close(self, callback: Callable[[], None]) -> Callable[[], None]:
        """Call `callback` once when the connection is over; returns the function that takes it off again."""
        return _register(self._on_close, callback)

    async def wait_connected(self) -> None:
        """Wait until the server can be reached; raises `BusClosed` when that can no longer happen."""
        await _first(self._connected, self.closed)
        if self.closed.is_set():
            raise BusClosed(f"connection {self.name} is closed: {self.last_error or 'closed by us'}")

    async def watch_closed(self) -> None:
        """Return when we closed the connection ourselves; raise `BusClosed` when it was lost for good."""
        await self.closed.wait()
        if not self._closing:
            raise BusClosed(f"connection {self.name} is closed: {self.last_error or 'no reason given'}")

    async def request(
        self,
        subject: str,
        body: bytes = b"",
        headers: Mapping[str, str] | None = None,
        *,
        timeout_s: float = API_TIMEOUT_S,
    ) -> Reply:
        """Ask once and return the answer; raises `NoAnswer` when nobody listens or the time is over.

        After `NoAnswer` it is unknown whether the request was carried out; after its kinds `NobodyListens` and
        `NotSent` it is known that it was not. A request is never sent late: what could not
        be sent before the connection broke is dropped.
        """
        if not self.is_connected and not self.closed.is_set():
            raise NotSent(f"{subject}: not connected")
        try:
            message = await self.client.request(
                subject, body, timeout=timeout_s, headers=dict(headers) if headers else None
            )
        except nats.errors.NoRespondersError as error:
            raise NobodyListens(f"nobody listens on {subject}") from error
        except (nats.errors.TimeoutError, nats.errors.OutboundBufferLimitError) as error:
            raise NoAnswer(f"no answer on {subject} in {timeout_s} s") from error
        except nats.errors.ConnectionClosedError as error:
            raise BusClosed(f"connection {self.name} is closed") from error
        return Reply(message.data, message.headers or {})

    async def close(self) -> None:
        """Send what is buffered and close. Does not wait for acks: flush publishers first. Repeatable."""
        self._closing = True
        if not self.client.is_closed:
            await self.client.close()
        self._mark_closed()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def _disconnected(self) -> None:
        # Drop what was still to be sent. It would go out first after the reconnection, in front of older messages that
        # were lost with the socket and are sent again: out of order. Whoever needs an answer sends again by itself.
        self.client._pending = []
        self.client._pending_data_size = 0
        if self._connected.is_set():
            self._connected.clear()
            self.counters.disconnects += 1
            if not self._closing:
                _log.warning("NATS connection %s lost, reconnecting", self.name)

    async def _reconnected(self) -> None:
        self.counters.reconnects += 1
        self._connected.set()
        _log.warning("NATS connection %s is back (%s)", self.name, _server(self.client))
        for callback in list(self._on_reconnect):
            callback()

    async def _closed(self) -> None:
        if not self._closing:
            self.last_error = str(self.client.last_error or self.last_error or "")
            _log.error("NATS connection %s closed for good: %s", self.name, self.last_error)
        self._mark_closed()

    def _mark_closed(self) -> None:
        if self.closed.is_set():
            return
        self._connected.clear()
        self.closed.set()
        for callback in list(self._on_close):
            callback()

    async def _error(self, error: Exception) -> None:
        self.counters.errors += 1
        if isinstance(error, nats.errors.SlowConsumerError):
            self.counters.slow_consumer_drops += 1
        text = f"{type(error).__name__}: {error}"
        # While the server is away each attempt fails alike: say it once.
        level = logging.DEBUG if text == self.last_error and not self.client.is_connected else logging.WARNING
        self.last_error = text
        if not self._closing:
            _log.log(level, "NATS connection %s: %s", self.name, text)


async def connect(
    url: str,
    name: str,
    *,
    credentials: str | None = None,
    deadline_s: float = 30.0,
    ping_interval_s: float = PING_INTERVAL_S,
    reconnect_wait_s: float = RECONNECT_WAIT_S,
) -> Bus:
    """Connect to NATS, trying again until `deadline_s` is over, then raise `ConnectFailed` with the reasons.

    `url` may name several servers, separated by commas. `credentials` is the path of a `.creds` file. `name` is what
    the server's monitoring shows. After the first success the connection is kept for ever.
    """
    client = Client()
    bus = Bus(client, name)
    reasons: dict[str, None] = {}

    async def failed(error: Exception) -> None:
        if not bus._connected.is_set():
            reasons[f"{type(error).__name__}: {error}"] = None
        await bus._error(error)

    try:
        async with asyncio.timeout(deadline_s):
            await client.connect(
                servers=[part.strip() for part in url.split(",")],
                name=name,
                error_cb=failed,
                disconnected_cb=bus._disconnected,
                reconnected_cb=bus._reconnected,
                closed_cb=bus._closed,
                max_reconnect_attempts=-1,
                pending_size=-1,  # nothing is buffered while the server is away: nothing is sent late
                reconnect_time_wait=reconnect_wait_s,  # type: ignore[arg-type]  # only ever given to asyncio.sleep
                reconnect_to_server_handler=partial(_choose_server, reconnect_wait_s),
                ping_interval=ping_interval_s,  # type: ignore[arg-type]  # the same
                max_outstanding_pings=OUTSTANDING_PINGS,
                user_credentials=credentials,
                allow_reconnect=True,
            )
    except TimeoutError as error:
        bus._closing = True
        await client.close()
        # All of them: one that refuses us may cut the next attempt before it has said why.
        why = "; ".join(reasons) or "no answer"
        raise ConnectFailed(f"no NATS server at {_shown(url)} (nats_url) after {deadline_s:g} s: {why}") from error
    except (OSError, ValueError, nats.errors.Error) as error:
        raise ConnectFailed(f"cannot connect to NATS at {_shown(url)}: {error}") from error
    bus._connected.set()
    _log.info("connected to NATS as %s (%s)", name, _server(client))
    return bus


def _choose_server(wait_s: float, servers: list[Server], _: object) -> tuple[Server | None, float]:
    """Called before each attempt to reconnect: which server, and after how many seconds."""
    if not servers:
        return None, wait_s
    chosen = min(servers, key=lambda server: (server.reconnects, random.random()))  # noqa: S311 - jitter is no secret
    # Spread the return of many clients after a server restart, and be patient with one that stays away.
    return chosen, wait_s * min(2.0**chosen.reconnects, _RECONNECT_GROWTH_MAX) * random.uniform(0.5, 1.5)  # noqa: S311


def _shown(url: str) -> str:
    """The address without user and password: it goes into logs."""
    return re.sub(r"(?<=://)[^/@,\s]+@", "", url)


def _server(client: Client) -> str:
    url = client.connected_url
    return f"{url.hostname}:{url.port}" if url else "?"


def _register(callbacks: list[Callable[[], None]], callback: Callable[[], None]) -> Callable[[], None]:
    callbacks.append(callback)

    def remove() -> None:
        if callback in callbacks:
            callbacks.remove(callback)

    return remove


async def _first(*events: asyncio.Event) -> None:
    """Return as soon as one of the events is set."""
    if any(event.is_set() for event in events):
        return
    waits = [asyncio.ensure_future(event.wait()) for event in events]
    try:
        await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for wait in waits:
            wait.cancel()
