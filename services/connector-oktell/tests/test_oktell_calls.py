"""Calls: scenarios A and B frame by frame, two operators of one call, what becomes of a call that nobody takes."""

from datetime import timedelta

import pytest
from connector_oktell.translate import Deed, lost
from cti_model.calls import CallDirection, Cause, DeviceKind, Direction, Outcome
from cti_model.events import fact_kind
from cti_model.records import all_records

from .oktell_play import (
    B_FACTS,
    C1,
    C2,
    CLIENT,
    COLLEAGUE,
    IDLE,
    ME,
    Play,
    answer,
    begin_b,
    end_b,
    holds_the_law,
)


def scenario_a(play: Play) -> None:
    """An outgoing call, hold, retrieve, ended by the operator."""
    number = "89271112233"
    play.hears("userstatechanged", userstateid=5)
    play.hears("phoneevent_acmcallstarted", chainid=C1, number=number)
    play.hears("linestatechanged")
    play.hears(
        "phoneevent_ringstarted",
        callerid="",
        callerinfo=f"Автодозвон. Обратный вызов.\nАбонент: {number}",
        callerdirection="oktell_pbx",
    )
    play.is_told(answer(C1, number, isringing=True, isautocall=False, direction="acm_callback"))
    play.hears("phoneevent_ringstopped")
    play.is_told(answer(C1, number, iswaitingforanswer=True))
    for each in ("phoneevent_acmcallstopped", "linestatechanged", "phoneevent_commstarted"):
        play.hears(each)
    play.is_told({**answer(C1, number, iscommutated=True), "linestatestr": "lsCommutated", "timertalklensec": 0})
    play.hears("phoneevent_commstopped")
    play.hears("flashstatechanged", flashtypeid=1)
    play.is_told({**answer(held=number, held_chain=C1), "linestatestr": "lsHookUp"})
    play.hears("flashstatechanged", flashtypeid=2)
    play.hears("phoneevent_commstarted")
    play.is_told(answer(C1, number, iscommutated=True))
    play.orders(Deed.RELEASE)
    play.hears("phoneevent_commstopped")
    play.hears("userstatechanged", userstateid=1)
    play.is_told(IDLE)


def test_scenario_a(play: Play) -> None:
    scenario_a(play)
    n = "89271112233"
    assert play.steps == [
        f"abonentsChange[{n}]",
        "stateChange(backring,ready)",
        "readyStop[]",
        f"backRingStart[{n}]",
        "stateChange(call,backring)",
        f"backRingStop[{n}]",
        f"callStart[{n}]",
        "stateChange(talk,call)",
        f"callStop[{n}]",
        f"talkStart[{n}]",
        f"holdAbonentEnter[{n}]",
        f"holdStateChange[{n}]",
        "abonentsChange[]",
        "stateChange(ready,talk)",
        f"talkStop[{n}]",
        "readyStart[]",
        f"holdAbonentLeave[{n}]",
        "holdStateChange(false,true)",
        f"abonentsChange[{n}]",
        "stateChange(talk,ready)",
        "readyStop[]",
        f"talkStart[{n}]",
        "abonentsChange[]",
        "stateChange(ready,talk)",
        f"talkStop[{n}]",
        "readyStart[]",
    ]
    play.waits()
    assert play.facts == [
        "delivered 101",
        "originated 101",
        f"delivered {n}",
        f"established {n}",
        "held 101",
        "retrieved 101",
        "connection_cleared 101",
        f"connection_cleared {n}",
        "cleared",
    ]
    (row,) = all_records(play.events)
    assert (row.device, row.direction, row.remote_number, row.outcome) == (ME, Direction.OUT, n, Outcome.ANSWERED)
    assert row.ended_by == "self"
    assert row.hold_s > 0
    call = play.events[-1].call
    assert call.direction is CallDirection.OUTBOUND
    assert call.dialled == n
    holds_the_law(play)


def test_a_back_ring_whose_number_only_the_text_tells(play: Play) -> None:
    play.hears("phoneevent_acmcallstarted", chainid=C1)
    play.hears("phoneevent_ringstarted", callerinfo="Автодозвон. Обратный вызов.\nАбонент: 89271112233")
    play.is_told(answer(C1, isringing=True, direction="acm_callback"))
    connection = play.events[-1].call.connections[0]
    assert (connection.direction, connection.remote.number) == (Direction.OUT, "89271112233")
    play.hears("phoneevent_ringstopped")
    play.is_told(answer(C1, "89271112233", iswaitingforanswer=True))
    assert play.facts == ["delivered 101", "originated 101", "delivered 89271112233"]
    assert len(play.calls()) == 1


