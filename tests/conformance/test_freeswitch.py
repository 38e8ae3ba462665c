"""The records of every recorded FreeSWITCH call agree with what the persons did, and the laws of events hold."""

import pytest
from cti_model.fold import refold
from cti_model.records import all_records
from cti_simulators.traces import find_traces, load_trace

from tests.conformance.freeswitch import STORIES, TRACES, differences, events_of_trace

PATHS = list(find_traces(TRACES, ".esl.jsonl"))


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.name.split(".")[0])
def test_records_agree_with_what_was_done(path):
    trace = load_trace(path)
    assert differences(trace, all_records(events_of_trace(trace))) == []


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.name.split(".")[0])
def test_laws_of_events(path):
    calls: dict[str, list] = {}
    for event in events_of_trace(load_trace(path)):
        calls.setdefault(event.call.call_id, []).append(event)
    for events in calls.values():
        assert [event.call.version for event in events] == list(range(1, len(events) + 1))
        assert refold(events) == events[-1].call
        assert not events[-1].call.alive
        for each in events[-1].call.connections:
            assert not each.device.native.startswith("loopback")


def test_both_formats_of_the_event_socket_tell_the_same_call():
    (plain,) = find_traces(TRACES, ".esl-plain.txt")
    of_json = events_of_trace(load_trace(TRACES / "out_hold.esl.jsonl.gz"))
    of_plain = events_of_trace(load_trace(plain))
    assert [event.event_id for event in of_plain] == [event.event_id for event in of_json]
    assert len(of_json) == 12


def test_every_recording_is_held():
    assert {load_trace(path).name for path in PATHS} == set(STORIES)
