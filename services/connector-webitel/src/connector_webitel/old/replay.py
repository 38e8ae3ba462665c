"""Recorded links to the old engine, one frame a line: the pure pipeline over them. No servers, no clock of its own."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from cti_connector.frames import BadFrame
from cti_connector.replaying import Because, Chunks, printed
from cti_connector.session import Turn
from cti_freeswitch.naming import Naming
from cti_freeswitch.reading import Reading
from cti_freeswitch.state import State
from cti_model.events import CallEvent

from connector_webitel.old.picture import Picture
from connector_webitel.old.wire import Decoder, Told

_SETTLED = timedelta(seconds=2)
_SHOWN: Final = (
    *("Event-Name", "Event-Subclass", "Channel-Presence-ID", "Unique-ID", "Channel-Call-State", "Call-Direction"),
    *("Caller-Caller-ID-Number", "Caller-Destination-Number", "Other-Leg-Unique-ID", "variable_hangup_cause"),
    *("variable_w_jsclient_xtransfer", "variable_w_account_origination_uuid", "DTMF-Digit", "CC-Action", "CC-Queue"),
)


def replay(chunks: Chunks, emit: str) -> Iterator[bytes]:
    """JSON lines for a recording; see `printed`. Raises `ValueError` when it is none."""
    kept = list(chunks)
    return printed(told(kept, domain=_domain(kept)), emit)


def events_of(
    chunks: Chunks, naming: Naming | None = None, reading: Reading | None = None, domain: str = ""
) -> Iterator[CallEvent]:
    """The call events of a recording: of a service account's link, of users' links, or of several users' mixed."""
    return (event for event, _ in told(chunks, naming, reading, domain))


def told(
    chunks: Chunks, naming: Naming | None = None, reading: Reading | None = None, domain: str = ""
) -> Iterator[tuple[CallEvent, Because]]:
    """The same, each with the frame that told it."""
    picture = Picture(State("replay", "webitel", naming, reading=reading), domain)
    decoder, at, number = Decoder(), datetime.fromtimestamp(0, UTC), 0
    for seconds, data in chunks:
        at = datetime.fromtimestamp(seconds, UTC)
        yield from _quiet(picture, at)
        try:
            frames = decoder.feed(data)
        except BadFrame as error:
            raise ValueError(f"not Webitel's frames: {error}") from error
        for frame in frames:
            number += 1
            if isinstance(frame, Told):
                shown = {"number": number, **_shown(frame)}
                for event in _heard(picture, frame, at):
                    yield event, shown
    if decoder.counts.malformed and not decoder.counts.used:
        raise ValueError("no frame of Webitel in it")
    for _ in range(2):  # a far leg that is left alone, and then what its end means
        at += _SETTLED
        yield from _quiet(picture, at)


def _quiet(picture: Picture, at: datetime) -> Iterator[tuple[CallEvent, Because]]:
    turn = Turn()
    picture.quiet(at, turn)
    for event in turn.events:
        yield event, None


def _heard(picture: Picture, told: Told, at: datetime) -> list[CallEvent]:
    seat = picture.seat("" if told.kind == "server" else told.event.get("Channel-Presence-ID"))
    turn, seat.blind = Turn(), False  # nothing was missed before the first line
    seat.take(told, at, turn)
    return turn.events


def _shown(frame: Told) -> dict[str, Any]:
    return {"kind": frame.kind, **{name: value for name in _SHOWN if (value := frame.event.get(name))}}


def _domain(chunks: Chunks) -> str:
    """The domain of the users whose telephones are in it."""
    decoder = Decoder()
    for _, data in chunks:
        try:
            frames = decoder.feed(data)
        except BadFrame:
            return ""  # told when it is reached
        for frame in frames:
            if isinstance(frame, Told) and "@" in (presence := frame.event.get("Channel-Presence-ID")):
                return presence.rpartition("@")[2]
    return ""
