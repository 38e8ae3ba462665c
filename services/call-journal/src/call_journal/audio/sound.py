"""What a place where recordings lie must be able to do, and what can go wrong there.

SoundError
├── NotThere        it has no such recording (404)
├── NotSatisfiable  the range asked for lies behind its end (416)
├── Refused         the place does not give it: down, wrong credentials, no sound, too large (502)
└── TooSlow         the place did not answer in time (504)
"""

import mimetypes
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Protocol

import msgspec

ANYTHING = "application/octet-stream"
_RANGE = re.compile(r"^bytes=(\d{0,18})-(\d{0,18})$")


class SoundError(Exception):
    """Base; the text is safe to show and names no path, address or secret."""


class NotThere(SoundError):
    """It has no such recording."""


class NotSatisfiable(SoundError):
    """The range lies behind the end of what there is, `size` bytes (None: not told)."""

    def __init__(self, size: int | None) -> None:
        super().__init__("the range lies behind the recording's end")
        self.size = size


class Refused(SoundError):
    """The place does not give it."""


class TooSlow(SoundError):
    """The place did not answer in time."""


class Recorded(msgspec.Struct, frozen=True, kw_only=True):
    """What a place is told of a recording: ids of the PBX, and where it said that it lies."""

    tenant: str
    pbx: str
    recording_id: str
    native_id: str
    location: str


class Span(msgspec.Struct, frozen=True):
    """Bytes asked for, ends included. `first` None: the last `last` bytes; `last` None: to the end."""

    first: int | None
    last: int | None

    def within(self, size: int) -> tuple[int, int]:
        """First and last byte in so many; raises `NotSatisfiable`."""
        if self.first is None:
            first, last = size - min(self.last or 0, size), size - 1
        else:
            first, last = self.first, size - 1 if self.last is None else min(self.last, size - 1)
        if first > last:
            raise NotSatisfiable(size)
        return first, last

    def __str__(self) -> str:
        return f"bytes={'' if self.first is None else self.first}-{'' if self.last is None else self.last}"


def span_of(header: str | None) -> Span | None:
    """What a `Range` header asks for. None: all of it; also for several ranges and for nonsense (RFC 9110, 14.2)."""
    found = _RANGE.match((header or "").strip().replace(" ", ""))
    if found is None or found[1] == found[2] == "":
        return None
    first, last = (int(each) if each else None for each in found.groups())
    return None if first is not None and last is not None and first > last else Span(first, last)


class Sound(msgspec.Struct, frozen=True, kw_only=True):
    """An open recording. `first` None: all of it, else from this byte to `last`. `size` None: not told.

    `chunks` must be read to its end or `close` awaited; closing twice does no harm.
    """

    content_type: str
    size: int | None
    chunks: AsyncIterator[bytes]
    close: Callable[[], Awaitable[None]]
    first: int | None = None
    last: int | None = None


class Place(Protocol):
    """Where the recordings of a PBX lie."""

    deletes: bool
    """Whether it removes recordings when it is told to."""

    def type_of(self, wanted: Recorded) -> str | None:
        """The type of its content, as far as it can be told without opening it."""

    async def open(self, wanted: Recorded, span: Span | None) -> Sound:
        """Open it; raises `SoundError`. A place may give all of it although a span was asked for."""

    async def remove(self, wanted: Recorded) -> None:
        """Delete it; nothing when it is not there. Raises `SoundError`."""


def type_of_name(name: str) -> str | None:
    """The type that a file name tells, when it is sound."""
    found = mimetypes.guess_type(name)[0]
    return found if found is not None and is_sound(found) else None


def is_sound(content_type: str) -> bool:
    """Whether a browser may be told this type: nothing that it would run or show as a page."""
    return content_type.startswith(("audio/", "video/")) or content_type == ANYTHING
