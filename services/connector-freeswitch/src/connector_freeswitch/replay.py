"""The pure pipeline over a recording: what `trunkline replay freeswitch` prints. No servers, no clock of its own."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta

import msgspec
from cti_freeswitch.naming import Naming
from cti_freeswitch.reading import Reading
from cti_freeswitch.state import State
from cti_freeswitch.translate import SETTLE, settle, translate
from cti_model.calls import Call
from cti_model.events import CallEvent, Origin
from cti_model.records import all_records

from connector_freeswitch.explain import explain
from connector_freeswitch.recording import Chunks, events_in


def replay(chunks: Chunks, emit: str) -> Iterator[bytes]:
    """JSON lines for a recording.

    `emit`: `events` as they happen; `calls`, the last state of each call in order of beginning; `records`, the rows
    of the Calls section in order of beginning; `explain`, each fact with the event that it came from.
    """
    if emit == "explain":
        yield from explain(chunks)
        return
    events = events_of(chunks)
    if emit == "events":
        for event in events:
            yield msgspec.json.encode(event)
    elif emit == "calls":
        for call in calls_of(events):
            yield msgspec.json.encode(call)
    else:
        rows = all_records(events)
        for row in sorted(rows, key=lambda each: (each.started_at, each.device)):
            yield msgspec.json.encode(row)


def events_of(chunks: Chunks, naming: Naming | None = None, reading: Reading | None = None) -> Iterator[CallEvent]:
    """The call events of a recording."""
    state = State("replay", "freeswitch", naming, reading=reading)
    at = datetime.fromtimestamp(0, UTC)
    for at, event, _ in events_in(chunks):
        yield from translate(state, event, at, Origin.REPLAYED)
    yield from settle(state, at + 2 * SETTLE + timedelta(seconds=1), Origin.REPLAYED)


def calls_of(events: Iterable[CallEvent]) -> list[Call]:
    """The last state of each call, in order of beginning."""
    calls: dict[str, Call] = {}
    for event in events:
        calls[event.call.call_id] = event.call
    return sorted(calls.values(), key=lambda call: (call.started_at, call.call_id))