@pytest.mark.parametrize("second_chain", [C1, C2], ids=["same chain", "another chain"])
def test_scenario_b(play: Play, second_chain: str) -> None:
    """An incoming call, a consultation, the two are joined. Whether a consultation is another chain is not known."""
    play.state.desks.pop(COLLEAGUE)
    play.state.numbers[COLLEAGUE] = 5
    begin_b(play, second_chain)
    end_b(play)
    play.waits()
    assert play.facts == B_FACTS
    main, consultation = play.calls().values()
    assert main.direction is CallDirection.INBOUND
    assert consultation.consultation_of == main.call_id
    assert consultation.merged_into == main.call_id
    assert main.alive, "the client and the colleague still talk, as the colleague's number tells"
    play.hears("pbxnumberstatechanged", numbers=[{"num": COLLEAGUE, "numstateid": 1}])
    play.waits()
    assert play.facts[len(B_FACTS) :] == ["connection_cleared 103", f"connection_cleared {CLIENT}", "cleared"]
    rows = {each.device: each for each in all_records(play.events) if each.consultation_of is None}
    assert rows[ME].outcome is Outcome.ANSWERED
    holds_the_law(play)


def test_two_operators_of_one_call_give_one_call(play: Play) -> None:
    """The consulted colleague's own line tells the same calls; it goes on with the client."""
    play.hears("phoneevent_ringstarted", chainid=C1)
    play.is_told(answer(C1, CLIENT, isringing=True))
    play.is_told(answer(C1, CLIENT, iscommutated=True))
    play.is_told(answer(C2, COLLEAGUE, CLIENT, C1, iswaitingforanswer=True))
    play.is_told(answer(C2, ME, isringing=True), COLLEAGUE)
    play.is_told(answer(C2, ME, iscommutated=True), COLLEAGUE)
    play.is_told(answer(C2, COLLEAGUE, CLIENT, C1, iscommutated=True))
    assert play.facts == B_FACTS[:7]
    end_b(play)
    play.hears("phoneevent_commstopped", COLLEAGUE)
    play.is_told(answer(C1, CLIENT, iscommutated=True), COLLEAGUE)
    play.waits()
    assert len(play.calls()) == 2
    main = next(iter(play.calls().values()))
    assert main.alive
    assert {each.party.number for each in main.connections if each.talking} == {CLIENT, COLLEAGUE}
    play.hears("phoneevent_commstopped", COLLEAGUE)
    play.is_told(IDLE, COLLEAGUE)
    play.waits()
    assert not any(each.alive for each in play.calls().values())
    assert not play.state.boxes
    holds_the_law(play)


@pytest.mark.parametrize("callee_first", [False, True])
def test_an_internal_call_seen_from_both_sides(play: Play, callee_first: bool) -> None:
    def caller() -> None:
        play.hears("phoneevent_acmcallstarted")
        play.is_told(answer(C1, "102", isringing=True, direction="acm_callback"))
        play.is_told(answer(C1, "102", iswaitingforanswer=True))

    def callee() -> None:
        play.hears("phoneevent_ringstarted", "102")
        play.is_told(answer(C1, ME, isringing=True), "102")

    for each in (callee, caller) if callee_first else (caller, callee):
        each()
    play.is_told(answer(C1, ME, iscommutated=True), "102")
    play.is_told(answer(C1, "102", iscommutated=True))
    play.is_told(IDLE, "102")
    play.is_told(IDLE)
    play.waits()
    assert len(play.calls()) == 1
    rows = {each.device: each for each in all_records(play.events)}
    assert {each: rows[each].outcome for each in rows} == {ME: Outcome.ANSWERED, "102": Outcome.ANSWERED}
    assert all(each.internal for each in rows.values())
    assert rows["102"].direction is Direction.IN
    assert rows[ME].direction is Direction.OUT
    assert not play.state.boxes


def test_a_call_that_nobody_takes_is_missed(play: Play) -> None:
    play.is_told(answer(C1, CLIENT, isringing=True))
    play.hears("phoneevent_ringstopped")
    play.is_told(IDLE)
    play.waits()
    (row,) = all_records(play.events)
    assert row.outcome is Outcome.MISSED
    assert not play.state.boxes


