"""The pure pipeline over recorded bytes: what `trunkline replay asterisk` prints. No servers, no clock of its own."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime

from cti_connector.replaying import Chunks, printed, unexplained
from cti_model.events import CallEvent, Origin

from connector_asterisk.channels import Naming, State
from connector_asterisk.explain import explain
from connector_asterisk.reading import Reading
from connector_asterisk.reconcile import lost, reconcile
from connector_asterisk.snapshot import LISTED, Overheard
from connector_asterisk.translate import SETTLE, settle, translate, wanted
from connector_asterisk.wire import Decoder


def replay(chunks: Chunks, emit: str) -> Iterator[bytes]:
    """JSON lines for a recording; see `printed`, and for `explain` `connector_asterisk.explain`."""
    return explain(chunks) if emit == "explain" else printed(unexplained(events_of(chunks)), emit)


def events_of(chunks: Chunks, naming: Naming | None = None, reading: Reading | None = None) -> Iterator[CallEvent]:
    """The call events of a recording. A list of channels in it counts as what it is: all that was alive then."""
    return events_of_all((chunks,), naming, reading)


def events_of_all(
    recordings: Iterable[Chunks], naming: Naming | None = None, reading: Reading | None = None
) -> Iterator[CallEvent]:
    """The call events of recordings that follow each other, the link to the PBX having been lost between them."""
    state = State("replay", "asterisk", naming, reading=reading)
    at = datetime.fromtimestamp(0, UTC)
    for number, chunks in enumerate(recordings):
        if number:
            yield from settle(state, at + 2 * SETTLE, Origin.REPLAYED)
            lost(state, at)
        decoder = Decoder(wanted(state.reading) | LISTED, sieve=state.reading.sieve())
        lists = Overheard()
        for seconds, data in chunks:
            at = datetime.fromtimestamp(seconds, UTC)
            for frame in decoder.feed(data):
                snapshot = lists.feed(frame)
                if snapshot is not None:
                    yield from reconcile(state, snapshot, at)
                elif not lists.owns(frame):
                    yield from translate(state, frame, at, Origin.REPLAYED)
    yield from settle(state, at + 2 * SETTLE, Origin.REPLAYED)
