"""What is concluded from several lines: a colleague who is busy, a pickup, who comes to a conference and goes."""

from typing import Any

import pytest
from connector_oktell.actions import Ask, Options, features, plan
from connector_oktell.translate.users import Agents
from cti_model.calls import Command, Outcome
from cti_model.commands import CommandRequest
from cti_model.records import all_records

from .oktell_play import C1, C2, CLIENT, COLLEAGUE, IDLE, ME, Play, answer, holds_the_law

ROOM = "0f920000-0000-4000-8000-00000000000f"
STRANGER = "79161112233"


def outcomes(play: Play) -> dict[str, Outcome | None]:
    return {row.device: row.outcome for row in all_records(play.events)}


@pytest.mark.parametrize(("state", "outcome"), [(5, Outcome.BUSY), (1, Outcome.BUSY), (7, Outcome.FAILED)])
def test_a_colleague_whose_telephone_never_rang_was_busy_or_gone(play: Play, state: int, outcome: Outcome) -> None:
    play.hears("pbxnumberstatechanged", numbers=[{"num": COLLEAGUE, "numstateid": state}])
    play.is_told(answer(C1, COLLEAGUE, iswaitingforanswer=True))
    play.is_told(IDLE)
    play.waits()
    assert outcomes(play) == {ME: outcome}
    holds_the_law(play)


def test_of_a_colleague_who_is_not_listened_to_it_is_not_known(play: Play) -> None:
    play.state.desks.pop(COLLEAGUE)
    play.is_told(answer(C1, COLLEAGUE, iswaitingforanswer=True))
    play.is_told(IDLE)
    play.waits()
    assert outcomes(play)[ME] is Outcome.NO_ANSWER


@pytest.mark.parametrize("taker_first", [True, False])
def test_another_telephone_takes_a_strangers_call(play: Play, taker_first: bool) -> None:
    play.is_told(answer(C1, CLIENT, isringing=True))
    took = (answer(C1, CLIENT, iscommutated=True), "102")
    for said in (took, (IDLE, ME)) if taker_first else ((IDLE, ME), took):
        play.is_told(*said)
    play.waits()
    play.is_told(IDLE, "102")
    play.waits()
    assert "diverted 101" in play.facts
    assert outcomes(play) == {ME: Outcome.ANSWERED_ELSEWHERE, "102": Outcome.ANSWERED}
    assert len(play.calls()) == 1
    holds_the_law(play)


def test_a_ring_whose_telephone_is_not_listened_to_ends_with_the_pickup(play: Play) -> None:
    play.state.desks.pop(COLLEAGUE)
    play.is_told(answer(C1, COLLEAGUE, iswaitingforanswer=True))
    play.is_told(answer(C1, ME, iscommutated=True), "102")
    assert outcomes(play)[COLLEAGUE] is Outcome.ANSWERED_ELSEWHERE


def test_a_line_that_dialled_a_pickup_code_brings_its_part_over(play: Play) -> None:
    play.is_told(answer(C1, CLIENT, isringing=True))
    play.is_told(answer(C2, "*8101", iswaitingforanswer=True), "102")
    play.is_told(answer(C1, CLIENT, iscommutated=True), "102")
    play.is_told(IDLE)
    play.waits()
    play.is_told(IDLE, "102")
    play.waits()
    assert outcomes(play) == {ME: Outcome.ANSWERED_ELSEWHERE, "102": Outcome.ANSWERED}
    assert not play.state.boxes
    holds_the_law(play)


def test_who_calls_again_at_once_makes_another_call(play: Play) -> None:
    for chain in (C1, C2):
        play.is_told(answer(chain, CLIENT, isringing=True))
        play.is_told(IDLE)
    play.waits()
    assert len(play.calls()) == 2
    assert [row.outcome for row in all_records(play.events)] == [Outcome.MISSED] * 2


def here(*numbers: str, **of_the_last: Any) -> dict[str, Any]:
    """The list of who is in the conference."""
    listed: list[dict[str, Any]] = [{"number": each, "competitorid": f"k-{each}"} for each in numbers]
    listed[-1] |= of_the_last
    return {"eventinfo": {"conferenceid": ROOM, "competitorlist": listed}}


def in_a_conference(play: Play) -> None:
    play.is_told(answer(C1, CLIENT, isringing=True))
    play.is_told(answer(C1, CLIENT, iscommutated=True))
    play.is_told(answer(C1, isconference=True, conferenceid=ROOM))
    play.hears("confcompositionchanged", **here(ME, CLIENT))


