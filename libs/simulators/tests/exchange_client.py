"""The behaving Asterisk over a real socket, and a manager client of it."""

import asyncio
import contextlib
import random
from collections.abc import AsyncIterator

from cti_simulators.asterisk.exchange.plan import Manager
from cti_simulators.asterisk.exchange.server import AsteriskServer

DEADLINE_S = 60
MANAGERS = {
    "cti": Manager("s3cret"),
    "ro": Manager("s3cret", read=frozenset({"call"}), write=frozenset()),
    "agent": Manager("s3cret", read=frozenset({"agent"}), write=frozenset({"agent"})),
}
TALK = """
    trunk 79161234567 "Ivan Petrov" calls 74950000101 as c1
    101 rings; 101 answers after 100ms; wait 100ms"""


class Client:
    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer
        self.tag = 0

    async def block(self) -> str:
        return (await self.reader.readuntil(b"\r\n\r\n")).decode()

    async def until(self, what: str) -> str:
        """All blocks up to the one that has `what` in it."""
        seen = ""
        async with asyncio.timeout(DEADLINE_S):
            while True:
                block = await self.block()
                seen += block
                if what in block:
                    return seen

    def send(self, action: str, **headers: str) -> str:
        self.tag += 1
        lines = [f"Action: {action}", f"ActionID: t{self.tag}", *(f"{key}: {value}" for key, value in headers.items())]
        self.writer.write("".join(f"{line}\r\n" for line in [*lines, ""]).encode())
        return f"ActionID: t{self.tag}\r\n"

    async def ask(self, action: str, **headers: str) -> str:
        """The answer, without what came before it."""
        seen = await self.until(self.send(action, **headers))
        return seen[seen.rindex("Response: ") :] if "Response: " in seen else seen

    async def the_list(self, action: str, end: str, **headers: str) -> str:
        tag = self.send(action, **headers)
        seen = await self.until(end)
        assert tag in seen
        return seen

    async def everything(self) -> str:
        async with asyncio.timeout(DEADLINE_S):
            with contextlib.suppress(ConnectionResetError):
                return (await self.reader.read(-1)).decode()
        return ""


@contextlib.asynccontextmanager
async def serving(dialect: str = "22", **options) -> AsyncIterator[AsteriskServer]:
    server = AsteriskServer(dialect, MANAGERS, rng=random.Random(3), **options)
    await server.start()
    try:
        yield server
    finally:
        async with asyncio.timeout(DEADLINE_S):
            await server.stop()


@contextlib.asynccontextmanager
async def client(server: AsteriskServer, user: str = "cti", **headers: str) -> AsyncIterator[Client]:
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port, limit=2**22)
    connected = Client(reader, writer)
    try:
        async with asyncio.timeout(DEADLINE_S):
            await reader.readline()
        assert "Success" in await connected.ask("Login", Username=user, Secret="s3cret", **headers)
        yield connected
    finally:
        writer.close()


def channel(server: AsteriskServer, person: str) -> str:
    return server.exchange.pbx.legs(person)[-1].name
