"""Frames: `["method", {…}]`, one a line. A large one comes and goes in parts (`multipart`)."""

import base64
import binascii
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

import msgspec
from cti_connector.frames import BadFrame, Counts

MAX_FRAME_BYTES: Final = 8 << 20
_MAX_PARTS: Final = 4096
_MAX_OPEN: Final = 16  # multipart messages begun and not complete; more are somebody's nonsense
_PART: Final = "multipart"


@dataclass(frozen=True)
class Frame:
    """One message: its name and its fields. `qid` is the question that it asks or answers; empty: neither."""

    name: str
    fields: dict[str, Any] = field(default_factory=dict)

    @property
    def qid(self) -> str:
        """The id of the question."""
        return text(self.fields, "qid")

    @property
    def ok(self) -> bool:
        """Whether an answer says yes: a missing `result` counts as yes, an error as no."""
        said = self.fields.get("result", 1)
        return said in (1, True, "1") and not self.fields.get("error") and not self.fields.get("errormsg")

    @property
    def failure(self) -> str:
        """Why an answer says no, for people."""
        fields = self.fields
        words = text(fields, "errormsg") or "no reason given"
        code = fields.get("error") or fields.get("errorcode") or fields.get("errorCode")
        return f"{words} ({code})" if code else words


def text(fields: dict[str, Any], name: str) -> str:
    """A field as text; empty where it is absent, null, or no text or number."""
    value = fields.get(name)
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return ""
    return str(value)


def number(fields: dict[str, Any], name: str) -> int | None:
    """A field as a whole number; None where it is none. Numbers may come as text."""
    value = fields.get(name)
    if isinstance(value, bool):
        return int(value)
    try:
        return int(value) if isinstance(value, int | float | str) else None
    except (ValueError, OverflowError):
        return None


def table(fields: dict[str, Any], name: str) -> dict[str, Any]:
    """A field that is an object; empty where it is none."""
    value = fields.get(name)
    return value if isinstance(value, dict) else {}


def rows(fields: dict[str, Any], name: str) -> list[dict[str, Any]]:
    """A field that is a list of objects; what is none in it is left out."""
    value = fields.get(name)
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def parsed(line: bytes) -> Frame | None:
    """The frame in a line; None where there is none."""
    try:
        value = msgspec.json.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    match value:
        case [str(name), dict(fields)]:
            return Frame(name, fields)
        case [str(name)]:
            return Frame(name)
        case _:
            return None


class Decoder:
    """Bytes, cut anywhere, to frames. A line without a frame is counted and left; parts are put together."""

    def __init__(self, max_bytes: int = MAX_FRAME_BYTES) -> None:
        self._max = max_bytes
        self._rest = bytearray()
        self._parts: dict[str, dict[int, bytes]] = {}
        self.counts = Counts()

    def feed(self, data: bytes) -> list[Frame]:
        """The frames that are complete now; raises `BadFrame` when a line grows beyond all bounds."""
        self._rest += data
        *lines, rest = bytes(self._rest).split(b"\n")
        self._rest = bytearray(rest)
        if len(rest) > self._max:
            raise BadFrame(f"a line of more than {self._max} bytes")
        return [frame for line in lines if line.strip() for frame in self._frames(line)]

    def _frames(self, line: bytes) -> Iterator[Frame]:
        frame = parsed(line)
        if frame is not None and frame.name == _PART:
            whole = self._joined(frame)
            if whole is None:
                return
            frame = parsed(whole) if whole else None
        if frame is None:
            self.counts.malformed += 1
        else:
            self.counts.used += 1
            yield frame

    def _joined(self, frame: Frame) -> bytes | None:
        """The whole message when this was its last part; None while parts are missing; empty when it is nonsense."""
        fields = frame.fields
        name, count, at = text(fields, "message-id"), number(fields, "packetcount"), number(fields, "packetnumber")
        if count is None or at is None or not 0 <= at < count <= _MAX_PARTS:
            return b""
        try:
            part = base64.b64decode(text(fields, "content"), validate=True)
        except (binascii.Error, ValueError):
            self._parts.pop(name, None)
            return b""
        parts = self._parts.setdefault(name, {})
        parts[at] = part
        if sum(map(len, parts.values())) > self._max:
            del self._parts[name]
            return b""
        if len(parts) == count:
            del self._parts[name]
            return b"".join(parts[each] for each in sorted(parts))
        if len(self._parts) > _MAX_OPEN:
            del self._parts[next(iter(self._parts))]
        return None


def encoded(frame: Frame) -> bytes:
    """A frame as a line."""
    return msgspec.json.encode([frame.name, frame.fields]) + b"\n"


def in_parts(frame: Frame, message_id: str, most: int) -> bytes:
    """A frame as a line, or as lines of parts of `most` bytes at most where it is longer; no character is cut."""
    whole = encoded(frame)[:-1]
    if len(whole) <= most:
        return whole + b"\n"
    slices = list(_slices(whole, most))
    head = {"message-id": message_id, "packetcount": len(slices), "content-type": "text/json; charset=utf-8"}
    head["content-transfer-encoding"] = "base64"
    return b"".join(
        encoded(
            Frame(
                _PART,
                head
                | {"packetnumber": at, "content-length": len(part), "content": base64.b64encode(part).decode("ascii")},
            )
        )
        for at, part in enumerate(slices)
    )


def _slices(whole: bytes, most: int) -> Iterator[bytes]:
    at = 0
    while at < len(whole):
        end = min(at + most, len(whole))
        while end < len(whole) and whole[end] & 0xC0 == 0x80:  # a continuation byte: its character began before
            end -= 1
        yield whole[at:end]
        at = end
