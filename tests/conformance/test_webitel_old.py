"""FreeSWITCH's recordings as the old Webitel engine passes them on: the records agree with what the persons did."""

import json
import random
from collections.abc import Iterator

import pytest
from connector_freeswitch.recording import events_in
from connector_webitel.old.replay import events_of
from cti_model.fold import refold
from cti_model.records import CallRecord, all_records
from cti_simulators.traces import Trace, find_traces, load_trace
from cti_simulators.webitel.old.packing import owned, subscribed

from tests.conformance.freeswitch import STORIES, TRACES, differences

PATHS = [each for each in find_traces(TRACES, ".esl.jsonl") if not each.name.startswith("park_fifo")]
"""All but the one about `mod_fifo`, whose events the engine does not pass on."""
USERS = frozenset(f"{user}@demo.local" for user in (101, 102, 103, 104))


def lines(trace: Trace, *, own: bool) -> Iterator[tuple[float, bytes]]:
    """What the engine would send of a recording: to a service account, or to the users themselves."""
    for at, event, _ in events_in((chunk.t, chunk.data) for chunk in trace.chunks):
        headers = event.changed({})
        frame = owned(headers) if own else subscribed(headers)
        if frame is not None and (not own or frame["Channel-Presence-ID"] in USERS):
            yield at.timestamp(), json.dumps(frame).encode() + b"\n"


def records_of(trace: Trace, *, own: bool = False) -> list[CallRecord]:
    return all_records(events_of(lines(trace, own=own), domain="demo.local"))


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.name.split(".")[0])
def test_records_of_the_whole_domain_agree_with_what_was_done(path):
    trace = load_trace(path)
    assert trace.name in STORIES
    assert differences(trace, records_of(trace)) == []


def without_beginnings(told: Iterator[tuple[float, bytes]]) -> Iterator[tuple[float, bytes]]:
    """Without what is told of a calling leg before the dialplan has it: the engine may not know yet whose it is."""
    known: set[str] = set()
    for at, line in told:
        frame = json.loads(line)
        early = frame["Event-Name"] == "SE:CHANNEL_CREATE" or frame.get("Channel-State") in EARLY
        if frame.get("Call-Direction") == "inbound" and frame.get("Unique-ID") not in known:
            if early:
                continue
            known.add(frame["Unique-ID"])
        yield at, line


EARLY = ("CS_NEW", "CS_INIT", "CS_ROUTING")
UNTOLD = {
    # The dialplan clears it before anything else is told of it.
    "busy": ["101: no record out 777 that began at 101 invite#3"],
}


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.name.split(".")[0])
def test_records_of_the_whole_domain_agree_where_beginnings_are_not_passed_on(path):
    trace = load_trace(path)
    kept = without_beginnings(lines(trace, own=False))
    assert differences(trace, all_records(events_of(kept, domain="demo.local"))) == UNTOLD.get(trace.name, [])


@pytest.mark.parametrize("own", [False, True], ids=["domain", "each user"])
@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.name.split(".")[0])
def test_laws_of_events(path, own):
    calls: dict[str, list] = {}
    for event in events_of(lines(load_trace(path), own=own), domain="demo.local"):
        calls.setdefault(event.call.call_id, []).append(event)
    for events in calls.values():
        assert [event.call.version for event in events] == list(range(1, len(events) + 1))
        assert refold(events) == events[-1].call
        assert not events[-1].call.alive


DOUBT = {
    # A dialplan that clears a call by itself, normally, looks like a caller who gave up.
    "busy": ["101: outcome cancelled, truth failed"],
}
"""What a user's own legs do not tell."""


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.name.split(".")[0])
def test_records_of_users_who_hear_their_own_legs_agree_but_for_who_hung_up(path):
    trace = load_trace(path)
    found = [each for each in differences(trace, records_of(trace, own=True)) if "ended_by" not in each]
    assert found == DOUBT.get(trace.name, [])


@pytest.mark.parametrize("own", [False, True], ids=["domain", "each user"])
@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.name.split(".")[0])
def test_lost_repeated_and_late_frames_break_no_law(path, own):
    rng, told = random.Random(path.name), list(lines(load_trace(path), own=own))
    broken = [each for each in told for _ in range(rng.choice((0, 1, 1, 1, 2)))]
    for _ in range(len(broken) // 5):
        at = rng.randrange(len(broken) - 1) if len(broken) > 1 else 0
        broken[at : at + 2] = reversed(broken[at : at + 2])
    calls: dict[str, list] = {}
    for event in events_of(broken, domain="demo.local"):
        calls.setdefault(event.call.call_id, []).append(event)
    for events in calls.values():
        assert [event.call.version for event in events] == list(range(1, len(events) + 1))
        assert refold(events) == events[-1].call
