"""Bytes to frames, however they are cut."""

from typing import Final

from cti_connector.frames import BadFrame, Counts

from connector_webitel.old.wire.frames import Response, Told, frame_of

MAX_FRAME_BYTES: Final = 16 << 20
"""A list of thousands of channels is some MiB; more is no engine."""


class Decoder:
    """Feeds on portions of a stream of lines. A line that is no frame costs only itself."""

    def __init__(self, max_frame_bytes: int = MAX_FRAME_BYTES) -> None:
        self._buffer = bytearray()
        self._max = max_frame_bytes
        self.counts = Counts()

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
                self.counts.used += 1
            except ValueError:
                self.counts.malformed += 1
        return frames
