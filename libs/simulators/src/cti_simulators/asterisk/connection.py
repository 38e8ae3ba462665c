"""One manager session's socket."""

import asyncio
from collections.abc import Callable
from typing import Final, Generic, TypeVar

from cti_simulators.asterisk.session import Session

SessionT = TypeVar("SessionT", bound=Session)
_MAX_UNSENT_BYTES: Final = 8 * 2**20
"""A client that lets more than this pile up is cut, as Asterisk cuts one that does not read."""


class Connection(asyncio.Protocol, Generic[SessionT]):
    """`changed` is called when it opens, logs in, closes. While `frozen`, nothing is read or written."""

    def __init__(self, conversation: SessionT, changed: Callable[["Connection[SessionT]"], None]) -> None:
        self.conversation = conversation
        self.frozen = False
        self.open = False
        self._changed = changed
        self._lost = False
        self._transport: asyncio.Transport | None = None
        self._flushed = asyncio.Event()
        self._flushed.set()

    @property
    def let_in(self) -> bool:
        """Whether events go to it."""
        return self.open and self.conversation.let_in

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Greet."""
        assert isinstance(transport, asyncio.Transport)
        transport.set_write_buffer_limits(high=0)  # so that `flushed` means the last byte
        self._transport, self.open = transport, True
        if self.frozen:
            transport.pause_reading()
        self._changed(self)
        self.write(self.conversation.greeting())

    def data_received(self, data: bytes) -> None:
        """Answer."""
        self.write(self.conversation.feed(data))
        if self.conversation.over and self._transport is not None:
            self._transport.close()
        self._changed(self)

    def connection_lost(self, exc: Exception | None) -> None:
        """The client is gone."""
        self.open = False
        self._flushed.set()
        self._changed(self)

    def pause_writing(self) -> None:
        """Bytes wait for the client to read."""
        self._flushed.clear()

    def resume_writing(self) -> None:
        """None wait any more."""
        self._flushed.set()

    async def flushed(self) -> None:
        """Wait until all bytes are with the kernel, or the connection is gone."""
        await self._flushed.wait()

    def write(self, data: bytes) -> None:
        """Send; while frozen the bytes are lost."""
        if self._transport is None or not self.open or not data:
            return
        if self.frozen:
            self._lost = True
        elif self._transport.get_write_buffer_size() > _MAX_UNSENT_BYTES:
            self._transport.abort()
        else:
            self._transport.write(data)

    def freeze(self) -> None:
        """Stop reading and writing with the socket open: a half-open link."""
        self.frozen = True
        if self._transport is not None and not self._transport.is_closing():
            self._transport.pause_reading()

    def thaw(self) -> None:
        """Go on; a stream that lost bytes meanwhile is cut, as TCP never goes on behind a hole."""
        self.frozen = False
        if self._transport is None or self._transport.is_closing():
            return
        if self._lost:
            self._transport.abort()
        else:
            self._transport.resume_reading()

    def deafen(self, *, deaf: bool) -> None:
        """Read no more of what the client sends, or read again."""
        if self._transport is not None and not self._transport.is_closing():
            self._transport.pause_reading() if deaf else self._transport.resume_reading()

    def close(self) -> None:
        """Close it when all has been sent."""
        if self._transport is not None:
            self._transport.close()

    def drop(self) -> None:
        """Cut it without a word."""
        if self._transport is not None:
            self._transport.abort()
