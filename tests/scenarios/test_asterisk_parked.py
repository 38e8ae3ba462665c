"""Two callers parked at once: they wait in one bridge of Asterisk and are two calls all the same."""

import pytest
from connector_asterisk.replay import events_of
from cti_connector.replaying import calls_of
from cti_model.calls import Outcome
from cti_simulators.scenario import parse

from tests.scenarios.asterisk import Stage

TWO_PARKED = """
trunk 79161111111 calls 74950000101 as c1; 101 rings; 101 answers after 1s; 101 parks after 1s
trunk 79162222222 calls 74950000102 as c2 after 1s; 102 rings; 102 answers after 1s; 102 parks after 1s
103 retrieves parked 701 after 1s; 103 hangs up after 2s; c2 hangs up after 1s; wait until quiet
"""


@pytest.mark.parametrize("dialect", ["11", "13", "22"])
def test_two_parked_callers_do_not_become_one_call(dialect):
    calls = calls_of(events_of(Stage(dialect).play(parse(TWO_PARKED))))
    callers = {each.party.number for call in calls for each in call.connections}
    assert {"79161111111", "79162222222"} <= callers
    for call in calls:
        assert len({each.party.number for each in call.connections} & {"79161111111", "79162222222"}) <= 1
        assert not call.alive
    talked = {each.device.number for call in calls for each in call.connections if each.outcome is Outcome.ANSWERED}
    assert {"101", "102", "103"} <= talked


def test_the_list_of_parked_calls_says_how_long_they_wait():
    stage = Stage("22")
    stage.scene("101 calls 700; wait 3s")
    stage.act("ParkedCalls")
    assert b"ParkingTimeout: 5\r\nParkingDuration: 3\r\n" in stage.chunks[-1][1]
