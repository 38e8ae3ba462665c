"""Recorded links of operators, all in one file, one frame a line: the pure pipeline over them.

Whose frame an event is, is told by its `user_id`; which telephone is that user's, by the ends of their calls. Of a
list of calls each item tells it itself; an empty one tells nothing.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from cti_connector.frames import BadFrame
from cti_connector.replaying import Because, Chunks, printed
from cti_model.events import CallEvent

from connector_webitel.new.snapshot import compare, items
from connector_webitel.new.state import State
from connector_webitel.new.translate import tick, translate
from connector_webitel.new.translate.turn import LINGER
from connector_webitel.new.wire import Decoder, Fields, Frame, Notice, fields, text


def replay(chunks: Chunks, emit: str) -> Iterator[bytes]:
    """JSON lines for a recording; see `printed`. Raises `ValueError` when it is none."""
    return printed(told(chunks), emit)


def told(chunks: Chunks) -> Iterator[tuple[CallEvent, Because]]:
    """The call events of a recording, each with the frame that told it.

    What our own commands did is not in a recording: a blind transfer is then known by who rings next.
    """
    state, devices, decoder = State("replay", "webitel"), dict[str, str](), Decoder()
    number, at = 0, datetime.fromtimestamp(0, UTC)
    for seconds, data in chunks:
        at = datetime.fromtimestamp(seconds, UTC)
        for event in tick(state, at):
            yield event, None
        try:
            frames = decoder.feed(data)
        except BadFrame as error:
            raise ValueError(f"not Webitel's frames: {error}") from error
        for frame in frames:
            number += 1
            for device, meaning, shown in _meaning(state, devices, frame, at):
                for event in meaning:
                    yield event, {"number": number, "operator": device, **shown}
    if decoder.counts.malformed and not decoder.counts.used:
        raise ValueError("no frame of Webitel in it")
    for event in tick(state, at + LINGER + timedelta(seconds=1)):
        yield event, None


def _meaning(
    state: State, devices: dict[str, str], frame: Frame, at: datetime
) -> Iterator[tuple[str, list[CallEvent], Fields]]:
    """For each operator that a frame is about: the telephone, what it means, and what is shown of it."""
    if isinstance(frame, Notice):
        call = fields(frame.data, "call")
        device = _telephone(devices, fields(call, "data")) or devices.get(text(call, "user_id"), "")
        if frame.name == "call" and device:
            shown = {"event": text(call, "event"), "id": text(call, "id"), "data": fields(call, "data")}
            yield device, translate(state, device, frame.data, at), shown
        return
    for item in items(frame.data):
        device = _telephone(devices, item)
        if device and "app_id" in item:
            shown = {"listed": text(item, "id"), "state": text(item, "state")}
            yield device, compare(state, device, {"items": [item]}, (), at, at), shown


def _telephone(devices: dict[str, str], data: Fields) -> str:
    """The number of the user whose leg it is, as the leg's own end tells it, and remembered by the user's id."""
    own = fields(data, "from" if text(data, "direction") == "outbound" else "to")
    if text(own, "type") != "user" or not text(own, "number"):
        return ""
    devices[text(own, "id")] = text(own, "number")
    return text(own, "number")
