"""Uvicorn's protocols as a server in public needs them: what a connection costs is bounded, whatever comes or does not.

What is bounded in `push.transports.peer` are messages of somebody who reads and writes. Here: who says nothing, takes
nothing, or sends what never becomes a message.
"""

import asyncio
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any, Final

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.extensions.permessage_deflate import ServerPerMessageDeflateFactory
from websockets.frames import Frame

from push.gateway.closing import Close
from push.gateway.limits import Budget

# Without context takeover nothing is kept between messages: a socket that is idle has no compressor, which would be
# 30 to 60 KiB for each. A view compresses well by itself, since its JSON repeats its own names.
_DEFLATE: Final = ServerPerMessageDeflateFactory(
    server_no_context_takeover=True,
    client_no_context_takeover=True,
    server_max_window_bits=12,
    client_max_window_bits=12,
    compress_settings={"memLevel": 5},
)
_BURST_S: Final = 4.0
STREAM: Final = "trunkline.stream"
"""Key in the state of a request's scope: to be called when its answer is a stream that has no end."""


@dataclass(frozen=True)
class Bounds:
    """What a connection may do.

    `silent_s`: seconds until it has asked for something. `unsent_s`: seconds that what is sent may lie unacknowledged,
    and in which the body of a request has to be there. `parts_per_s`: control frames and parts of messages. `flooded`
    is told of each that sent more.
    """

    silent_s: float
    unsent_s: float
    parts_per_s: float
    flooded: Callable[[], None]


def _bound_unsent(transport: asyncio.BaseTransport, seconds: float) -> None:
    """The system drops a connection that takes nothing for so long: a close would wait behind what is not taken."""
    if (option := getattr(socket, "TCP_USER_TIMEOUT", None)) is not None:  # Linux
        transport.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, option, round(seconds * 1000))


class BoundedHttp(H11Protocol):
    """HTTP whose requests come in time: the head of the first and of what begins behind another one, and each body."""

    def __init__(self, bounds: Bounds, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._bounds = bounds
        self._waits_for: _Part | None = None
        self._overdue: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as there
        """Somebody has connected."""
        super().connection_made(transport)
        self._wait_for(_Part.HEAD)

    def handle_events(self) -> None:
        """Something has come."""
        super().handle_events()
        if self.scope is not None:
            self.scope["state"].setdefault(STREAM, self._endless)
        self._wait_for(self._missing())

    def _missing(self) -> "_Part | None":
        """What is not there yet of a request that has begun."""
        if self.transport.get_protocol() is not self:
            return None  # a WebSocket by now, which has its own bounds
        if self.conn.their_state is h11.SEND_BODY:
            return _Part.BODY
        if self.conn.their_state is not h11.IDLE:
            return None
        # Between two requests nothing is missing: uvicorn waits for the next one, and for the rest of a part of it.
        return _Part.HEAD if self._waits_for is _Part.HEAD or self.conn.trailing_data[0] else None

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection is no more."""
        self._wait_for(None)
        super().connection_lost(exc)

    def _wait_for(self, part: "_Part | None") -> None:
        """A part has its time from when it is first waited for, however much of it comes meanwhile."""
        if part is self._waits_for:
            return
        if self._overdue is not None:
            self._overdue.cancel()
            self._overdue = None
        self._waits_for = part
        if part is not None:
            seconds = self._bounds.silent_s if part is _Part.HEAD else self._bounds.unsent_s
            self._overdue = self.loop.call_later(seconds, self.transport.abort)

    def _endless(self) -> None:
        _bound_unsent(self.transport, self._bounds.unsent_s)


class _Part(Enum):
    HEAD = auto()
    BODY = auto()


class BoundedWebSocket(WebSocketsSansIOProtocol):
    """Negotiates compression as above. At its end nothing of it waits for the garbage collector."""

    def __init__(self, bounds: Bounds, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.conn.available_extensions = [_DEFLATE]
        self._bounds = bounds
        self._parts = Budget(bounds.parts_per_s, bounds.parts_per_s * _BURST_S, time.monotonic())

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The handshake is about to begin."""
        super().connection_made(transport)
        _bound_unsent(transport, self._bounds.unsent_s)

    def handle_ping(self) -> None:
        """Answer, whether or not the answers are read: so only so many."""
        if self._may():
            super().handle_ping()

    def handle_pong(self, event: Frame) -> None:
        """Nobody asked for it; its cost is what counts."""
        if self._may():
            super().handle_pong(event)

    def handle_cont(self, event: Frame) -> None:
        """Another part of a message: parts may be empty and without end."""
        if self._may():
            super().handle_cont(event)

    def _may(self) -> bool:
        if self.close_sent or self._parts.take(time.monotonic()):
            return not self.close_sent
        self._bounds.flooded()
        self.conn.fail(Close.FLOOD, "too many frames")
        self.handle_parser_exception()
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        """The socket is no more."""
        super().connection_lost(exc)
        self.conn.parser.close()  # it and the connection hold each other
