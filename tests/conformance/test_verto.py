"""Our records of a Verto telephone's calls, from the event socket, agree with what its own frames say."""

import json

import pytest
from cti_model.records import all_records
from cti_simulators.traces import load_trace
from cti_simulators.webphone.verto_frames import parse

from tests.conformance.freeswitch import TRACES, events_of_trace
from tests.conformance.verto import RECORDINGS, Telephone, compared, differences, telephone

COMPARED = dict(compared())


@pytest.mark.parametrize("name", sorted(COMPARED))
def test_records_agree_with_what_the_telephone_heard(name):
    assert COMPARED[name] == []


def test_every_call_of_every_recording_was_seen():
    seen = {path.name.partition(".")[0]: telephone(path) for path in RECORDINGS.glob("*.verto.jsonl")}
    assert {name for name, each in seen.items() if each.calls} == set(COMPARED)
    assert sum(len(each.calls) for each in seen.values()) == 17
    recorded = {path.name.partition(".")[0] for path in TRACES.glob("*.esl.jsonl.gz")}
    assert set(COMPARED) <= recorded


def test_a_difference_is_found():
    seen = telephone(RECORDINGS / "out_hold.verto.jsonl")
    (call,) = seen.calls.values()
    call.ended, call.by_itself, call.number = (call.ended or 0.0) + 1.0, False, "103"
    call.holds[0][1] += 5.0
    assert len(differences(seen, [])) == 1
    rows = all_records(events_of_trace(load_trace(TRACES / "out_hold.esl.jsonl.gz")))
    assert len(differences(seen, rows)) == 4
    assert len(differences(Telephone(), rows)) == 1


def test_frames_of_two_connections_with_the_same_ids_are_told_apart():
    seen = Telephone()
    ask = {"id": 1, "method": "verto.invite", "params": {"dialogParams": {"callID": "a", "destination_number": "102"}}}
    done = {"id": 1, "result": {"message": "CALL CREATED"}}
    seen.take("one", True, 1.0, parse(json.dumps(ask)))
    seen.take("other", False, 2.0, parse(json.dumps(done)))
    assert seen.calls == {}
    seen.take("one", False, 3.0, parse(json.dumps(done)))
    assert seen.calls["a"].began == 1.0
