"""The pure pipeline over a recording: what `trunkline replay freeswitch` prints. No servers, no clock of its own."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from cti_connector.replaying import Chunks, printed, unexplained
from cti_freeswitch.naming import Naming
from cti_freeswitch.reading import Reading
from cti_freeswitch.state import State
from cti_freeswitch.translate import SETTLE, settle, translate
from cti_model.events import CallEvent, Origin

from connector_freeswitch.explain import explained
from connector_freeswitch.recording import events_in


def replay(chunks: Chunks, emit: str) -> Iterator[bytes]:
    """JSON lines for a recording; see `printed`, and for `explain` also `connector_freeswitch.explain`."""
    return printed(explained(chunks) if emit == "explain" else unexplained(events_of(chunks)), emit)


def events_of(chunks: Chunks, naming: Naming | None = None, reading: Reading | None = None) -> Iterator[CallEvent]:
    """The call events of a recording."""
    state = State("replay", "freeswitch", naming, reading=reading)
    at = datetime.fromtimestamp(0, UTC)
    for at, event, _ in events_in(chunks):
        yield from translate(state, event, at, Origin.REPLAYED)
    yield from settle(state, at + 2 * SETTLE + timedelta(seconds=1), Origin.REPLAYED)
