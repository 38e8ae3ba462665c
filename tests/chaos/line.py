"""A TCP line that can be cut and that can go dead."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class Line:
    """Passes bytes on between who connects to `port` and a server on the loopback."""

    def __init__(self, server_port: int) -> None:
        self._server_port = server_port
        self._sides: set[asyncio.StreamWriter] = set()
        self._passes = asyncio.Event()
        self._passes.set()
        self._refuses = False
        self.tried = 0
        self.port = 0

    def cut(self) -> None:
        """End all connections, and each new one at once."""
        self._refuses = True
        for side in self._sides:
            side.transport.abort()

    def silence(self) -> None:
        """Connections are accepted and kept, and nothing passes."""
        self._passes.clear()

    def mend(self) -> None:
        """As before. What was swallowed stays lost: connections that were there meanwhile are ended."""
        for side in self._sides:
            side.transport.abort()
        self._refuses = False
        self._passes.set()

    async def accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.tried += 1
        if self._refuses:
            writer.transport.abort()
            return
        there, beyond = await asyncio.open_connection("127.0.0.1", self._server_port)
        self._sides |= {writer, beyond}
        try:
            await asyncio.gather(self._pass(reader, beyond), self._pass(there, writer))
        finally:
            for side in (writer, beyond):
                self._sides.discard(side)
                side.transport.abort()

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while data := await reader.read(65536):
                await self._passes.wait()
                writer.write(data)
                await writer.drain()
        except ConnectionError:
            return  # it was cut: the other side is, too
        finally:
            writer.transport.abort()


@asynccontextmanager
async def line_to(server_port: int) -> AsyncIterator[Line]:
    """A line to a server on the loopback."""
    line = Line(server_port)
    async with await asyncio.start_server(line.accept, "127.0.0.1", 0) as server:
        line.port = server.sockets[0].getsockname()[1]
        yield line
        line.mend()
        line.cut()
