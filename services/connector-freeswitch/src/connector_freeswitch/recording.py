"""Recorded event sockets: raw bytes as they came, or JSON lines of frames."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime

import msgspec
from cti_connector.frames import BadFrame
from cti_connector.replaying import Chunks
from cti_freeswitch.event import Event, Value

from connector_freeswitch.wire import Decoder, Frame


class _Line(msgspec.Struct):
    t: float
    dir: str
    event: dict[str, Value] | None = None


_line = msgspec.json.Decoder(_Line)
_SENT = re.compile(rb"^>>> (\d+\.\d+)[^\n]*\n", re.MULTILINE)


def events_in(chunks: Chunks) -> Iterator[tuple[datetime, Event, int]]:
    """The events of a recording: when each came, what it says, and its number among them, from 1.

    Lines `{"t", "dir", "headers", "event"}` are told by their first byte; all else is a byte stream, in which lines
    `>>> <epoch> …` stand for what was sent. Raises `ValueError` for lines that are no frames.
    """
    pieces = list(chunks)
    found = _of_lines(pieces) if pieces and pieces[0][1].startswith(b"{") else _of_bytes(pieces)
    for number, (at, event) in enumerate(found, 1):
        yield at, event, number


def _of_lines(pieces: list[tuple[float, bytes]]) -> Iterator[tuple[datetime, Event]]:
    for number, line in enumerate(b"".join(data for _, data in pieces).splitlines(), 1):
        try:
            entry = _line.decode(line)
        except (msgspec.DecodeError, msgspec.ValidationError) as error:
            raise ValueError(f"line {number} is no frame: {error}") from error
        if entry.dir == "recv" and entry.event is not None:
            yield datetime.fromtimestamp(entry.t, UTC), Event(entry.event)


def _frames(decoder: Decoder, data: bytes) -> list[Frame]:
    try:
        return decoder.feed(data)
    except BadFrame as error:
        raise ValueError(f"not an event socket's bytes: {error}") from error


def _of_bytes(pieces: list[tuple[float, bytes]]) -> Iterator[tuple[datetime, Event]]:
    decoder = Decoder()
    for seconds, data in pieces:
        sent = _SENT.search(data)
        observed = datetime.fromtimestamp(seconds or (float(sent[1]) if sent else 0.0), UTC)
        for frame in _frames(decoder, _SENT.sub(b"", data)):
            if frame.event is not None:
                # A recording without times of its own has FreeSWITCH's.
                yield (observed if seconds else frame.event.at or observed), frame.event
