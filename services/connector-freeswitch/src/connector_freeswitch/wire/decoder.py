"""Bytes to frames, however they are cut."""

import re
from collections.abc import Iterator
from typing import Final

from cti_connector.frames import BadFrame, Counts

from connector_freeswitch.wire.frames import Frame

MAX_FRAME_BYTES: Final = 16 << 20
"""A list of thousands of channels as JSON is some MiB; more is a stream that is out of step."""
_MAX_HEAD_BYTES: Final = 65_536
_END: Final = b"\n\n"
_LENGTH: Final = re.compile(rb"(?:^|\n)Content-Length: *(\d{1,10})\r?(?:\n|$)", re.IGNORECASE)


class Decoder:
    """Feeds on portions of a byte stream. A body that is no event costs only itself; a lost frame border the link."""

    def __init__(self, max_frame_bytes: int = MAX_FRAME_BYTES) -> None:
        self._buffer = bytearray()
        self._max = max_frame_bytes
        self.counts = Counts()

    def feed(self, data: bytes) -> list[Frame]:
        """The frames that are complete now. Raises `BadFrame`."""
        self._buffer += data
        return list(self._frames())

    def _frames(self) -> Iterator[Frame]:
        at = 0
        try:
            while True:
                while self._buffer.startswith(b"\n", at):  # a blank line between frames
                    at += 1
                head_end = self._buffer.find(_END, at)
                if head_end < 0:
                    if len(self._buffer) - at > _MAX_HEAD_BYTES:
                        raise BadFrame(f"no end of the headers in {_MAX_HEAD_BYTES} bytes")
                    return
                head = bytes(self._buffer[at:head_end])
                found = _LENGTH.search(head)
                length = int(found[1]) if found else 0
                if length > self._max:
                    raise BadFrame(f"a frame of {length} bytes")
                body_at = head_end + len(_END)
                if len(self._buffer) < body_at + length:
                    return
                frame = Frame(_headers(head), bytes(self._buffer[body_at : body_at + length]))
                at = body_at + length
                if self._readable(frame):
                    yield frame
        finally:
            del self._buffer[:at]

    def _readable(self, frame: Frame) -> bool:
        try:
            _ = frame.event
        except ValueError:
            self.counts.malformed += 1
            return False
        self.counts.used += 1
        return True


def _headers(head: bytes) -> dict[str, str]:
    headers: dict[str, str] = {}
    for line in head.decode("utf-8", "replace").split("\n"):
        name, found, value = line.rstrip("\r").partition(":")
        if found:
            headers.setdefault(name, value.strip())
    return headers
