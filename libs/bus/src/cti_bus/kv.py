"""Key-value buckets."""

import asyncio
import logging
from collections.abc import AsyncGenerator, AsyncIterator
from dataclasses import dataclass
from typing import NamedTuple

import nats.errors
from nats.js import errors as js_errors

from cti_bus import direct
from cti_bus.connection import Bus
from cti_bus.errors import BusClosed, KeyConflict, NoAnswer, PositionLost
from cti_bus.lives import life_and_end
from cti_bus.message import Received
from cti_bus.read import Reader

_log = logging.getLogger("cti_bus.kv")

_OPERATION = "KV-Operation"
_MARKER = "Nats-Marker-Reason"
_WRONG_LAST_SEQUENCE = (10071, 10164)
_MARKER_TTL_S = 60  # those who watch have seen the marker by then
_WATCH_PAUSE_S = 0.5  # between attempts to read a bucket that is not there, or whose server is away


@dataclass(frozen=True, slots=True)
class Entry:
    """A key's newest value. `revision` grows with every change in the bucket and never repeats."""

    key: str
    value: bytes
    revision: int


class Seen(NamedTuple):
    """What a watch saw: all values that there are (`whole`: keys that are not among them are gone), or changes since.

    None: the key was removed.
    """

    whole: bool
    values: dict[str, bytes | None]


class KeyMessage(NamedTuple):
    """A change of a key as a message for a `Publisher`: many on their way, stored for sure."""

    subject: str
    headers: dict[str, str]
    body: bytes


def key_set(bucket: str, key: str, value: bytes) -> KeyMessage:
    """The message that sets a key, whatever was there."""
    return KeyMessage(f"$KV.{bucket}.{key}", {}, value)


class Bucket:
    """A key-value bucket, by its name without `KV_`. Keys are tokens separated by dots.

    Every method raises `NoAnswer` when the server is away; a write may then have happened or not.
    """

    def __init__(self, bus: Bus, name: str) -> None:
        self._bus = bus
        self.name = name
        self._stream = f"KV_{name}"
        self._prefix = f"$KV.{name}."

    async def get(self, key: str) -> Entry | None:
        """The key's value as its leader knows it; None when it was never there, was deleted, or expired."""
        found = await direct.newest_at_leader(self._bus, self._stream, self._prefix + key)
        return self._entry(found) if found is not None else None

    async def put(self, key: str, value: bytes, *, ttl_s: int | None = None) -> int:
        """Set, whatever was there; returns the revision."""
        return await self._write(key, value, None, ttl_s)

    async def create(self, key: str, value: bytes, *, ttl_s: int | None = None) -> int:
        """Set only if there is no value; returns the revision, raises `KeyConflict` if there is one."""
        found = await direct.newest_at_leader(self._bus, self._stream, self._prefix + key)
        if found is not None and self._entry(found) is not None:
            raise KeyConflict(f"{self.name}: {key} exists at revision {found.stream_seq}")
        return await self._write(key, value, found.stream_seq if found else 0, ttl_s)

    async def update(self, key: str, value: bytes, revision: int, *, ttl_s: int | None = None) -> int:
        """Set only if the key is still at `revision`; returns the new one, raises `KeyConflict`."""
        return await self._write(key, value, revision, ttl_s)

    async def delete(self, key: str, revision: int | None = None) -> None:
        """Remove the key (only if still at `revision`, when given). Removing what is not there is no error."""
        await self._write(key, b"", revision, None, {_OPERATION: "DEL"})

    async def forget(self, key: str) -> None:
        """Remove the key; the marker that tells those who watch goes by itself. Only for buckets with `ttl`.

        After a power cut of the server the key may be there again: it remembers that the marker went, and not that the
        value before it did (seen: nats-server 2.15.1, beside a key that stays). So its value needs a `ttl_s`, too.
        """
        headers = {_OPERATION: "PURGE", "Nats-Rollup": "sub"}
        await self._write(key, b"", None, _MARKER_TTL_S, headers)

    async def erase(self, key: str) -> None:
        """Remove the key for good and leave no trace: who watches is not told. One that is not there is no error."""
        await direct.purge(self._bus, self._stream, self._prefix + key)

    async def entries(self, keys: str = ">") -> AsyncIterator[Entry]:
        """All present entries whose key matches (wildcards allowed), in order of their revisions."""
        async for found in direct.newest_of_each(self._bus, self._stream, self._prefix + keys):
            entry = self._entry(found)
            if entry is not None:
                yield entry

    async def watch(self, keys: str = ">") -> AsyncGenerator[Seen, None]:
        """All values whose key matches, then every change of them, in order, for ever.

        While the server or the bucket is away it waits. After a reconnection it goes on where it was; a bucket that was
        made anew is told as a whole again. Raises `BusClosed`. Close it when it is left (`contextlib.aclosing`).
        """
        while True:
            try:
                life, end = await life_and_end(self._bus, self._stream)
                present = [entry async for entry in self.entries(keys)]
            except NoAnswer as error:
                _log.debug("watching %s: %s", self.name, error)
                await self._bus.wait_connected()
                await asyncio.sleep(_WATCH_PAUSE_S)
                continue
            yield Seen(True, {entry.key: entry.value for entry in present})
            end = max([end, *(entry.revision for entry in present)])  # what was stored while we read is among them
            try:
                async with Reader(self._bus, self._stream, [self._prefix + keys], end, life=life) as reader:
                    async for batch in reader:
                        yield Seen(False, {self._key(each): self._value(each) for each in batch})
            except PositionLost as error:
                _log.warning("%s is another bucket than before: %s", self.name, error)

    def _key(self, found: Received) -> str:
        return found.subject[len(self._prefix) :]

    def _value(self, found: Received) -> bytes | None:
        entry = self._entry(found)
        return entry.value if entry is not None else None

    def _entry(self, found: Received) -> Entry | None:
        if found.headers.get(_OPERATION) in ("DEL", "PURGE") or _MARKER in found.headers:
            return None
        return Entry(self._key(found), found.body, found.stream_seq)

    async def _write(
        self, key: str, value: bytes, revision: int | None, ttl_s: int | None, extra: dict[str, str] | None = None
    ) -> int:
        headers = dict(extra or {})
        if revision is not None:
            headers["Nats-Expected-Last-Subject-Sequence"] = str(revision)
        if ttl_s is not None:
            headers["Nats-TTL"] = f"{ttl_s}s"
        if not self._bus.is_connected and not self._bus.closed.is_set():
            raise NoAnswer(f"{self.name}: {key}: not connected")
        try:
            ack = await self._bus.js.publish(self._prefix + key, value, headers=headers)
        except js_errors.APIError as error:
            if error.err_code in _WRONG_LAST_SEQUENCE:
                raise KeyConflict(f"{self.name}: {key} is not at revision {revision}: {error.description}") from error
            raise NoAnswer(f"{self.name}: {key}: {error}") from error
        except nats.errors.ConnectionClosedError as error:
            raise BusClosed(f"connection {self._bus.name} is closed") from error
        except (nats.errors.Error, TimeoutError) as error:
            raise NoAnswer(f"{self.name}: {key}: {error}") from error
        return int(ack.seq)