def test_strangers_come_to_a_conference_and_go(play: Play) -> None:
    in_a_conference(play)
    before = len(play.facts)
    play.hears("confcompositionchanged", **here(ME, CLIENT, STRANGER))
    play.hears("confcompositionchanged", **here(ME, CLIENT, STRANGER))
    play.hears("confcompositionchanged", **here(ME, STRANGER))
    assert play.facts[before:] == [f"established {STRANGER}", f"connection_cleared {CLIENT}"]
    holds_the_law(play)


@pytest.mark.parametrize("listed", [{}, {"competitorlist": None}])
def test_a_list_that_is_missing_sends_nobody_out(play: Play, listed: dict[str, Any]) -> None:
    in_a_conference(play)
    before = len(play.facts)
    play.hears("confcompositionchanged", eventinfo={"conferenceid": ROOM, **listed})
    assert play.facts[before:] == []


@pytest.mark.parametrize(
    "said",
    [{"confstatestr": "MisInviteBusy"}, {"confstatestr": "Exited"}, {"isghost": True}, {"ishidden": True}],
    ids=str,
)
def test_who_is_listed_but_not_there_is_not_told(play: Play, said: dict[str, Any]) -> None:
    in_a_conference(play)
    before = len(play.facts)
    play.hears("confcompositionchanged", **here(ME, CLIENT, STRANGER, **said))
    assert play.facts[before:] == []


def test_a_ghost_whom_both_hear_is_in_their_call(play: Play) -> None:
    """A supervisor listens; then the talk's own lines are in the ghost's conference."""
    room = {"isconference": True, "conferenceid": ROOM}
    play.is_told(answer(C1, "102", iscommutated=True), COLLEAGUE)
    play.is_told(answer(C1, COLLEAGUE, iscommutated=True), "102")
    play.is_told(answer(C2, isringing=True, direction="acm_callback", **room))
    play.is_told(answer(C2, **room))
    assert len([box for box in play.state.boxes.values() if box.living()]) == 2
    play.is_told(answer(C2, **room), COLLEAGUE)
    play.is_told(answer(C2, **room), "102")
    (box,) = play.state.boxes.values()
    assert {each.device.number for each in box.living() if each.talking} == {ME, COLLEAGUE, "102"}
    holds_the_law(play)


@pytest.mark.parametrize(("dialled", "told"), [("89271112233", "79271112233"), ("9271112233", "+79271112233")])
def test_an_outside_number_that_is_written_otherwise_is_the_same_party(play: Play, dialled: str, told: str) -> None:
    play.is_told(answer(C1, dialled, iswaitingforanswer=True))
    play.is_told(answer(C1, told, iscommutated=True))
    play.is_told(IDLE)
    play.waits()
    assert {row.device: row.outcome for row in all_records(play.events)} == {ME: Outcome.ANSWERED}
    (call,) = play.calls().values()
    assert len(call.connections) == 2
    holds_the_law(play)


def test_another_outside_number_is_another_party(play: Play) -> None:
    play.is_told(answer(C1, CLIENT, iscommutated=True))
    play.is_told(answer(C1, STRANGER, iscommutated=True))
    (call,) = play.calls().values()
    assert [each.alive for each in call.connections if each.device.number != ME] == [False, True]


@pytest.mark.parametrize("rings", [True, False])
def test_while_one_is_held_the_present_call_ends_by_going_back_to_them(play: Play, rings: bool) -> None:
    """As `endCall` of the library decides: a declined ring would leave who is held where they are."""
    play.is_told(answer(C1, CLIENT, iscommutated=True))
    play.is_told(answer(held=CLIENT, held_chain=C1))
    play.is_told(answer(C2, STRANGER, CLIENT, C1, **{"isringing" if rings else "iscommutated": True}))
    desk = play.state.desks[ME]
    assert desk.box is not None
    own = desk.box.extension(ME)
    assert own is not None
    request = CommandRequest(command_id="c", verb=Command.CLEAR, device=ME, connection_id=own.connection_id)
    made = plan(Ask(request, desk, play.state, Agents("t", "oktell"), Options(), features(Options())))
    assert [(each.method, each.fields) for each in made.steps] == [("pbxmakeflash", {"mode": "abort"})]
