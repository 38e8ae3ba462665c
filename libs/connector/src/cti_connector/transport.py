"""What a link runs over: a byte stream or a WebSocket, each with TLS or without.

Over a WebSocket a message is a line: each message that comes reads as its bytes with one newline at the end, and each
line that is written goes out as one text message. So sessions, recordings and replays know only bytes.
"""

import asyncio
import base64
import contextlib
import ssl
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus, WebSocketException
from websockets.typing import Subprotocol

from cti_connector.session import LinkLost, LinkRefused, Refusal

_READ_BYTES = 256 * 1024
_CLOSE_S = 1.0  # for the other side's goodbye; the socket is given up either way
_NEWLINES = bytes.maketrans(b"\r\n", b"  ")


class Transport(Protocol):
    """One connection, open. `where`: what it leads to, for logs; holds no secret."""

    @property
    def where(self) -> str:
        """What it leads to."""
        ...

    async def read(self) -> bytes:
        """The next bytes; empty at the end. Loses none when it is cancelled. Raises `OSError` or `LinkLost`."""
        ...

    def write(self, data: bytes) -> None:
        """Send whole lines, without waiting."""
        ...

    async def drain(self) -> None:
        """Wait until what was written is with the operating system. Raises `OSError`."""
        ...

    async def close(self) -> None:
        """Give it up, in a second or so."""
        ...


Open = Callable[[], Awaitable[Transport]]
"""Opens a connection, in a bounded time; raises `OSError`, `TimeoutError` or `LinkLost` (`LinkRefused`)."""


def trust(ca_file: Path | None = None) -> ssl.SSLContext:
    """TLS that checks the other side's certificate and name: by these authorities, else by the system's.

    Raises `OSError` when the file cannot be read or holds no certificate.
    """
    return ssl.create_default_context(cafile=ca_file)


def tcp(host: str, port: int, *, tls: ssl.SSLContext | None = None, connect_s: float = 5.0) -> Open:
    """A byte stream over TCP, with TLS where `tls` is given. `connect_s`: seconds until it is open."""

    async def open_it() -> Transport:
        async with asyncio.timeout(connect_s):
            reader, writer = await asyncio.open_connection(host, port, limit=_READ_BYTES, ssl=tls)
        return _Stream(f"{host}:{port}", reader, writer)

    return open_it


def websocket(
    url: str,
    *,
    subprotocol: str | None = None,
    tls: ssl.SSLContext | None = None,
    connect_s: float = 5.0,
    max_message_bytes: int = 16 << 20,
    basic: tuple[str, str] | None = None,
) -> Open:
    """A WebSocket at a `ws:` or `wss:` address; a `wss:` one without `tls` trusts as the system does.

    `subprotocol` is offered; whether the other side picks it is left to it. A message of more than `max_message_bytes`
    ends the connection. Questions whether the other side still lives are the link's, in the PBX's own words.
    `basic`: name and secret for HTTP Basic; when these are refused, opening raises `LinkRefused`.
    """
    parts = urlsplit(url)
    where = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"
    secure = (tls or trust()) if parts.scheme == "wss" else None

    async def open_it() -> Transport:
        try:
            connection = await connect(
                url,
                subprotocols=[Subprotocol(subprotocol)] if subprotocol else None,
                compression=None,  # one of many on a local network: memory is dearer than bytes
                proxy=None,  # as TCP: a PBX is reached as its address says
                open_timeout=connect_s,
                close_timeout=_CLOSE_S,
                ping_interval=None,
                max_size=max_message_bytes,
                ssl=secure,
                additional_headers=_authorization(basic),
            )
        except InvalidStatus as error:
            if basic is not None and error.response.status_code in (401, 403):
                text = f"{where} refuses name or secret: {error}"
                raise LinkRefused(text, Refusal.WRONG_PASSWORD) from error
            raise LinkLost(f"no WebSocket at {where}: {error}") from error
        except WebSocketException as error:
            raise LinkLost(f"no WebSocket at {where}: {error}") from error
        return _Messages(where, connection)

    return open_it


def _authorization(basic: tuple[str, str] | None) -> dict[str, str]:
    if basic is None:
        return {}
    return {"Authorization": f"Basic {base64.b64encode(':'.join(basic).encode()).decode()}"}


class _Stream:
    """A byte stream."""

    def __init__(self, where: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.where = where
        self._reader = reader
        self._writer = writer

    async def read(self) -> bytes:
        return await self._reader.read(_READ_BYTES)

    def write(self, data: bytes) -> None:
        self._writer.write(data)

    async def drain(self) -> None:
        await self._writer.drain()

    async def close(self) -> None:
        self._writer.close()
        with contextlib.suppress(OSError, TimeoutError):  # the socket is given up either way
            async with asyncio.timeout(_CLOSE_S):
                await self._writer.wait_closed()


class _Messages:
    """A WebSocket as lines."""

    def __init__(self, where: str, connection: ClientConnection) -> None:
        self.where = where
        self._connection = connection
        self._lines: asyncio.Queue[str] = asyncio.Queue()
        self._sending = asyncio.create_task(self._send())

    async def read(self) -> bytes:
        try:
            message = await self._connection.recv(decode=False)
        except ConnectionClosed as error:
            if error.rcvd is None or not error.rcvd.reason:
                return b""
            raise LinkLost(f"the PBX closed the connection: {error.rcvd.code} {error.rcvd.reason}") from error
        return bytes(message).translate(_NEWLINES) + b"\n"

    def write(self, data: bytes) -> None:
        for line in data.split(b"\n"):
            if line.strip():
                self._lines.put_nowait(line.decode())

    async def drain(self) -> None:
        await self._lines.join()

    async def close(self) -> None:
        self._sending.cancel()
        await asyncio.gather(self._sending, return_exceptions=True)
        await self._connection.close()

    async def _send(self) -> None:
        while True:
            line = await self._lines.get()
            with contextlib.suppress(ConnectionClosed):  # `read` tells it
                await self._connection.send(line)
            self._lines.task_done()
