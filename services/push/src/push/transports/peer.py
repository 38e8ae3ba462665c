"""The far end of a WebSocket, whatever protocol it speaks: what it may send, deadlines, and how it is sent away."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

import structlog
from litestar import WebSocket
from litestar.connection.base import empty_receive, empty_send
from litestar.exceptions import WebSocketDisconnect

from push.gateway.closing import Close, SessionClosed
from push.gateway.frames import MAX_FRAME_BYTES
from push.gateway.limits import Budget, Full, Places
from push.gateway.sessions import Sessions

_log = structlog.get_logger(__name__)
_SEND_DEADLINE_S: Final = 10.0
"""A client whose buffers are full takes nothing for so long before it is given up."""
_BURST_S: Final = 4.0
"""A client may say at once what its budget is for so many seconds: a page that loads has much to say."""

Socket = WebSocket[Any, Any, Any]


@dataclass(frozen=True)
class Limits:
    """What one socket may do, and how many one address may have."""

    hello_s: float
    frames_per_s: float
    bytes_per_s: float
    addresses: Places


class Peer:
    """The far end of one socket."""

    __slots__ = ("_bytes", "_frames", "_sessions", "_socket")

    def __init__(self, socket: Socket, sessions: Sessions, limits: Limits) -> None:
        now = time.monotonic()
        self._socket = socket
        self._sessions = sessions
        self._frames = Budget(limits.frames_per_s, limits.frames_per_s * _BURST_S, now)
        self._bytes = Budget(limits.bytes_per_s, max(limits.bytes_per_s * _BURST_S, MAX_FRAME_BYTES), now)

    async def receive_text(self) -> str:
        """The next frame; raises `SessionClosed` when it is too large, or one too many."""
        data = await self._socket.receive_data("text")
        now = time.monotonic()
        if len(data) > MAX_FRAME_BYTES:
            raise SessionClosed(Close.TOO_LARGE, f"a frame may have {MAX_FRAME_BYTES} bytes")
        if not (self._frames.take(now) and self._bytes.take(now, len(data))):
            self._sessions.shared.metrics.limited.add(1, {"limit": "frames"})
            raise SessionClosed(Close.FLOOD, "too many frames, or too large ones")
        return data

    async def send_text(self, text: str) -> None:
        """Send a frame; raises `SessionClosed` when the client does not take it in time."""
        try:
            async with asyncio.timeout(_SEND_DEADLINE_S):
                await self._socket.send_text(text)
        except TimeoutError as error:
            raise SessionClosed(Close.SLOW, "you read too slowly: reconnect and resume") from error

    async def close(self, error: SessionClosed) -> None:
        """Close with a code, in bounded time."""
        try:
            async with asyncio.timeout(_SEND_DEADLINE_S):
                await self._socket.close(int(error.code), error.reason)
        except (TimeoutError, RuntimeError, WebSocketDisconnect):
            _log.debug("client was gone before the close", code=int(error.code))


async def attend(
    socket: Socket,
    peer: Peer,
    sessions: Sessions,
    origins: Sequence[str],
    limits: Limits,
    serve: Callable[[], Awaitable[None]],
) -> None:
    """Serve a client of an allowed origin whose address has a place; however that ends, the socket is closed by it."""
    try:
        _check_origin(socket, origins)
        with limits.addresses.taken(socket.client.host if socket.client is not None else ""):
            await serve()
    except SessionClosed as error:
        sessions.closed(error)
        await peer.close(error)
    except Full as error:
        sessions.shared.metrics.limited.add(1, {"limit": "address_connections"})
        full = SessionClosed(Close.FULL, str(error))
        sessions.closed(full)
        await peer.close(full)
    except WebSocketDisconnect:
        _log.debug("client left")
    except Exception:
        # The web framework would close with a code that means something else here.
        _log.exception("session failed in our own code")
        await peer.close(SessionClosed(Close.UNAVAILABLE, "an error of the server: reconnect"))
    finally:
        socket.receive, socket.send = empty_receive, empty_send  # the framework's hold the socket, which holds them


def _check_origin(socket: Socket, origins: Sequence[str]) -> None:
    """A page of another site must not ride on a user's network; programs send no Origin."""
    origin = socket.headers.get("origin")
    if origin and urlsplit(origin).netloc != socket.headers.get("host") and origin not in origins:
        raise SessionClosed(Close.FORBIDDEN, "this origin may not connect")
