"""A call keeps its id whatever Asterisk does to its own; what Asterisk calls it meanwhile becomes an alias."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from connector_asterisk.replay import events_of
from connector_asterisk.translate import WANTED
from connector_asterisk.wire import Decoder, Frame
from cti_connector.replaying import calls_of
from cti_model.calls import Call
from cti_model.events import CallEvent, InformationChanged
from cti_simulators.traces import Trace, load_trace

TRACES = Path(__file__).parents[3] / "tests" / "data" / "traces"
VERSIONS = ("asterisk-11", "asterisk-13", "asterisk-22")
# Linkedid merge, attended transfer, masquerade (11); pickup; Action Bridge; conference; parking; feature codes; Local.
CHANGING = (
    "j_attended_transfer",
    "j2_attended_transfer_target_hangs_up",
    "j3_attended_transfer_to_external",
    "s2_directed_pickup",
    "y_bridge_action",
    "p_confbridge",
    "o1_park_retrieve",
    "l_blind_transfer",
    "m2_feature_attended",
    "n7_queue_local_members",
    "n10_queue_transfer",
    "r1_redirect",
    "t1_local_optimised",
)
# In these somebody goes on talking in the call that was there first, with one partner after another.
GOES_ON = ("j_attended_transfer", "l_blind_transfer", "m2_feature_attended", "n10_queue_transfer", "o1_park_retrieve")


def recorded(version: str, scenario: str) -> tuple[Trace, list[CallEvent]]:
    trace = load_trace(TRACES / version / f"{scenario}.ami.gz")
    return trace, list(events_of((chunk.t, chunk.data) for chunk in trace.chunks))


def frames(trace: Trace) -> Iterator[Frame]:
    decoder = Decoder(WANTED)
    for chunk in trace.chunks:
        yield from decoder.feed(chunk.data)


def survivor(calls: dict[str, Call], call: Call) -> Call:
    while call.merged_into is not None and not call.connections:
        call = calls[call.merged_into]
    return call


def aliases(call: Call) -> set[str]:
    return {*call.native_ids, *(each for connection in call.connections for each in connection.native_ids)}


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("scenario", CHANGING)
def test_every_id_that_asterisk_gave_a_leg_finds_its_call(version, scenario):
    trace, events = recorded(version, scenario)
    calls = {call.call_id: call for call in calls_of(events)}
    found: dict[str, set[str]] = {}
    for call in calls.values():
        for name in aliases(call):
            found.setdefault(name, set()).add(survivor(calls, call).call_id)
    for frame in frames(trace):
        uid, name = frame.get("Uniqueid"), frame.get("Channel")
        if uid and name.startswith(("SIP/", "PJSIP/")) and "<" not in name:
            assert found.get(uid), f"{frame.name} of {name}: nobody knows {uid}"
        if frame.get("Linkedid") and name.startswith(("SIP/", "PJSIP/")):
            assert found.get(frame.get("Linkedid")), f"{frame.name} of {name}: nobody knows its Linkedid"


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("scenario", GOES_ON)
def test_the_call_that_was_there_first_is_the_one_that_ends_last(version, scenario):
    _, events = recorded(version, scenario)
    assert events[0].call.call_id == events[-1].call.call_id
    trunk = events[0].call.connections[0].connection_id
    assert {event.call.call_id for event in events if event.call.connection(trunk)} == {events[0].call.call_id}


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("scenario", CHANGING)
def test_a_connection_moves_only_where_both_calls_tell_it(version, scenario):
    _, events = recorded(version, scenario)
    home: dict[str, str] = {}
    for event in events:
        joined = {each.connection_id for each in getattr(event.fact, "joined", ())}
        for each in event.call.connections:
            was = home.get(each.connection_id)
            if was not in (None, event.call.call_id):
                assert each.connection_id in joined
                left = [other for other in events if each.connection_id in getattr(other.fact, "departed", ())]
                assert [other.fact.merged_into for other in left] == [event.call.call_id]
                assert left[0].call.call_id == was
            home[each.connection_id] = event.call.call_id


@pytest.mark.parametrize("scenario", ["j_attended_transfer", "s2_directed_pickup", "y_bridge_action"])
def test_a_masquerade_gives_the_telephone_another_id_and_the_old_one_still_finds_it(scenario):
    _, events = recorded("asterisk-11", scenario)
    changes = [event for event in events if isinstance(event.fact, InformationChanged) and event.fact.connection_id]
    moved = [event for event in changes if event.fact.native_ids]
    assert moved
    for event in moved:
        ids = event.call.connection(event.fact.connection_id).native_ids
        assert ids[-1] == event.fact.native_ids[0]
        assert len(ids) == 2
        assert event.fact.native_ids[0] in event.call.native_ids


def test_a_recording_of_three_versions_gives_calls_of_the_same_shape():
    for scenario in CHANGING:
        shapes = {
            version: [
                (len(call.connections), call.direction, bool(call.merged_into), call.queue)
                for call in calls_of(recorded(version, scenario)[1])
            ]
            for version in VERSIONS
        }
        assert shapes["asterisk-22"] == shapes["asterisk-13"] == shapes["asterisk-11"], scenario
