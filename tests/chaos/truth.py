"""What must be there, computed from the stream (and from what Asterisk sent) by the pure pipeline alone."""

from collections.abc import Iterable
from itertools import zip_longest
from pathlib import Path

from connector_asterisk.replay import events_of
from cti_directory import owners_of
from cti_model.events import CallEvent, CallFact
from cti_model.fold import refold
from cti_model.records import CallRecord, records
from cti_model.view import UserUpdate
from cti_simulators.traces import Trace, load_trace
from msgspec.structs import replace
from push.projector.step import Event, step
from push.projector.views import Views

Stored = list[tuple[int, CallEvent]]
"""Call events with their stream sequences, in stream order."""
Heard = list[tuple[int, Event]]
"""Call, agent and journal events with their stream sequences, in stream order."""


def by_call(events: Iterable[CallEvent]) -> dict[str, list[CallEvent]]:
    """The events of each call, in order."""
    calls: dict[str, list[CallEvent]] = {}
    for event in events:
        calls.setdefault(event.call.call_id, []).append(event)
    return calls


def is_whole(stored: Stored) -> None:
    """Each call is told once and in order, from its first event to its end, and its facts give the carried states."""
    ids = [event.event_id for _, event in stored]
    assert len(ids) == len(set(ids)), "an event is there twice"
    for events in by_call(event for _, event in stored).values():
        assert [event.call.version for event in events] == list(range(1, len(events) + 1))
        assert refold(events) == events[-1].call
        assert not events[-1].call.alive


def plain(fact: CallFact) -> CallFact:
    """A fact without what a connector offers: bytes alone do not tell which commands a site has switched on."""
    joined = tuple(replace(each, allowed=()) for each in getattr(fact, "joined", ()))
    return replace(fact, joined=joined) if joined else fact


def is_what_asterisk_sent(stored: Stored, folder: Path) -> None:
    """The stream has what the bytes mean that the connector received and recorded: nothing less, more or reordered."""
    (recording,) = folder.glob("*.ami")
    sent = by_call(events_of((chunk.t, chunk.data) for chunk in load_trace(recording).chunks))
    found = by_call(event for _, event in stored)
    assert found.keys() == sent.keys()
    for call_id, events in sent.items():
        stored_facts, sent_facts = [plain(each.fact) for each in found[call_id]], [plain(each.fact) for each in events]
        differing = [pair for pair in zip_longest(stored_facts, sent_facts) if pair[0] != pair[1]]
        assert not differing, f"first of {len(differing)} differences in {call_id}: {differing[0]}"


def calls_in(trace: Trace) -> int:
    """How many calls a recording tells of."""
    return len(by_call(events_of((chunk.t, chunk.data) for chunk in trace.chunks)))


def rows(stored: Stored) -> dict[str, CallRecord]:
    """The rows of the Calls section by connection."""
    final = {event.call.call_id: event.call for _, event in stored}
    return {row.connection_id: row for call in final.values() for row in records(call)}


def updates(heard: Heard) -> dict[str, list[UserUpdate]]:
    """What each user must have been told, in order."""
    latest = Views()
    told: dict[str, list[UserUpdate]] = {}
    for seq, event in heard:
        for update in step(latest, event, seq, owners_of(None), "life"):
            latest[update.view.user] = update
            told.setdefault(update.view.user, []).append(update)
    return told
