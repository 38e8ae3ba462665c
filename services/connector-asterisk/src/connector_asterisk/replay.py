"""The pure pipeline over recorded bytes: what `trunkline replay asterisk` prints. No servers, no clock of its own."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime

import msgspec
from cti_model.calls import Call
from cti_model.events import CallEvent, Origin
from cti_model.records import all_records

from connector_asterisk.channels import Naming, State
from connector_asterisk.explain import explain
from connector_asterisk.reading import Reading
from connector_asterisk.reconcile import lost, reconcile
from connector_asterisk.snapshot import LISTED, Overheard
from connector_asterisk.translate import SETTLE, settle, translate, wanted
from connector_asterisk.wire import Decoder

EMITS = ("events", "calls", "records", "explain")
Chunks = Iterable[tuple[float, bytes]]


def replay(chunks: Iterable[tuple[float, bytes]], emit: str) -> Iterator[bytes]:
    """JSON lines for a recording given as portions of bytes with the epoch second at which each came.

    `emit`: `events` as they happen; `calls`, the last state of each call in order of beginning; `records`, the rows
    of the Calls section in order of beginning; `explain`, each fact with the frame that it came from (see
    `connector_asterisk.explain`). A call that has not ended in the recording has no outcome.
    """
    if emit == "explain":
        yield from explain(chunks)
        return
    if emit == "events":
        for event in events_of(chunks):
            yield msgspec.json.encode(event)
        return
    events = list(events_of(chunks))
    if emit == "calls":
        for call in calls_of(events):
            yield msgspec.json.encode(call)
    else:
        rows = all_records(events)
        for row in sorted(rows, key=lambda each: (each.started_at, each.device)):
            yield msgspec.json.encode(row)


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


def calls_of(events: Iterable[CallEvent]) -> list[Call]:
    """The last state of each call, in order of beginning."""
    calls: dict[str, Call] = {}
    for event in events:
        calls[event.call.call_id] = event.call
    return sorted(calls.values(), key=lambda call: (call.started_at, call.call_id))
