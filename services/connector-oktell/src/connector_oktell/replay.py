"""The pure pipeline over a recording: what `trunkline replay oktell` prints. No servers, no clock of its own."""

from collections.abc import Iterable, Iterator
from datetime import timedelta
from typing import Any

import msgspec
from cti_model.calls import Call
from cti_model.events import CallEvent
from cti_model.records import all_records

from connector_oktell.recording import Chunks, Recorded, recorded
from connector_oktell.translate import State, hear, numbers, take_line, tick
from connector_oktell.translate.ending import LINGER
from connector_oktell.wire import EVENTS, rows, text

_LINE = "getextendedlineinfo"


def replay(chunks: Chunks, emit: str) -> Iterator[bytes]:
    """JSON lines for a recording.

    `emit`: `events` as they happen; `calls`, the last state of each call in order of beginning; `records`, the rows
    of the Calls section in order of beginning; `explain`, each fact with the frame that it came from.
    """
    if emit == "explain":
        for event, because in told(chunks):
            yield msgspec.json.encode(_line(event, because))
        return
    events = [event for event, _ in told(chunks)]
    if emit == "events":
        yield from map(msgspec.json.encode, events)
    elif emit == "calls":
        yield from map(msgspec.json.encode, calls_of(events))
    else:
        yield from map(msgspec.json.encode, sorted(all_records(events), key=lambda row: (row.started_at, row.device)))


def told(chunks: Chunks) -> Iterator[tuple[CallEvent, Recorded | None]]:
    """The call events of a recording, each with the frame that told it; None where time alone did.

    What our own commands did is not in a recording: who ended a call is then unknown.
    """
    state = State("replay", "oktell")
    last: Recorded | None = None
    for each in recorded(chunks):
        last = each
        for event in tick(state, each.at):
            yield event, None
        desk = state.desk(each.device)
        desk.heard_at = each.at
        for event in _meaning(state, each):
            yield event, each
    if last is not None:
        at = last.at + 2 * LINGER + timedelta(seconds=1)
        for event in (*tick(state, at), *tick(state, at + 2 * LINGER)):
            yield event, None


def _meaning(state: State, each: Recorded) -> list[CallEvent]:
    desk, frame = state.desk(each.device), each.frame
    if each.method == "getmyuserinfo":
        desk.name = text(frame.fields, "username") or desk.name
    elif frame.name == "pbxnumberstatechanged" or each.method == "getpbxnumbers":
        if not state.tells_numbers(each.device, each.at):
            return []
        return numbers(state, rows(frame.fields, "numbers"), each.at)
    elif each.method == _LINE:
        return take_line(state, desk, frame, each.at)[0]
    elif not each.method and frame.name in EVENTS:
        return hear(state, desk, frame, each.at)
    return []


def calls_of(events: Iterable[CallEvent]) -> list[Call]:
    """The last state of each call, in order of beginning."""
    calls = {event.call.call_id: event.call for event in events}
    return sorted(calls.values(), key=lambda call: (call.started_at, call.call_id))


def _line(event: CallEvent, because: Recorded | None) -> dict[str, Any]:
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
    frame = None
    if because is not None:
        shown = {name: value for name, value in because.frame.fields.items() if name not in _HIDDEN}
        frame = {"number": because.number, "operator": because.device, "name": because.frame.name, **shown}
    return line | {"frame": frame}


_HIDDEN = ("sessionid", "qid", "number", "name")
