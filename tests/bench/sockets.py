"""Many WebSocket clients in one process, as cheap as they can be: what is measured is the server."""

import asyncio
import base64
import os
import struct
import time
import zlib
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

_OFFER = "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n"
_AT_ONCE = 100
DEADLINE_S = 120.0
T = TypeVar("T")


class Sock(asyncio.Protocol):
    """One client. `heard` gets each text message with the instant at which its bytes came. Sends are not compressed."""

    __slots__ = ("_buffer", "_context", "_head", "_inflate", "_opened", "closed", "first", "heard", "transport")

    def __init__(
        self, path: str, heard: Callable[[bytes, float], None] | None = None, *, compress: bool = True
    ) -> None:
        self._buffer = b""
        self._head = (
            f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Key: {base64.b64encode(os.urandom(16)).decode()}\r\nSec-WebSocket-Version: 13\r\n"
            f"{_OFFER if compress else ''}\r\n"
        )
        loop = asyncio.get_running_loop()
        self._opened: asyncio.Future[None] = loop.create_future()
        self.first: asyncio.Future[bytes] = loop.create_future()
        self.closed: asyncio.Future[None] = loop.create_future()
        self.heard = heard
        self._inflate = None
        self._context = False
        self.transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        transport.write(self._head.encode())

    def connection_lost(self, exc: Exception | None) -> None:
        for future in (self._opened, self.first):
            if not future.done():
                future.set_exception(ConnectionError("the server closed"))
                future.exception()  # nobody need ask
        self.closed.set_result(None)

    def data_received(self, data: bytes) -> None:
        now = time.time()
        self._buffer += data
        if not self._opened.done():
            head, separator, rest = self._buffer.partition(b"\r\n\r\n")
            if not separator:
                return
            assert head.startswith(b"HTTP/1.1 101"), head
            self._context = b"server_no_context_takeover" not in head
            self._buffer = rest
            self._opened.set_result(None)
        while (message := self._message()) is not None:
            self._take(message, now)

    def _take(self, message: tuple[int, bytes], now: float) -> None:
        first_byte, payload = message
        if first_byte & 0x0F == 8:
            if self.transport is not None:
                self.transport.close()
            return
        if first_byte & 0x40:
            payload = self._inflated(payload)
        if payload.startswith(b'{"type":"ping"'):
            self.send(b'{"type":"pong"}')
            return
        if not self.first.done():
            self.first.set_result(payload)
        if self.heard is not None:
            self.heard(payload, now)

    def _inflated(self, payload: bytes) -> bytes:
        if self._inflate is None or not self._context:
            self._inflate = zlib.decompressobj(-15)
        return self._inflate.decompress(payload + b"\x00\x00\xff\xff")

    def _message(self) -> tuple[int, bytes] | None:
        """The next frame, if all of it is there; servers here do not fragment."""
        data = self._buffer
        if len(data) < 2:
            return None
        size, at = data[1] & 0x7F, 2
        if size == 126:
            size, at = (struct.unpack_from("!H", data, 2)[0], 4) if len(data) >= 4 else (1 << 60, 4)
        elif size == 127:
            size, at = (struct.unpack_from("!Q", data, 2)[0], 10) if len(data) >= 10 else (1 << 60, 10)
        if len(data) < at + size:
            return None
        self._buffer = data[at + size :]
        return data[0], data[at : at + size]

    async def opened(self, port: int) -> None:
        """Connect and shake hands."""
        await asyncio.get_running_loop().create_connection(lambda: self, "127.0.0.1", port)
        await self._opened

    def send(self, text: bytes) -> None:
        """Send a text message."""
        size = len(text)
        head = struct.pack("!BB", 0x81, 0x80 | size) if size < 126 else struct.pack("!BBH", 0x81, 0xFE, size)
        assert self.transport is not None
        self.transport.write(head + b"\0\0\0\0" + text)  # a mask of zeros changes nothing

    def cut(self) -> None:
        """As when the network goes away."""
        if self.transport is not None:
            self.transport.abort()


async def at_once(work: Sequence[Callable[[], Awaitable[T]]], most: int = _AT_ONCE) -> list[T]:
    """Do all of it, so many at a time."""
    turns = asyncio.Semaphore(most)

    async def one(each: Callable[[], Awaitable[T]]) -> T:
        async with turns:
            return await each()

    async with asyncio.timeout(DEADLINE_S * 4):
        return await asyncio.gather(*(one(each) for each in work))
