"""Frames of the engine's WebSocket, without I/O. Source: webitel/engine 09a0f3e0 and webitel-sdk 26.4.29.

A request is `{"seq", "action", "data"}`, a reply `{"status", "seq_reply", "data" | "error"}`, an event
`{"event", "data", "seq"}`. Replies come in any order. A text of NUL characters is a proxy's and means nothing.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
from cti_connector.frames import BadFrame, Counts

MAX_FRAME_BYTES = 8 << 20
Fields = dict[str, Any]
_EPOCH = datetime.fromtimestamp(0, UTC)
_MOST = 10**18
_NEEDS = {"call": ("id", "event"), "agent_status": ("agent_id", "status"), "channel": ("channel", "status")}
"""Without these an event says nothing; of `call` they stand in the object of that name."""
_OLDEST, _NEWEST = timedelta(days=31), timedelta(days=1)  # what any call is, and how far clocks may be apart


@dataclass(frozen=True)
class Fault:
    """Why a request was refused: the engine's id of the reason, its HTTP-like code, and its words for people."""

    id: str = ""
    code: int = 0
    text: str = ""

    def __str__(self) -> str:
        return " ".join(filter(None, (str(self.code or ""), self.id, self.text)))


@dataclass(frozen=True)
class Reply:
    """The answer to request `seq`. `fault` is set where it was refused."""

    seq: int
    data: Fields = field(default_factory=dict)
    fault: Fault | None = None


@dataclass(frozen=True)
class Notice:
    """An event of this name."""

    name: str
    data: Fields


Frame = Reply | Notice


class Decoder:
    """Lines to frames. A line that is none costs only itself; one that never ends raises `BadFrame`."""

    def __init__(self, max_frame_bytes: int = MAX_FRAME_BYTES) -> None:
        self._most = max_frame_bytes
        self._rest = b""
        self.counts = Counts()

    def feed(self, data: bytes) -> list[Frame]:
        """The frames that are complete with these bytes."""
        *lines, self._rest = (self._rest + data).split(b"\n")
        if max(map(len, (*lines, self._rest))) > self._most:
            raise BadFrame(f"a frame of more than {self._most} bytes")
        found = (self._frame(line) for line in lines if line.strip(b"\0 \t\r"))
        return [each for each in found if each is not None]

    def _frame(self, line: bytes) -> Frame | None:
        whole = decoded(line)
        frame = _read(whole) if whole is not None else None
        if frame is None:
            self.counts.malformed += 1
        else:
            self.counts.used += 1
        return frame


def decoded(data: bytes) -> Fields | None:
    """The object that is written there; None: there is none."""
    try:
        whole = msgspec.json.decode(data)
    except (msgspec.DecodeError, ValueError, RecursionError):  # the latter two: digits, or nesting, without end
        return None
    return whole if isinstance(whole, dict) else None


def _read(whole: Fields) -> Frame | None:
    name, status = whole.get("event"), whole.get("status")
    if isinstance(name, str) and name:
        data = fields(whole, "data")
        said = fields(data, "call") if name == "call" else data
        return Notice(name, data) if all(text(said, each) for each in _NEEDS.get(name, ())) else None
    if not isinstance(status, str) or (status == "OK" and not number(whole, "seq_reply")):
        return None
    error = fields(whole, "error")
    words = text(error, "detail") or text(error, "status")
    fault = None if status == "OK" else Fault(text(error, "id"), number(error, "code"), words)
    return Reply(number(whole, "seq_reply"), fields(whole, "data"), fault)


def request(seq: int, action: str, data: Fields | None = None) -> bytes:
    """A request as a line. `seq` counts from 1; without data the key is absent, as the SDK does it."""
    body = {"seq": seq, "action": action} | ({} if data is None else {"data": data})
    return msgspec.json.encode(body) + b"\n"


def fields(source: Fields, name: str) -> Fields:
    """An object in an object; empty where there is none."""
    value = source.get(name)
    return value if isinstance(value, dict) else {}


def objects(source: Fields, name: str) -> list[Fields]:
    """The objects in a list in an object; what else is in it is left out."""
    value = source.get(name)
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def text(source: Fields, name: str) -> str:
    """A text, or a number as text (ids are written either way); empty where there is none."""
    value = source.get(name)
    if isinstance(value, str):
        return value
    return str(value) if isinstance(value, int) and not isinstance(value, bool) and abs(value) < _MOST else ""


def number(source: Fields, name: str) -> int:
    """A whole number, or a text of one (the REST gateway writes those); 0 where there is none."""
    value = text(source, name)
    return int(value) if value.isascii() and value.isdigit() and len(value) < len(str(_MOST)) else 0


def millis(at: datetime) -> str:
    """An instant as text, as `timestamp` of an event has it: what `instant` reads."""
    return str((at - _EPOCH) // timedelta(milliseconds=1))


def moment(source: Fields, name: str, now: datetime) -> datetime | None:
    """An instant at which something was that is told now; None where none is there, or one that cannot be."""
    return plausible(instant(source, name), now)


def plausible(at: datetime | None, now: datetime) -> datetime | None:
    """That instant, unless it is a month ago or more, or a day ahead."""
    return at if at is not None and now - _OLDEST < at < now + _NEWEST else None


def instant(source: Fields, name: str) -> datetime | None:
    """An instant written as milliseconds since 1970, as number or text; None for none and for 0."""
    value = number(source, name)
    try:
        return datetime.fromtimestamp(value // 1000, UTC).replace(microsecond=value % 1000 * 1000) if value else None
    except (OverflowError, OSError, ValueError):
        return None
