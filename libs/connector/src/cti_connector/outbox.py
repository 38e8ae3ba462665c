"""What waits to be published: in memory, then on disk, in order; while NATS is away the PBX is read on.

OutboxFull   memory and disk are used up: what was told is lost, so its teller must begin anew from what is stored
"""

import asyncio
import os
import tempfile
from collections import deque
from pathlib import Path

import msgspec

_LENGTH_BYTES = 4


class OutboxFull(Exception):
    """No more fits in. The text says the bound."""


class Outgoing(msgspec.Struct, frozen=True, array_like=True):
    """A message to be published.

    `fence` and `begins`: see `cti_bus.Publisher.publish`; `ends`: the fence's last one. `index_key`: the call's key in
    `cti_live_calls`, where the message begins or ends a call.
    """

    subject: str
    body: bytes
    headers: dict[str, str] = {}
    message_id: str = ""
    fence: str = ""
    begins: bool = False
    ends: bool = False
    index_key: str = ""


class Outbox:
    """First in, first out. `put` never waits; `take` does.

    Up to `memory` messages wait in memory; later ones go to a file below `folder` until those are taken, at most
    `disk_bytes` of it. Without a folder memory is all. The file is for bridging an outage: it does not outlive the
    process, whose successor compares with the PBX in its stead.
    """

    def __init__(self, *, memory: int = 10_000, folder: Path | None = None, disk_bytes: int = 1 << 30) -> None:
        self._memory = memory
        self._waiting: deque[Outgoing] = deque()
        self._overflow = _Overflow(folder, disk_bytes) if folder is not None else None
        self._arrived = asyncio.Event()
        self._empty = asyncio.Event()
        self._empty.set()

    def __len__(self) -> int:
        return len(self._waiting) + (self._overflow.count if self._overflow is not None else 0)

    @property
    def on_disk(self) -> int:
        """How many of them wait on disk."""
        return self._overflow.count if self._overflow is not None else 0

    def put(self, message: Outgoing, *, urgent: bool = False) -> None:
        """Add a message; raises `OutboxFull`. An `urgent` one (rare: the link itself) may exceed the bound."""
        if not self.on_disk and (len(self._waiting) < self._memory or (urgent and self._overflow is None)):
            self._waiting.append(message)
        elif self._overflow is not None:
            self._overflow.append(message, urgent)
        else:
            raise OutboxFull(f"{self._memory} messages wait, and no folder is set for more")
        self._empty.clear()
        self._arrived.set()

    async def take(self) -> Outgoing:
        """The oldest message; waits for one. Asking for the next one says that the last was passed on."""
        while not self._waiting:
            if self._overflow is not None and self._overflow.count:
                self._waiting.extend(self._overflow.read(self._memory))
                continue
            self._empty.set()
            self._arrived.clear()
            await self._arrived.wait()
        return self._waiting.popleft()

    async def until_empty(self) -> None:
        """Wait until everything has been taken and passed on."""
        await self._empty.wait()

    def discard(self) -> int:
        """Throw away what waits; how many that were."""
        count = len(self)
        self._waiting.clear()
        if self._overflow is not None:
            self._overflow.clear()
        self._empty.set()
        return count

    def close(self) -> None:
        """Remove the file."""
        if self._overflow is not None:
            self._overflow.close()


class _Overflow:
    """A file of length-prefixed messages, read from the front and begun anew when all is read.

    It has no name: two processes may share the folder, and nothing is left behind by one that is killed.
    """

    def __init__(self, folder: Path, most_bytes: int) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._most = most_bytes
        self._file = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115 - lives as long as this
        self._read_at = self._end = 0
        self.count = 0
        self._encode = msgspec.msgpack.Encoder().encode
        self._decode = msgspec.msgpack.Decoder(Outgoing).decode

    def append(self, message: Outgoing, urgent: bool) -> None:
        body = self._encode(message)
        record = len(body).to_bytes(_LENGTH_BYTES, "big") + body
        if not urgent and self._end + len(record) > self._most:
            raise OutboxFull(f"{self._most} bytes in {self._folder} are used")
        try:
            written = os.pwrite(self._file.fileno(), record, self._end)
        except OSError as error:
            raise OutboxFull(f"{self._folder}: {error}") from error
        if written < len(record):  # the next one writes over the half of this
            raise OutboxFull(f"{self._folder}: no space left")
        self._end += len(record)
        self.count += 1

    def read(self, most: int) -> list[Outgoing]:
        """The next messages, at most so many."""
        found: list[Outgoing] = []
        while self.count and len(found) < most:
            length = int.from_bytes(self._take(_LENGTH_BYTES), "big")
            found.append(self._decode(self._take(length)))
            self.count -= 1
        if not self.count:
            self.clear()
        return found

    def _take(self, length: int) -> bytes:
        data = os.pread(self._file.fileno(), length, self._read_at)
        self._read_at += length
        return data

    def clear(self) -> None:
        os.ftruncate(self._file.fileno(), 0)
        self._read_at = self._end = self.count = 0

    def close(self) -> None:
        self._file.close()
