"""A WebSocket client of the protocol."""

import asyncio
import json

import httpx
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from .conftest import DEADLINE_S, frame, token


class Client:
    """A WebSocket client of the protocol."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket
        self.frames: list[dict] = []

    async def next(self, kind: str = "update") -> dict:
        async with asyncio.timeout(DEADLINE_S):
            while True:
                got = frame(await self.socket.recv())
                self.frames.append(got)
                if got["type"] == kind:
                    return got

    async def say(self, kind: str, **fields: object) -> None:
        await self.socket.send(json.dumps({"type": kind, **fields}))

    async def closed(self) -> tuple[int, str]:
        """Read on until the server closes; its code and reason."""
        async with asyncio.timeout(DEADLINE_S):
            try:
                while True:
                    await self.socket.recv()
            except ConnectionClosed:
                return self.socket.close_code or 0, self.socket.close_reason or ""


class Dial:
    """Opens clients and closes them at the end."""

    def __init__(self, port: int) -> None:
        self.port = port

    async def raw(self, **options) -> Client:
        return Client(await connect(f"ws://127.0.0.1:{self.port}/v1/stream", **options))

    async def __call__(self, user: str = "101", cursor: dict | None = None, **options) -> tuple[Client, dict]:
        given = options.pop("claims", {})
        client = await self.raw(**options)
        hello = {"type": "hello", "token": token(user, **given), **({"cursor": cursor} if cursor else {})}
        await client.socket.send(json.dumps(hello))
        return client, await client.next("welcome")


def http(port: int) -> httpx.AsyncClient:
    """An HTTP client of the service."""
    return httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=DEADLINE_S)
