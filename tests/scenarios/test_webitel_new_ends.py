"""Ends that no telephone makes: Webitel's own, of a leg that it lost, and of one that is to be forgotten."""

import pytest
from cti_model.calls import Cause, EndedBy, Outcome
from cti_model.records import all_records
from cti_simulators.scenario import parse, perform

from tests.scenarios.webitel_new import Stage

TALK = "trunk 79161234567 calls 74950000101 as c1; 101 rings; 101 answers after 2s; wait 3s"


def lawful(stage: Stage) -> None:
    assert not any(call.alive for call in {each.call.call_id: each.call for each in stage.events}.values())
    state = stage.picture.state
    assert state.legs == state.boxes == state.left == state.early == {}


@pytest.mark.parametrize("late", [False, True], ids=["gone", "hangs up later"])
def test_a_talk_whose_heartbeat_is_lost_is_over_and_nobody_ended_it(late):
    stage = Stage(("101",))
    perform(parse(TALK), stage)
    stage.house.lose_heartbeat(stage.leg("101"))
    stage.hear()
    perform(parse("79161234567 hangs up; wait 5s" if late else "wait 5s"), stage)
    [row] = all_records(stage.events)
    assert (row.outcome, row.ended_by, row.talk_s) == (Outcome.ANSWERED, EndedBy.SYSTEM, pytest.approx(3, abs=0.1))
    ended = [each.fact.cause for each in stage.events if each.kind == "connection_cleared"]
    assert ended == [Cause.LOST]
    lawful(stage)


def test_a_ringing_that_is_lost_was_not_answered():
    stage = Stage(("101",))
    perform(parse("trunk 79161234567 calls 74950000101 as c1; 101 rings; wait 2s"), stage)
    stage.house.lose_heartbeat(stage.leg("101"))
    stage.hear()
    perform(parse("wait 5s"), stage)
    [row] = all_records(stage.events)
    assert (row.outcome, row.ended_by, row.ring_s) == (Outcome.MISSED, EndedBy.SYSTEM, pytest.approx(2, abs=0.1))
    lawful(stage)


def test_a_leg_whose_heartbeat_was_lost_while_its_link_was_away_ends_with_the_next_list():
    stage = Stage(("101",))
    perform(parse(TALK), stage)
    uid = stage.leg("101")
    stage.cut("101")
    stage.house.lose_heartbeat(uid)
    perform(parse("wait 2s"), stage)
    stage.connect("101")
    perform(parse("wait 5s"), stage)
    [row] = all_records(stage.events)
    assert row.ended_by is EndedBy.SYSTEM
    lawful(stage)


def test_a_leg_that_is_to_be_forgotten_from_its_beginning_is_no_call():
    stage = Stage(("101",))
    leg = stage.house.switch.originate("101", "", "777", {"process_cdr": "false"})
    stage.hear()
    stage.house.switch.hang_up(leg, "NORMAL_CLEARING", "send_bye")
    perform(parse("wait 5s"), stage)
    assert stage.events == []
    lawful(stage)


@pytest.mark.parametrize("away", [False, True], ids=["heard", "missed"])
def test_a_call_that_is_to_be_forgotten_in_the_midst_of_it_ends_when_its_leg_does(away):
    stage = Stage(("101",))
    perform(parse(TALK), stage)
    stage.house.switch.legs[stage.leg("101")].variables["process_cdr"] = "false"
    perform(parse("101 holds; wait 2s"), stage)  # not told any more
    if away:
        stage.cut("101")
    perform(parse("79161234567 hangs up; wait 1s"), stage)
    if away:
        stage.connect("101")
    perform(parse("wait 5s"), stage)
    [row] = all_records(stage.events)
    assert (row.outcome, row.hold_s) == (Outcome.ANSWERED, 0.0)
    assert row.talk_s == pytest.approx(0 if away else 5, abs=0.1)  # what is lost ends when the link was last heard
    lawful(stage)
