"""FreeSWITCH's own attended transfer (`att_xfer`, within one call): the same records as Asterisk's by keys.

Both are simulated; FreeSWITCH's as its source tells it, for no recording has one.
"""

import pytest
from connector_asterisk.replay import events_of as events_of_asterisk
from connector_freeswitch.replay import events_of
from cti_model.calls import ConnectionState
from cti_model.events import CallEvent
from cti_model.records import all_records
from cti_model.story import story
from msgspec.structs import replace

from tests.scenarios.asterisk import Stage
from tests.scenarios.cases import INBOUND, scenario
from tests.scenarios.compare import Row, differences, rows
from tests.scenarios.freeswitch import heard

TALK = INBOUND.format(did="74950000101") + "; 101 rings; 101 answers after 1.5s\n"
TYPED = TALK + "101 sends *2 after 1.5s; 101 sends 102 after {typed}; 102 rings\n"
CANCEL = {"asterisk": "\n@cancel_consultation\n", "freeswitch": "101 sends #;"}
CELLS = {
    "completed": "102 answers after 1.5s; 101 hangs up after 2s; c1 hangs up after 2s",
    "cancelled by a key": "102 answers after 1.5s; wait 2s; {cancel} 101 hangs up after 3s",
    "the third is busy": "102 is busy after 1s; 101 hangs up after 4s",
    "the third does not answer": "wait 16s; 101 hangs up after 3s",
    "completed while it rings": "101 hangs up after 1s; 102 answers after 2s; c1 hangs up after 3s",
    "the caller gives up while it is asked": "102 answers after 1.5s; c1 hangs up after 1s; 101 hangs up after 2s",
}


def told(cell: str) -> list[CallEvent]:
    text = TYPED.format(typed="2.15s") + CELLS[cell].format(cancel=CANCEL["freeswitch"])
    return list(events_of([(0.0, heard(text))]))


def told_by_asterisk(cell: str) -> list[CallEvent]:
    """Who takes a number to be complete a while after its last digit."""
    text = TYPED.format(typed="1.5s") + CELLS[cell].format(cancel=CANCEL["asterisk"])
    return list(events_of_asterisk(Stage("22").play(scenario(text))))


def of_the_company(events: list[CallEvent]) -> list[Row]:
    """Names of the company's own people are each exchange's own."""
    return rows(replace(each, remote_name="") if each.internal else each for each in all_records(events))


@pytest.mark.parametrize("cell", CELLS)
def test_records_and_story_are_those_of_another_exchange(cell):
    ours, theirs = told(cell), told_by_asterisk(cell)
    assert differences(of_the_company(ours), of_the_company(theirs)) == []
    assert story(ours) == story(theirs)
    assert len({each.call.call_id for each in ours}) == 1
    assert not ours[-1].call.alive


def test_the_third_hangs_up_and_the_first_talk_goes_on():
    text = TYPED.format(typed="1.5s") + "102 answers after 1.5s; 102 hangs up after 2s; 101 hangs up after 3s"
    events = list(events_of([(0.0, heard(text))]))
    assert story(events) == "79161234567 → 101 talked 10 s → consulted 102 talked 2 s"
    assert "transferred" not in {each.kind for each in events}


@pytest.mark.parametrize(("leaves", "then"), [("101", "c1"), ("c1", "101"), ("102", "101")])
def test_all_three_talk_and_who_leaves_has_transferred_nothing(leaves, then):
    """From source: `0` while one consults."""
    keys = "102 answers after 1.5s; 101 sends 0 after 2s"
    text = f"{TYPED.format(typed='1.5s')}{keys}; {leaves} hangs up after 3s; {then} hangs up after 2s"
    events = list(events_of([(0.0, heard(text))]))
    [three] = [each for each in events if each.kind == "conferenced"]
    talking = [each for each in three.call.connections if each.state is ConnectionState.CONNECTED]
    assert set(three.fact.connected) == {each.connection_id for each in talking}
    assert (len(talking), {each.consulted_by for each in talking}) == (3, {""})
    ends = [each for each in events if each.kind == "connection_cleared"]
    assert [sum(each.alive for each in end.call.connections) for end in ends] == [2, 1, 0]
    assert (ends[1].occurred_at - ends[0].occurred_at).total_seconds() == pytest.approx(2.0, abs=0.1)
    assert "transferred" not in {each.kind for each in events}


def test_who_answers_talks_with_who_consults_and_is_not_consulted_by_the_caller():
    answers = {each.fact.leg.device.number: each.fact for each in told("completed") if each.kind == "established"}
    mine, third = answers["101"], answers["102"]
    assert mine.leg.consulted_by == ""
    assert (third.leg.consulted_by, third.connected) == (mine.leg.connection_id, (mine.leg.connection_id,))
