"""Recorded links to the old engine, one frame a line: the pure pipeline over them. No servers, no clock of its own."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta

from cti_connector.session import Turn
from cti_freeswitch.channels import Reading, State
from cti_freeswitch.naming import Naming
from cti_model.events import CallEvent

from connector_webitel.old.picture import Picture
from connector_webitel.old.wire import Decoder, Told

Chunks = Iterable[tuple[float, bytes]]
_SETTLED = timedelta(seconds=2)


def events_of(
    chunks: Chunks, naming: Naming | None = None, reading: Reading | None = None, domain: str = ""
) -> Iterator[CallEvent]:
    """The call events of a recording: of a service account's link, of users' links, or of several users' mixed."""
    picture = Picture(State("replay", "webitel", naming, reading=reading), domain)
    decoder, at = Decoder(), datetime.fromtimestamp(0, UTC)
    for seconds, data in chunks:
        at = datetime.fromtimestamp(seconds, UTC)
        before = Turn()
        picture.quiet(at, before)
        yield from before.events
        for frame in decoder.feed(data):
            if isinstance(frame, Told):
                yield from _heard(picture, frame, at)
    for _ in range(2):  # a far leg that is left alone, and then what its end means
        at += _SETTLED
        after = Turn()
        picture.quiet(at, after)
        yield from after.events


def _heard(picture: Picture, told: Told, at: datetime) -> list[CallEvent]:
    seat = picture.seat("" if told.kind == "server" else told.event.get("Channel-Presence-ID"))
    turn, seat.blind = Turn(), False  # nothing was missed before the first line
    seat.take(told, at, turn)
    return turn.events
