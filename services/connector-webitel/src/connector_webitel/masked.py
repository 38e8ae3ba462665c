"""Secrets that Webitel sends are taken off before anything can record or publish them.

The new engine's `hello` repeats the operator's token; the old engine's link to a recording has a key and a token of
whoever asked for it.
"""

import re
from collections.abc import Callable
from typing import Final

from cti_connector.transport import Open, Transport

Mask = Callable[[bytes], bytes]
"""What a read of a WebSocket, which is a whole message, is without its secrets."""
_HELLO: Final = re.compile(rb'"event"\s*:\s*"hello"')
_TOKEN: Final = re.compile(rb'("token"\s*:\s*)"(?:[^"\\]|\\.)*"')
_LINK: Final = re.compile(rb"((?:x_key|access_token)(?:=|%3[Dd]))[^\"&\\\s]*")


def of_hello(data: bytes) -> bytes:
    """The new engine's greeting has no token."""
    return _TOKEN.sub(rb'\1"***"', data) if _HELLO.search(data) else data


def of_links(data: bytes) -> bytes:
    """The old engine's links have neither key nor token."""
    return _LINK.sub(rb"\1***", data)


def masked(opening: Open, mask: Mask) -> Open:
    """The same connections, over which no secret comes."""

    async def open_it() -> Transport:
        return _Masked(await opening(), mask)

    return open_it


class _Masked:
    """A transport; what it reads has no secret."""

    def __init__(self, transport: Transport, mask: Mask) -> None:
        self._transport = transport
        self._mask = mask

    @property
    def where(self) -> str:
        return self._transport.where

    async def read(self) -> bytes:
        return self._mask(await self._transport.read())

    def write(self, data: bytes) -> None:
        self._transport.write(data)

    async def drain(self) -> None:
        await self._transport.drain()

    async def close(self) -> None:
        await self._transport.close()
