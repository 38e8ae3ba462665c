"""Bytes in any portions to frames. No I/O, no clock."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from connector_asterisk.wire.frames import OLD_OUTPUT, OUTPUT_END, Broken, Frame, parse

MAX_FRAME_BYTES: Final = 256 * 1024
"""A block above this is refused. Events have less than 4 KiB; the largest that Asterisk sends are `Command` outputs
of some tens of KiB, and a list of all channels of a busy server may have a few hundred lines."""

_END: Final = b"\r\n\r\n"
_EVENT: Final = b"Event: "
_NAMED: Final = re.compile(rb"^event: ?([^\r\n]+)", re.IGNORECASE | re.MULTILINE)
_FRAME_BEGINS: Final = re.compile(rb"\r\n\r\n(?=Event: |Response: )")
_BEGINNING: Final = len(b"Response: ")  # so many bytes behind an empty line show whether a frame begins there
_TAIL_BYTES: Final = 64  # holds every pattern above that may be cut by the end of a portion
_CUT: Final = b"?"  # stands for what was dropped, so that what it parted does not look like one pattern
_MAX_NAMES: Final = 512  # Asterisk 22 has about 180 events; whoever sends more names than this sends garbage
_MAX_NAME_BYTES: Final = 64
_OTHER: Final = b"(other)"


@dataclass
class Counts:
    """What the decoder saw: handed out, unwanted, and refused (`malformed`, `oversize`)."""

    used: int = 0
    skipped: int = 0
    malformed: int = 0
    oversize: int = 0
    bytes: int = 0


class Decoder:
    """Frames in the order of their bytes, however these are cut.

    `wanted`: names of events to hand out, None for all; responses always are. Most AMI frames say nothing about calls
    (VarSet alone is half of them): an event that nobody wants is counted by its first line and dropped unread.

    `sieve`: by name, what an event must contain to be handed out (`VarSet` of a few variables).

    Refused and counted: a block with a NUL, with a line that is no header, that is neither event nor response
    (`malformed`), or larger than `max_frame_bytes` (`oversize`). Decoding goes on behind its empty line; nothing else
    is lost. Memory stays below that bound plus one portion, also while an endless block streams through.

    `banner` is the server's first line, None before it came.
    """

    def __init__(
        self,
        wanted: frozenset[str] | None = None,
        max_frame_bytes: int = MAX_FRAME_BYTES,
        sieve: Mapping[str, re.Pattern[bytes]] | None = None,
    ) -> None:
        self.banner: str | None = None
        self.counts = Counts()
        self._wanted = None if wanted is None else frozenset(name.encode() for name in wanted)
        self._sieve = {name.encode(): pattern for name, pattern in (sieve or {}).items()}
        self._max = max_frame_bytes
        self._rest = b""
        self._flooded = False
        self._skipped: dict[bytes, int] = {}

    @property
    def skipped_events(self) -> dict[str, int]:
        """How often each unwanted event came. Names beyond a bound are counted together as `(other)`."""
        return {name.decode("utf-8", "replace"): count for name, count in self._skipped.items()}

    def feed(self, data: bytes) -> list[Frame]:
        """The frames that these bytes complete. Never raises, whatever comes."""
        self.counts.bytes += len(data)
        buffer = self._rest + data if self._rest else data
        # What is left from before holds no empty line, unless an old output waits for its last line.
        start, scan = 0, 0 if self._rest.startswith(OLD_OUTPUT) else max(0, len(self._rest) - len(_END) + 1)
        if self.banner is None:
            start = scan = self._take_banner(buffer)
            if self.banner is None:
                return []
        frames: list[Frame] = []
        wanted, find = self._wanted, buffer.find
        while (end := find(_END, scan)) >= 0:
            if buffer.startswith(_EVENT, start) and end - start <= self._max and not self._flooded:
                # The hot path. The line's end is there: at the latest it is the beginning of the empty line.
                name = buffer[start + len(_EVENT) : find(b"\r\n", start, end + 2)]
                sieve = self._sieve.get(name)
                if sieve is not None and sieve.search(buffer, start, end + 2) is None:
                    self._skip(name)
                elif wanted is None or name in wanted:
                    self._take(buffer[start:end], frames)
                else:
                    self._skip(name)
            elif buffer.startswith(OLD_OUTPUT, start):
                end, whole = _end_of_output(buffer, start, end)
                if end < 0:
                    break
                self._take_other(buffer, start, end, frames, whole=whole)
            else:
                self._take_other(buffer, start, end, frames)
            start = scan = end + len(_END)
        self._keep(buffer[start:])
        return frames

    def _take_banner(self, buffer: bytes) -> int:
        end = buffer.find(b"\n")
        if end < 0:
            # A server that never ends its first line is no AMI server.
            self._rest = buffer[-self._max :]
            return 0
        self.banner = buffer[:end].strip().decode("utf-8", "replace")
        return end + 1

    def _take(self, block: bytes, frames: list[Frame]) -> None:
        try:
            frame = parse(block)
        except Broken:
            self.counts.malformed += 1
            return
        self.counts.used += 1
        frames.append(frame)

    def _take_other(self, buffer: bytes, start: int, end: int, frames: list[Frame], *, whole: bool = True) -> None:
        """What is no event of ordinary size: a response, stray line ends, garbage, the end of an oversize block."""
        if self._flooded:
            self._flooded = False
            return
        if end - start > self._max:
            self.counts.oversize += 1
            return
        block = buffer[start:end].lstrip(b"\r\n")
        if not whole:
            self.counts.malformed += 1
        elif name := self._unwanted(block):
            self._skip(name)
        elif block:
            self._take(block, frames)

    def _unwanted(self, block: bytes) -> bytes | None:
        if self._wanted is None or (named := _NAMED.search(block)) is None or named[1] in self._wanted:
            return None
        return named[1]

    def _skip(self, name: bytes) -> None:
        if name not in self._skipped:
            if not name or b"\0" in name:
                self.counts.malformed += 1
                return
            if len(self._skipped) >= _MAX_NAMES or len(name) > _MAX_NAME_BYTES:
                name = _OTHER
        self._skipped[name] = self._skipped.get(name, 0) + 1
        self.counts.skipped += 1

    def _keep(self, rest: bytes) -> None:
        """Keep what has no end yet. Of a block that is too large already only the end can still matter."""
        output = rest.startswith(OLD_OUTPUT)
        # Only from this length on it is certain that the end, which may show late, is not within the bound.
        if len(rest) >= self._max + len(_END) + (_BEGINNING if output else 0):
            if not self._flooded:
                self._flooded = True
                self.counts.oversize += 1
            rest = OLD_OUTPUT + _CUT + rest[-_TAIL_BYTES:] if output else _CUT + rest[1 - len(_END) :]
        self._rest = rest


def _end_of_output(buffer: bytes, start: int, end: int) -> tuple[int, bool]:
    """Where the old `Command` response at `start` ends, and whether it is whole; -1 when that has not come yet.

    Its end is its last line's, as the output itself may hold empty lines (the first is at `end`). When another frame
    begins before that line, the line was lost.
    """
    last = buffer.find(OUTPUT_END + _END, start)
    other = _FRAME_BEGINS.search(buffer, end)
    if other is not None and not 0 <= last < other.start():
        return other.start(), False
    return (-1, False) if last < 0 else (last + len(OUTPUT_END), True)
