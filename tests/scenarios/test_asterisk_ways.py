"""Ways of a call that no recording has, on the simulator in each version: a line for people, who talked with whom."""

import pytest
from connector_asterisk.replay import events_of
from cti_model.events import CallEvent
from cti_model.fold import refold
from cti_model.path import segments
from cti_model.story import story

from tests.scenarios.asterisk import DIALECTS, Stage
from tests.scenarios.cases import INBOUND, scenario

_TALK = INBOUND.format(did="74950000101") + "; 101 rings; 101 answers after 1.5s\n"
WAYS = {
    "two calls in turn, then joined": _TALK
    + """101 consults 102 after 1s; 102 rings; 102 answers after 1s; 101 holds after 2s; 101 retrieves
        101 holds after 2s; 101 retrieves after 100ms; 101 completes transfer after 2s; c1 hangs up after 2s""",
    "parked, and nobody fetches it": _TALK
    + "101 parks after 2s; 101 rings; 101 answers after 1s; 101 hangs up after 2s",
    "parked, and nobody is there when it comes back": _TALK + "101 parks after 2s; 101 rings",
    "a queue that rings one after the other": "trunk 79161234567 calls 74950000201 as c1",
    "a queue in which the second one answers": """
        trunk 79161234567 calls 74950000201 as c1; 102 rings; 101 rings; 101 answers after 2s; c1 hangs up after 3s""",
    "a feature code, and nobody answers": _TALK + "101 sends ## after 1.5s; 101 sends 102 after 1.5s; 102 rings",
}
STORIES = {
    "two calls in turn, then joined": [
        "79161234567 → 101 talked 1 s, held 7 s → transferred to 102 talked 2 s",
        "101 → consulted 102 talked 6 s → joined to another call",
    ],
    "parked, and nobody fetches it": ["79161234567 → 101 talked 2 s → parked 8 s → back to 101 talked 2 s"],
    "parked, and nobody is there when it comes back": [
        "79161234567 → 101 talked 2 s → parked 8 s → 101 rang 30 s, missed"
    ],
    "a queue that rings one after the other": [
        "79161234567 → queue sales 30 s, no answer → 102 rang 5 s, missed → 101 rang 5 s, missed"
        " → 102 rang 5 s, missed → 101 rang 5 s, missed → 102 rang 2 s, missed"
    ],
    "a queue in which the second one answers": [
        "79161234567 → queue sales 9 s → 102 rang 5 s, missed → 101 talked 3 s"
    ],
    "a feature code, and nobody answers": ["79161234567 → 101 talked 4 s → transferred to 102 rang 10 s, missed"],
}
TALKS = {
    "two calls in turn, then joined": ["trunk-101 answer attended", "trunk-102 attended clear"],
    "parked, and nobody fetches it": ["trunk-101 answer park", "trunk-101 recall clear"],
    "a queue in which the second one answers": ["trunk-101 queue clear"],
}


def calls_of(dialect: str, way: str) -> list[list[CallEvent]]:
    calls: dict[str, list[CallEvent]] = {}
    for event in events_of(Stage(dialect).play(scenario(WAYS[way]))):
        calls.setdefault(event.call.call_id, []).append(event)
    return list(calls.values())


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("way", WAYS)
def test_a_call_in_one_line(dialect, way):
    calls = calls_of(dialect, way)
    assert [story(call) for call in calls] == STORIES[way]
    for call in calls:
        assert not call[-1].call.alive
        assert refold(call) == call[-1].call


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("way", TALKS)
def test_who_talked_with_whom_and_why(dialect, way):
    call = calls_of(dialect, way)[0]
    names = {each.connection_id: each.device.number for event in call for each in event.call.connections}
    found = [f"{names[each.one]}-{names[each.other]} {each.began_by} {each.ended_by}" for each in segments(call)]
    assert found == TALKS[way]
