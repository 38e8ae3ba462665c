"""Whatever people do while the link comes and goes: the books are right, and when all is over no call is left alive."""

import random

import pytest
from cti_model.agents import AgentState
from cti_model.calls import ConnectionState
from cti_model.events import CallEvent
from cti_model.fold import refold
from cti_model.records import all_records
from cti_simulators.freeswitch.people import People
from cti_simulators.scenario import parse, perform
from cti_simulators.scenario.chance import riot

from tests.scenarios.freeswitch_line import Line
from tests.scenarios.test_freeswitch_chance import WORLD


def test_who_waits_in_park_before_anybody_listened_is_not_taken_for_talking():
    line = Line(random.Random(7))
    perform(parse("101 calls 9199; wait 3s"), People(line.switch))
    line.connect()
    [waits] = line.events[-1].call.connections
    assert waits.state is ConnectionState.QUEUED
    told = len(line.events)
    line.compare()
    assert len(line.events) == told


@pytest.mark.parametrize("seed", [*range(200, 215), 20060])
def test_no_call_outlives_a_link_that_comes_and_goes(seed):
    rng = random.Random(seed)
    line = Line(rng)
    line.connect()
    fate = random.Random(seed)

    def hear() -> None:
        chance = fate.random()
        if chance < 0.02:
            line.cut()
        elif chance < 0.06:
            line.connect()
        elif chance < 0.08:
            line.compare()
        line.hear()

    riot(People(line.switch), WORLD, rng, 60, hear)
    line.connect()
    line.switch.advance(line.switch.now + 20.0)
    line.hear()
    calls: dict[str, list[CallEvent]] = {}
    for event in line.events:
        calls.setdefault(event.call.call_id, []).append(event)
    assert len(calls) > 5
    for told in calls.values():
        assert [event.call.version for event in told] == list(range(1, len(told) + 1))
        assert refold(told) == told[-1].call
        assert not told[-1].call.alive
    for row in all_records(line.events):
        spent = row.ring_s + row.queue_s + row.talk_s + row.hold_s
        assert row.outcome is not None
        assert spent == pytest.approx((row.ended_at - row.started_at).total_seconds(), abs=0.001)
    assert (line.picture.state.channels, line.picture.state.boxes, line.picture.state.rooms) == ({}, {}, {})
    wanted = {"Available": AgentState.READY, "On Break": AgentState.NOT_READY}
    tiers = {user for users in line.switch.callcenter.tiers.values() for user in users}
    for user, seat in line.switch.callcenter.agents.items():
        expected = wanted.get(seat.status, AgentState.LOGGED_OUT) if user in tiers else AgentState.LOGGED_OUT
        assert line.agents.get(user, AgentState.LOGGED_OUT) is expected, user
