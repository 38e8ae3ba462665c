"""The far leg of a talk that the old Webitel engine does not show: told as the near leg's dump implies it."""

from typing import Any

import pytest
from cti_model.calls import Call, Command, Connection, ConnectionState
from cti_simulators.freeswitch.exchange import Manners
from cti_simulators.scenario import parse, perform

from tests.scenarios.webitel_old_stage import Stage

CUSTOMER = "79161234567"
PASSED_ON = "102 calls 103; 103 rings; 103 answers after 2s; 103 transfers to 101; 101 rings; 101 answers; wait 3s"


def played(stage: Stage, story: str) -> Stage:
    perform(parse(story), stage)
    return stage


def missed(story: str, *, shown: bool, click: bool = False) -> Call:
    """101's link is cut while a story begins, and back before it ends."""
    stage = Stage(("101",), records=False)
    stage.engine.own_only = not shown
    if click:
        stage.switch.manners = Manners(lifts_after_s=2.0)
        stage.command("101", Command.MAKE_CALL, to=CUSTOMER)
    stage.cut("101")
    played(stage, story)
    stage.link("101")
    [call] = stage.calls()
    return call


def of(call: Call, party: str) -> Connection:
    return next(each for each in call.connections if each.party.number == party)


def told(each: Connection) -> tuple[Any, ...]:
    return each.state, each.direction, each.started_at, each.answered_at


@pytest.mark.parametrize(
    ("story", "click"),
    [
        (f"trunk {CUSTOMER} calls 74950000101 as c1; 101 rings; 101 answers after 4s; wait 3s", False),
        (f"101 calls {CUSTOMER} as c1; c1 rings; c1 answers after 4s; wait 3s", False),
        (f"wait 8s; {CUSTOMER} answers; wait 3s", True),
    ],
    ids=["called", "calls", "click-to-call"],
)
def test_it_began_and_answered_when_it_did(story, click):
    there, here = (missed(story, shown=shown, click=click) for shown in (True, False))
    assert here.started_at == there.started_at
    for party in ("101", CUSTOMER):
        assert told(of(here, party)) == told(of(there, party))


def test_of_who_calls_the_latest_begin_is_told_where_the_near_leg_knows_none():
    there, here = (missed(PASSED_ON, shown=shown) for shown in (True, False))
    assert of(there, "102").started_at < of(here, "102").started_at == of(here, "101").started_at
    assert of(here, "102").answered_at == of(there, "102").answered_at


def test_what_its_own_link_told_of_it_stays():
    """Its hold too: the near leg knows nothing of that."""
    stage = Stage(("101", "102"), records=False)
    stage.engine.own_only = True
    played(stage, "102 calls 101; 101 rings; 101 answers after 2s; 102 holds after 1s; wait 1s")
    [before] = stage.calls()
    stage.cut("101")
    stage.link("101")
    [after] = stage.calls()
    assert told(of(after, "102")) == told(of(before, "102"))
    assert of(after, "102").state is ConnectionState.HELD


def test_one_that_ended_meanwhile_does_not_begin_again():
    stage = Stage(("101", "102"), records=False)
    stage.engine.own_only = True
    played(stage, PASSED_ON)
    stage.cut("101")
    stage.late.add("channel_dump")
    stage.link("101")  # its leg is dumped while 102 is there
    played(stage, "102 hangs up; wait 1s")
    stage.answer_late()
    played(stage, "wait 1s")
    assert not any(each.alive for each in stage.calls())
    assert len(stage.calls()) == 1


UNNAMED = ("Other-Leg-Unique-ID", "variable_originating_leg_uuid")


class Older(Stage):
    """Its engine tells the other leg's id not before a leg is joined with it."""

    def tells(self, frame: dict[str, Any]) -> dict[str, Any]:
        rings = frame["Event-Name"] in ("CHANNEL_CREATE", "CHANNEL_CALLSTATE")
        return {name: value for name, value in frame.items() if not rings or name not in UNNAMED}


def test_only_legs_that_the_engine_has_are_asked_for_recordings():
    """A caller whose id no header of the ringing leg tells is the one whose call that leg is in."""
    stage = Older(("101",))
    played(stage, f"trunk {CUSTOMER} calls 74950000101 as c1; 101 rings; 101 answers after 1s; wait 1s")
    [call] = stage.calls()
    assert {each.native_ids[0] for each in call.connections} == set(stage.switch.legs)
    played(stage, "79161234567 hangs up; wait 60s")
    assert set(stage.links_asked()) <= set(stage.archive.files)
    assert len(stage.of("recording_stored")) == 1