def test_a_declined_call_is_rejected(play: Play) -> None:
    play.is_told(answer(C1, CLIENT, isringing=True))
    play.orders(Deed.DECLINE)
    play.is_told(IDLE)
    play.waits()
    (row,) = all_records(play.events)
    assert (row.outcome, row.ended_by) == (Outcome.REJECTED, "self")


@pytest.mark.parametrize("loser_first", [False, True])
def test_of_two_that_ring_the_other_one_took_it(play: Play, loser_first: bool) -> None:
    play.is_told(answer(C1, CLIENT, isringing=True))
    play.is_told(answer(C1, CLIENT, isringing=True), "102")
    if loser_first:
        play.is_told(IDLE)
        play.is_told(answer(C1, CLIENT, iscommutated=True), "102")
    else:
        play.is_told(answer(C1, CLIENT, iscommutated=True), "102")
        play.is_told(IDLE)
    play.waits()
    rows = {each.device: each.outcome for each in all_records(play.events)}
    assert rows[ME] is Outcome.ANSWERED_ELSEWHERE
    play.is_told(IDLE, "102")
    play.waits()
    assert {each.device: each.outcome for each in all_records(play.events)} == {
        ME: Outcome.ANSWERED_ELSEWHERE,
        "102": Outcome.ANSWERED,
    }
    assert len(play.calls()) == 1


def test_nobody_answers_a_call_out(play: Play) -> None:
    play.hears("phoneevent_acmcallstarted")
    play.is_told(answer(C1, CLIENT, isringing=True, direction="acm_callback"))
    play.is_told(answer(C1, CLIENT, iswaitingforanswer=True))
    play.is_told(IDLE)
    play.waits()
    assert [each.outcome for each in all_records(play.events)] == [Outcome.NO_ANSWER]


def test_a_call_out_that_its_caller_gives_up(play: Play) -> None:
    play.hears("phoneevent_acmcallstarted")
    play.is_told(answer(C1, CLIENT, isringing=True, direction="acm_callback"))
    play.is_told(answer(C1, CLIENT, iswaitingforanswer=True))
    play.orders(Deed.RELEASE)
    play.is_told(IDLE)
    assert [each.outcome for each in all_records(play.events)] == [Outcome.CANCELLED]


def test_the_chain_of_a_call_changes(play: Play) -> None:
    play.is_told(answer(C1, CLIENT, isringing=True))
    play.is_told(answer(C1, CLIENT, iscommutated=True))
    play.is_told(answer(C2, CLIENT, iscommutated=True))
    (call,) = play.calls().values()
    assert call.native_ids == (C1, C2)


def test_a_chain_that_comes_back_is_another_call(play: Play) -> None:
    for _ in range(2):
        play.is_told(answer(C1, CLIENT, isringing=True))
        play.is_told(IDLE)
        play.waits()
    assert len(play.calls()) == 2


def test_events_are_of_the_instants_of_their_hints(play: Play) -> None:
    play.is_told(answer(C1, CLIENT, isringing=True))
    play.hears("phoneevent_ringstopped")
    play.hears("phoneevent_commstarted")
    when = play.at
    play.at += timedelta(milliseconds=700)
    play.is_told(answer(C1, CLIENT, iscommutated=True))
    assert play.events[-1].occurred_at == when
    assert play.events[-1].observed_at == play.at


@pytest.mark.parametrize("hint", ["userstatechanged", "pbxnumberstatechanged", "linestatechanged"])
def test_a_hint_of_something_else_dates_no_later_change(play: Play, hint: str) -> None:
    """A button that was pressed, or a change that the line's answers had told already."""
    ringing = answer(C1, CLIENT, isringing=True)
    play.is_told(ringing)
    play.hears(hint)
    play.at += timedelta(milliseconds=500)
    play.is_told(ringing)
    play.at += timedelta(seconds=1)
    play.is_told(IDLE)
    ended_at = play.at
    play.waits()
    assert play.events[-1].call.connections[1].ended_at == ended_at


def test_what_happened_while_nobody_listened_is_told_as_such(play: Play) -> None:
    play.is_told(answer(C1, CLIENT, isringing=True))
    play.is_told(answer(C1, CLIENT, iscommutated=True))
    lost(play.desk(ME))
    play.at += timedelta(seconds=30)
    play.is_told(IDLE)
    event = next(each for each in play.events if fact_kind(each.fact) == "connection_cleared")
    assert event.origin == "reconciled"
    assert event.not_before is not None
    assert event.call.connections[1].cause is Cause.NORMAL
    assert event.call.connections[0].device.kind is DeviceKind.TRUNK
