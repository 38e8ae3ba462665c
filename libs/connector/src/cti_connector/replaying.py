"""What `trunkline replay` prints of a recorded link, whatever the PBX kind. Pure."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import msgspec
from cti_model.calls import Call
from cti_model.events import CallEvent
from cti_model.records import all_records

Chunks = Iterable[tuple[float, bytes]]
"""Portions of a link, each with the epoch second at which it came."""
Because = Mapping[str, Any] | None
"""The frame that told a fact, as it is shown; None where time alone did."""


def printed(told: Iterable[tuple[CallEvent, Because]], emit: str) -> Iterator[bytes]:
    """JSON lines.

    `emit`: `events` as they happen; `calls`, the last state of each call in order of beginning; `records`, the rows
    of the Calls section in order of beginning; `explain`, each fact with the frame that it came from. A call that has
    not ended in the recording has no outcome.
    """
    if emit == "explain":
        for event, because in told:
            yield msgspec.json.encode(line_of(event) | {"frame": because})
    elif emit == "events":
        for event, _ in told:
            yield msgspec.json.encode(event)
    elif emit == "calls":
        yield from map(msgspec.json.encode, calls_of(event for event, _ in told))
    else:
        rows = all_records([event for event, _ in told])
        yield from map(msgspec.json.encode, sorted(rows, key=lambda row: (row.started_at, row.device)))


def unexplained(told: Iterable[CallEvent]) -> Iterator[tuple[CallEvent, Because]]:
    """Events for `printed` where nobody asks why."""
    return ((event, None) for event in told)


def calls_of(events: Iterable[CallEvent]) -> list[Call]:
    """The last state of each call, in order of beginning."""
    calls = {event.call.call_id: event.call for event in events}
    return sorted(calls.values(), key=lambda call: (call.started_at, call.call_id))


def line_of(event: CallEvent) -> dict[str, Any]:
    """A fact for people: `at`, `call`, `version`, `fact`; `connection` and `device` where it is about one."""
    leg = getattr(event.fact, "leg", None)
    about = leg.connection_id if leg is not None else getattr(event.fact, "connection_id", "")
    connection = event.call.connection(about or getattr(event.fact, "by", ""))
    line: dict[str, Any] = {
        "at": event.occurred_at,
        "call": event.call.call_id,
        "version": event.call.version,
        "fact": event.kind,
    }
    if connection is not None:
        line |= {"connection": connection.connection_id, "device": connection.device.number}
    return line
