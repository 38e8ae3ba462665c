"""A WebSocket without a library in the way: for what no library would send."""

import asyncio
import socket
import struct
import zlib
from dataclasses import dataclass

from .conftest import DEADLINE_S

TEXT, BINARY, CONT, PING, PONG, CLOSE = 1, 2, 0, 9, 10, 8


@dataclass
class Wire:
    """An open one, shaken hands."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    @classmethod
    async def opened(cls, port: int, *, deflate: bool = False, receive_buffer: int = 0) -> "Wire":
        sock = socket.socket()
        if receive_buffer:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        sock.connect(("127.0.0.1", port))
        sock.setblocking(False)
        reader, writer = await asyncio.open_connection(sock=sock, limit=receive_buffer or 2**16)
        offer = "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n" if deflate else ""
        writer.write(
            f"GET /v1/stream HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n{offer}\r\n".encode()
        )
        head = await reader.readuntil(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 101"), head
        return cls(reader, writer)

    def frame(self, opcode: int, data: bytes = b"", *, fin: bool = True, rsv1: bool = False, mask: bool = True) -> None:
        """Write a frame. A mask of zeros changes nothing."""
        size = len(data)
        short = size if size < 126 else 126 if size < 65_536 else 127
        head = struct.pack("!BB", fin << 7 | rsv1 << 6 | opcode, mask << 7 | short)
        head += struct.pack("!H", size) if short == 126 else struct.pack("!Q", size) if short == 127 else b""
        self.writer.write(head + (bytes(4) if mask else b"") + data)

    async def read(self) -> tuple[int, bytes]:
        """The next frame of the server."""
        async with asyncio.timeout(DEADLINE_S):
            first, second = await self.reader.readexactly(2)
            size = second & 127
            if size == 126:
                (size,) = struct.unpack("!H", await self.reader.readexactly(2))
            elif size == 127:
                (size,) = struct.unpack("!Q", await self.reader.readexactly(8))
            return first & 15, await self.reader.readexactly(size)

    async def closed(self) -> int:
        """Read until the server closes; its code."""
        while True:
            opcode, data = await self.read()
            if opcode == CLOSE:
                return int(struct.unpack("!H", data[:2])[0])


def deflated(data: bytes) -> bytes:
    """As permessage-deflate sends it, in a window of 4 KiB."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -12)
    return (packer.compress(data) + packer.flush(zlib.Z_SYNC_FLUSH))[:-4]
