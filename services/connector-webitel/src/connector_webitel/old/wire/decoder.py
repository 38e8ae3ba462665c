"""Bytes to frames, however they are cut."""

from dataclasses import dataclass
from typing import Final

from connector_webitel.old.wire.errors import BadFrame
from connector_webitel.old.wire.frames import Response, Told, frame_of

MAX_FRAME_BYTES: Final = 16 << 20
"""A list of thousands of channels is some MiB; more is no engine."""


@dataclass(frozen=True)
class Counts:
    """How many frames came, by fate."""

    used: int = 0
    malformed: int = 0


class Decoder:
    """Feeds on portions of a stream of lines. A line that is no frame costs only itself."""

    def __init__(self, max_frame_bytes: int = MAX_FRAME_BYTES) -> None:
        self._buffer = bytearray()
        self._max = max_frame_bytes
        self._used = self._malformed = 0

    @property
    def counts(self) -> Counts:
        """What came so far."""
        return Counts(self._used, self._malformed)

    def feed(self, data: bytes) -> list[Response | Told]:
        """The frames that are complete now. Raises `BadFrame` for a line without end."""
        self._buffer += data
        *lines, rest = self._buffer.split(b"\n")
        self._buffer = rest
        if len(rest) > self._max:
            raise BadFrame(f"a frame of more than {self._max} bytes")
        frames: list[Response | Told] = []
        for line in lines:
            if not line.strip():
                continue
            try:
                frames.append(frame_of(bytes(line)))
                self._used += 1
            except ValueError:
                self._malformed += 1
        return frames
