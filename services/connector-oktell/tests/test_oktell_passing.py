"""Calls that go on with somebody else: holds, consultations, transfers, conferences."""

import pytest
from connector_oktell.translate import Deed, lost
from cti_model.calls import ConnectionState, Outcome
from cti_model.records import all_records

from .oktell_play import C1, C2, CLIENT, COLLEAGUE, IDLE, ME, Play, answer, begin_b, holds_the_law


@pytest.mark.parametrize("ordered", [True, False], ids=["our command", "by the telephone"])
def test_a_blind_transfer(play: Play, ordered: bool) -> None:
    play.is_told(answer(C1, CLIENT, isringing=True))
    play.is_told(answer(C1, CLIENT, iscommutated=True))
    if ordered:
        play.orders(Deed.TRANSFER, COLLEAGUE)
    play.is_told(IDLE)
    play.is_told(answer(C1, CLIENT, isringing=True), COLLEAGUE)
    play.is_told(answer(C1, CLIENT, iscommutated=True), COLLEAGUE)
    play.waits()
    assert [each for each in play.facts if each == "transferred"] == ["transferred"]
    play.is_told(IDLE, COLLEAGUE)
    play.waits()
    assert len(play.calls()) == 1
    assert {each.device: each.outcome for each in all_records(play.events)} == {
        ME: Outcome.ANSWERED,
        COLLEAGUE: Outcome.ANSWERED,
    }
    assert not play.state.boxes


def test_the_held_party_leaves(play: Play) -> None:
    play.is_told(answer(C1, CLIENT, isringing=True))
    play.is_told(answer(C1, CLIENT, iscommutated=True))
    play.is_told(answer(held=CLIENT, held_chain=C1))
    play.hears("flashstatechanged", flashtypeid=4)
    play.is_told(IDLE)
    play.waits()
    assert play.facts[-4:] == ["held 101", "connection_cleared 101", f"connection_cleared {CLIENT}", "cleared"]


def test_a_consultation_is_given_up(play: Play) -> None:
    play.state.desks.pop(COLLEAGUE)
    begin_b(play, C2)
    play.hears("phoneevent_commstopped")
    play.is_told(answer(C1, CLIENT, iscommutated=True))
    play.waits()
    assert play.facts[7:] == ["retrieved 101", "connection_cleared 101", "connection_cleared 103", "cleared"]
    main = next(iter(play.calls().values()))
    assert main.alive


def test_to_and_fro_between_two(play: Play) -> None:
    play.state.desks.pop(COLLEAGUE)
    begin_b(play, C2)
    play.hears("phoneevent_commstopped")
    play.is_told(answer(C1, CLIENT, COLLEAGUE, C2, iscommutated=True))
    assert play.facts[7:] == ["retrieved 101", "held 101"]
    states = [each.state for call in play.calls().values() for each in call.connections if each.device.number == ME]
    assert states == [ConnectionState.CONNECTED, ConnectionState.HELD]


def test_the_held_one_is_let_go_when_the_operator_hangs_up(play: Play) -> None:
    begin_b(play, C2)
    play.hears("flashstatechanged", flashtypeid=3)
    play.is_told(IDLE)
    play.waits()
    assert "transferred" not in play.facts
    assert not any(each.alive for each in play.calls().values())


def test_three_talk_in_a_conference(play: Play) -> None:
    begin_b(play, C2)
    play.hears("phoneevent_commstarted", isconference=True, confid="k-1")
    play.is_told(answer("d3050000-0000-4000-8000-000000000003", isconference=True, conferenceid="k-1"))
    main = next(iter(play.calls().values()))
    assert {each.party.number for each in main.connections if each.talking} == {CLIENT, COLLEAGUE, ME}
    play.is_told(IDLE)
    play.waits()
    assert not any(each.alive for each in play.calls().values()) or play.state.boxes


def test_the_other_side_holds_us(play: Play) -> None:
    play.is_told(answer(C1, CLIENT, isringing=True))
    play.is_told(answer(C1, CLIENT, iscommutated=True))
    before = len(play.events)
    play.is_told(answer(C1, CLIENT, iswaitinginflash=True))
    assert len(play.events) == before


def state_of(play: Play, device: str) -> ConnectionState:
    (call,) = play.calls().values()
    return next(each.state for each in call.connections if each.device.number == device)


def talks_with_102(play: Play) -> None:
    play.is_told(answer(C1, "102", iswaitingforanswer=True))
    play.is_told(answer(C1, ME, isringing=True), "102")
    play.is_told(answer(C1, ME, iscommutated=True), "102")
    play.is_told(answer(C1, "102", iscommutated=True))


@pytest.mark.parametrize("chain", [C1, C2], ids=["in the same chain", "in another chain"])
@pytest.mark.parametrize("order", ["leaver first", "waiter first", "leaver unseen"])
def test_who_is_passed_on_to_a_telephone_that_rings_talks_with_nobody(play: Play, order: str, chain: str) -> None:
    talks_with_102(play)
    if order == "leaver unseen":
        play.state.desks["102"].heard_at = None
    elif order == "leaver first":
        play.orders(Deed.TRANSFER, COLLEAGUE, "102")
        play.is_told(IDLE, "102")
    play.is_told(answer(chain, COLLEAGUE, iswaitingforanswer=True))
    if order == "waiter first":
        play.orders(Deed.TRANSFER, COLLEAGUE, "102")
        play.is_told(IDLE, "102")
    play.is_told(answer(chain, ME, isringing=True), COLLEAGUE)
    assert state_of(play, ME) is ConnectionState.INITIATED
    assert [each for each in play.facts if each == "transferred"] == ["transferred"]
    play.is_told(answer(chain, ME, iscommutated=True), COLLEAGUE)
    play.is_told(answer(chain, COLLEAGUE, iscommutated=True))
    assert (state_of(play, ME), state_of(play, COLLEAGUE)) == (ConnectionState.CONNECTED, ConnectionState.CONNECTED)
    assert "established 103" in play.facts, "it is the new one who answers"
    play.is_told(IDLE)
    play.is_told(IDLE, COLLEAGUE)
    play.waits()
    assert [each.outcome for each in all_records(play.events)] == [Outcome.ANSWERED] * 3
    (call,) = play.calls().values()
    mine = next(each for each in call.connections if each.device.number == ME)
    assert mine.tally.ring_us > 200_000, "the ring of the new one is none of the talk"
    assert not play.state.boxes
    holds_the_law(play)


def test_who_is_passed_on_in_vain_has_talked_all_the_same(play: Play) -> None:
    talks_with_102(play)
    play.orders(Deed.TRANSFER, COLLEAGUE, "102")
    play.is_told(IDLE, "102")
    play.is_told(answer(C1, COLLEAGUE, iswaitingforanswer=True))
    play.is_told(IDLE)
    play.waits()
    rows = {each.device: each.outcome for each in all_records(play.events)}
    assert rows[ME] is Outcome.ANSWERED
    assert not play.state.boxes


def test_who_talks_with_another_after_an_outage_has_another_call(play: Play) -> None:
    play.is_told(answer(C1, CLIENT, iscommutated=True))
    play.waits(60)
    lost(play.state.desks[ME])
    play.is_told(answer(C2, "79161112233", iscommutated=True))
    play.waits()
    assert len(play.calls()) == 2
    first, second = play.calls().values()
    assert (first.alive, second.alive) == (False, True)
