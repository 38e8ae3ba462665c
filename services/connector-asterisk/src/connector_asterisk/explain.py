"""Why the translator said what it said: each fact beside the AMI frame that it came from. For people who ask.

One JSON object a line, in the order of the facts: `at`, `call`, `version`, `fact`, `connection` and `device` where the
fact is about one, `joined` (connections that are in the call from this fact on), `why` in words, and `frame`: its
`number` among the blocks of the recording (from 1), `offset` in bytes, `event`, and the headers that matter.
"""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Any

import msgspec
from cti_connector.replaying import line_of
from cti_model.events import Origin

from connector_asterisk.channels import State
from connector_asterisk.legs import AmiEvent
from connector_asterisk.reading import Reading
from connector_asterisk.reconcile import reconcile_explained
from connector_asterisk.snapshot import LISTED, Overheard
from connector_asterisk.translate import SETTLE, settle_explained, translate_explained, wanted
from connector_asterisk.translate.turn import Told
from connector_asterisk.wire import Decoder, Frame
from connector_asterisk.words import why

_END = b"\r\n\r\n"
_SHOWN = """
Channel Uniqueid Linkedid ChannelState Exten SubEvent Destination DestChannel DestUniqueid DialStatus Bridgestate
Channel1 Channel2 Uniqueid1 Uniqueid2 BridgeUniqueid SwapUniqueid Cause Queue Status Digit TransfererChannel
TransfereeChannel OrigTransfererChannel SecondTransfererChannel TargetChannel Clone Original ParkeeChannel
ParkingSpace Conference Variable Value Response Reason ActionID
"""
_HEADERS = tuple(_SHOWN.split())


def explain(chunks: Iterable[tuple[float, bytes]], reading: Reading | None = None) -> Iterator[bytes]:
    """The explained facts of a recording."""
    state = State("replay", "asterisk", reading=reading)
    decoder = Decoder(wanted(state.reading) | LISTED, sieve=state.reading.sieve())
    lists = Overheard()
    places = _Places()
    seen: dict[str, set[str]] = {}
    at = datetime.fromtimestamp(0, UTC)
    for seconds, data in chunks:
        at = datetime.fromtimestamp(seconds, UTC)
        places.add(data)
        for frame in decoder.feed(data):
            places.find(frame)
            snapshot = lists.feed(frame)
            if snapshot is not None:
                found = reconcile_explained(state, snapshot, at, Origin.RECONCILED)
                told = [each._replace(because=frame) for each in found]
            else:
                told = [] if lists.owns(frame) else translate_explained(state, frame, at, Origin.REPLAYED)
            yield from _lines(told, places, seen)
    yield from _lines(settle_explained(state, at + 2 * SETTLE, Origin.REPLAYED), places, seen)


def _lines(told: list[Told], places: "_Places", seen: dict[str, set[str]]) -> Iterator[bytes]:
    for each in told:
        yield msgspec.json.encode(_line(each, places, seen.setdefault(each.event.call.call_id, set())))


def _line(told: Told, places: "_Places", seen: set[str]) -> dict[str, Any]:
    event = told.event
    there = [each.connection_id for each in event.call.connections]
    line = line_of(event)
    joined = [each for each in there if each not in seen]
    if joined:
        line["joined"] = joined
    seen.update(there)
    return line | {"why": why(event, told.channel, told.because), "frame": places.of(told.because)}


class _Places:
    """Where each frame stands in the recording. Keeps the whole of it: recordings fit into memory."""

    def __init__(self) -> None:
        self._data = bytearray()
        self._at = 0
        self._number = 0
        self._found: dict[int, dict[str, Any]] = {}
        self._kept: list[Frame] = []  # so that no other object gets the identity of one that was found

    def add(self, data: bytes) -> None:
        """More bytes of the recording."""
        self._data += data

    def find(self, frame: Frame) -> None:
        """Look for a frame behind the one that was looked for last."""
        offset = self._data.find(frame.block, self._at)
        self._number += self._data.count(_END, self._at, offset)
        self._at = offset
        headers = {name: frame.get(name) for name in _HEADERS if frame.get(name)}
        # Banner and first block are not parted by an empty line, so the first block has number 1.
        self._found[id(frame)] = {"number": self._number + 1, "offset": offset, "event": frame.name, **headers}
        self._kept.append(frame)

    def of(self, frame: AmiEvent) -> dict[str, Any] | None:
        """Number, offset, name and key headers of a frame; None where time alone told the fact."""
        return self._found.get(id(frame))
