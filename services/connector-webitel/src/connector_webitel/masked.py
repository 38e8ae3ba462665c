"""The new engine's `hello` repeats the operator's token. It is taken off before anything can record or publish it."""

import re
from typing import Final

from cti_connector.transport import Open, Transport

_HELLO: Final = re.compile(rb'"event"\s*:\s*"hello"')
_TOKEN: Final = re.compile(rb'("token"\s*:\s*)"(?:[^"\\]|\\.)*"')


def masked(opening: Open) -> Open:
    """The same connections, over which no token comes. A read of a WebSocket is a whole message."""

    async def open_it() -> Transport:
        return _Masked(await opening())

    return open_it


class _Masked:
    """A transport; what it reads has no token."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    @property
    def where(self) -> str:
        return self._transport.where

    async def read(self) -> bytes:
        data = await self._transport.read()
        return _TOKEN.sub(rb'\1"***"', data) if _HELLO.search(data) else data

    def write(self, data: bytes) -> None:
        self._transport.write(data)

    async def drain(self) -> None:
        await self._transport.drain()

    async def close(self) -> None:
        await self._transport.close()
