"""A user's WebSocket, as the browser of an operator has it."""

import asyncio
import time
from datetime import datetime

import msgspec
from websockets.asyncio.client import ClientConnection

DEADLINE_S = 60.0


class Event(msgspec.Struct):
    """What happened."""

    name: str


class Frame(msgspec.Struct):
    """What a bench needs of a server's frame."""

    type: str
    replay: bool = False
    occurred_at: datetime | None = None
    events: tuple[Event, ...] = ()


_decode = msgspec.json.Decoder(Frame).decode


class Browser:
    """One user's WebSocket: what came, and when."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket
        self.updates: list[tuple[float, Frame]] = []

    async def sign_in(self, token: str) -> None:
        """Say hello and take the welcome."""
        await self._socket.send(msgspec.json.encode({"type": "hello", "token": token}).decode())
        async with asyncio.timeout(DEADLINE_S):
            await self._socket.recv()

    async def read(self) -> None:
        """Until cancelled; raises when the server closes."""
        while True:
            data = await self._socket.recv()
            at = time.time()
            frame = _decode(data)
            if frame.type == "ping":
                await self._socket.send('{"type": "pong"}')
            elif frame.type == "update":
                self.updates.append((at, frame))
