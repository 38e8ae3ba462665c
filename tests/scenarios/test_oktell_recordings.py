"""Recordings: after a talk Oktell's own journal of calls is asked for their links, and the journal has them."""

from call_journal.project import recordings
from cti_model.events import RecordingStored
from cti_model.fold import refold
from cti_simulators.scenario import parse, perform

from tests.scenarios.oktell import Stage

TALK = "trunk 79161234567 calls 74950000101 as c1; 101 rings; 101 answers after 1s; c1 hangs up after 3s"


def stored(stage):
    return [event for event in stage.events if isinstance(event.fact, RecordingStored)]


def test_the_recording_of_a_talk_is_told_once_and_found_in_the_journal():
    stage = Stage(records=True)
    perform(parse(f"{TALK}; wait 5m"), stage)
    (event,) = stored(stage)
    (row,) = stage.pbx.journal
    assert event.fact.location == row["recordlink"]
    assert event.call.connection(event.fact.connection_id).device.number == "101"
    assert event.call == refold([each for each in stage.events if each.call.call_id == event.call.call_id])
    known = {}
    for number, each in enumerate(stage.events):
        recordings.take(known, number, each)
    (kept,) = known.values()
    assert (kept.location, kept.device, kept.stored_at) == (row["recordlink"], "101", event.occurred_at)


def test_two_operators_of_one_talk_have_one_recording():
    stage = Stage(records=True)
    perform(parse("101 calls 102; 102 rings; 102 answers after 1s; 101 hangs up after 3s; wait 5m"), stage)
    assert len(stored(stage)) == 1


def test_a_recording_that_is_listed_late_is_asked_for_again():
    stage = Stage(records=True)
    stage.house.faults.errors["getpbxcalljournal"] = {"result": 1, "data": []}
    perform(parse(f"{TALK}; wait 10s"), stage)
    assert stored(stage) == []
    del stage.house.faults.errors["getpbxcalljournal"]
    perform(parse("wait 5m"), stage)
    assert len(stored(stage)) == 1


def test_nothing_is_asked_for_a_call_without_a_talk_nor_where_it_is_not_wanted():
    for records, story in (
        (True, "101 calls 102; 102 rings; 101 hangs up after 2s; wait 5m"),
        (False, f"{TALK}; wait 5m"),
    ):
        stage = Stage(records=records)
        perform(parse(story), stage)
        assert not any(name == "getpbxcalljournal" for server in stage.servers for name, _ in server.heard)
