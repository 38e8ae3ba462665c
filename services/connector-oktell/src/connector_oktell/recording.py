"""Recorded connections: the frames of all operators as they came, one a line, in one file.

Whose frame it is, is told by the frame itself: an answer by the `qid` that we gave its question
(`<device>.<method>.<number>`), an event by its `userid`, which the answer to that operator's log-in had, or Oktell's
list of users where one connection is for all.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import NamedTuple

from cti_connector.frames import BadFrame
from cti_connector.replaying import Chunks

from connector_oktell.wire import Decoder, Frame, members, text


class Recorded(NamedTuple):
    """A frame of an operator. `method`: what it answers; empty: it is an event."""

    at: datetime
    number: int
    device: str
    method: str
    frame: Frame


def recorded(chunks: Chunks) -> Iterator[Recorded]:
    """The frames of a recording in order. Raises `ValueError` when it is none."""
    decoder, devices, number = Decoder(), dict[str, str](), 0
    for seconds, data in chunks:
        at = datetime.fromtimestamp(seconds, UTC)
        try:
            frames = decoder.feed(data)
        except BadFrame as error:
            raise ValueError(f"not Oktell's frames: {error}") from error
        for frame in frames:
            number += 1
            device, method = _answer(frame)
            if method == "login":
                devices[text(frame.fields, "userid")] = device
            elif method == "getallusernumbers":
                devices |= {each.user_id: each.number for each in members(frame)}
            device = device or devices.get(text(frame.fields, "userid"), "")
            if device:
                yield Recorded(at, number, device, method, frame)
    if decoder.counts.malformed and not decoder.counts.used:
        raise ValueError("no frame of Oktell in it")


def _answer(frame: Frame) -> tuple[str, str]:
    parts = frame.qid.split(".")
    return (parts[0], parts[1]) if len(parts) == 3 and parts[2].isdecimal() else ("", "")
