"""nats-py's client, but no cancellation is lost in it, a flush waits for what was sent before it, headers are read when
somebody asks for one, and messages can be heard at once.

Python 3.11's `asyncio.wait_for`, which nats-py asks with, returns the answer when it comes in the same moment as a
cancellation, and the cancellation is gone: a task that was told to end goes on for ever, and with it the process.

nats-py's `flush` writes its ping past what still waits to be written: the answer says nothing of a subscription or a
message that was given to the client just before.

nats-py looks at each character of each header's name as soon as a message comes, for which a reader of a stream spends
half of its time. Names are few and come again and again, and most readers never ask for one. A queue and a task stand
between its connection and each callback, which cost a reader half of what is left.
"""

import asyncio
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

from nats.aio import client
from nats.aio.msg import Msg
from nats.aio.subscription import Subscription

_VERSION = b"NATS/1.0\r\n"  # with a status behind the version there is no line end


class Headers(Mapping[str, str]):
    """A message's headers, read from the bytes that came when the first of them is asked for."""

    __slots__ = ("_found", "_raw")

    def __init__(self, raw: bytes) -> None:
        self._raw = raw
        self._found: dict[str, str] | None = None

    def __contains__(self, name: object) -> bool:
        if self._found is None and isinstance(name, str) and name.encode() not in self._raw:
            return False  # asked of each message of a stream: not worth reading them all
        return name in self._read()

    def __getitem__(self, name: str) -> str:
        return self._read()[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._read())

    def __len__(self) -> int:
        return len(self._read())

    def __repr__(self) -> str:
        return repr(self._read())

    def _read(self) -> dict[str, str]:
        if self._found is None:
            self._found = Client._parse_header_lines(self._raw)
        return self._found


Hear = Callable[[str, str, Mapping[str, str], bytes], None]
"""Hears a message's subject, where to reply, its headers and its body. It must not wait for anything."""
_NONE: Mapping[str, str] = {}


class Client(client.Client):
    """Requests, those of JetStream too, and attempts to connect end with `CancelledError` when their task was cancelled
    meanwhile.
    """

    def __init__(self) -> None:
        super().__init__()
        self._hearing: dict[int, Hear] = {}

    async def listen(self, subject: str, hear: Hear) -> Subscription:
        """Subscribe; `hear` is called as the connection reads each message, in order. End it with `silence`.

        There is no queue that could overflow: for who bounds by pulling what can come. What it raises is told as an
        error of the connection, as for nats-py's callbacks.
        """
        subscription = await self.subscribe(subject, cb=_unheard)
        self._hearing[subscription._id] = hear
        return subscription

    async def silence(self, subscription: Subscription) -> None:
        """End what `listen` began."""
        self._hearing.pop(subscription._id, None)
        await subscription.unsubscribe()

    async def _process_msg(self, sid: int, subject: bytes, reply: bytes, data: bytes, headers: bytes) -> None:
        """nats-py's connection calls it with each message."""
        hear = self._hearing.get(sid)
        if hear is None:
            await super()._process_msg(sid, subject, reply, data, headers)
            return
        self.stats["in_msgs"] += 1
        self.stats["in_bytes"] += len(data)
        found = await self._process_headers(headers)
        try:
            hear(subject.decode(), reply.decode(), _NONE if found is None else found, data)
        except Exception as error:  # the connection must go on
            await self._error_cb(error)

    async def request(
        self,
        subject: str,
        payload: bytes = b"",
        timeout: float = 0.5,  # noqa: ASYNC109 - nats-py's own signature
        old_style: bool = False,
        headers: dict[str, Any] | None = None,
    ) -> Msg:
        """See nats-py."""
        with _heeding_cancellation():
            return await super().request(subject, payload, timeout, old_style, headers)

    async def flush(self, timeout: int = 10) -> None:  # noqa: ASYNC109 - the same
        """Return when the server has read all that was sent before. Raises as nats-py's."""
        with _heeding_cancellation():
            await self._flush_pending(force_flush=True)
            await super().flush(timeout)

    async def _connect_to_server(self, s: client.Srv) -> None:
        """A step of nats-py's attempts to connect, which go on for ever."""
        with _heeding_cancellation():
            await super()._connect_to_server(s)

    async def _process_connect_init(self) -> None:
        """The next step of them."""
        with _heeding_cancellation():
            await super()._process_connect_init()

    async def _process_headers(self, headers: bytes) -> Mapping[str, str] | None:  # type: ignore[override]  # only read
        """What nats-py's gives for the same bytes (it calls this one), later; a test compares the two."""
        if not headers or not headers.startswith(_VERSION):
            return await super()._process_headers(headers)  # a status, or none
        return Headers(headers[len(_VERSION) :]) if len(headers) > len(_VERSION) + len(b"\r\n") else None

    @staticmethod
    def _parse_header_lines(raw: bytes) -> dict[str, str]:
        """What nats-py's gives for the same bytes (it calls this one); a test compares the two."""
        found: dict[str, str] = {}
        for line in raw.split(b"\r\n"):
            name, colon, value = line.partition(b":")
            if colon and (key := _header_name(name)) is not None:
                found[key] = value.strip().decode("utf-8", "replace")
        return found


async def _unheard(message: Msg) -> None:
    """A message that came between `listen`'s two steps, or between those of `silence`: nobody waits for it."""


@lru_cache(maxsize=512)
def _header_name(raw: bytes) -> str | None:
    """A header's name; None for one that is none: not ASCII, or with a space in it."""
    try:
        name = raw.strip().decode("ascii")
    except UnicodeDecodeError:
        return None
    return None if any(each.isspace() for each in name) else name


@contextmanager
def _heeding_cancellation() -> Iterator[None]:
    """Raise `CancelledError` at the end when the task was cancelled within, whatever came out of it.

    Earlier cancellations don't count: a task that cleans up after one may still ask.
    """
    task = asyncio.current_task()
    before = task.cancelling() if task is not None else 0
    try:
        yield
    finally:
        if task is not None and task.cancelling() > before:
            raise asyncio.CancelledError
