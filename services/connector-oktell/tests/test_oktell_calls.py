"""Calls: scenarios A and B frame by frame, two operators of one call, passing on, and the law of the carried state."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from connector_oktell.translate import Deed, Desk, Order, State, hear, take_line, tick
from connector_oktell.translate.lineinfo import ZERO
from connector_oktell.wire import Frame
from cti_model.calls import CallDirection, Cause, ConnectionState, DeviceKind, Direction, Outcome
from cti_model.events import CallEvent, fact_kind
from cti_model.fold import refold
from cti_model.records import all_records
from hypothesis import given
from hypothesis import strategies as st

CLIENT, COLLEAGUE, ME = "79050001122", "103", "101"
C1, C2 = "883f3822-0000-4000-8000-000000000001", "d3050000-0000-4000-8000-000000000002"
BEGIN = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)


def outside(number: str) -> bool:
    return len(number) > 4


def answer(chain: str = ZERO, number: str = "", held: str = "", held_chain: str = "", **flags: Any) -> dict[str, Any]:
    """What `getextendedlineinfo` says: the other side in that chain, and whom the operator holds."""
    abonent: dict[str, Any] = {"number": number, "isextline": outside(number)} if number else {}
    if number and not outside(number):
        abonent["userid"] = f"id-{number}"
    flashed = {"number": held, "isextline": outside(held), "chainid": held_chain} if held else None
    return {
        "result": 1,
        "chainid": chain,
        "isflashing": bool(held),
        "flashed": flashed,
        "abonent": {**abonent, **flags},
    }


IDLE = answer()


class Play:
    """Oktell as the operators' connections tell it, a tenth of a second between two things."""

    def __init__(self) -> None:
        self.state = State("t", "oktell")
        self.at = BEGIN
        self.events: list[CallEvent] = []
        self.steps: list[str] = []
        self.repeats = True

    def desk(self, device: str) -> Desk:
        desk = self.state.desk(device)
        desk.heard_at = self.at
        return desk

    def hears(self, name: str, device: str = ME, **fields: Any) -> None:
        self.at += timedelta(milliseconds=100)
        self.events += hear(self.state, self.desk(device), Frame(name, fields), self.at)

    def is_told(self, said: dict[str, Any], device: str = ME) -> None:
        """The answer about the line: the same again changes nothing."""
        self.at += timedelta(milliseconds=100)
        told, step = take_line(self.state, self.desk(device), Frame("getextendedlineinforesult", said), self.at)
        assert step is not None
        self.steps += [str(each) for each in step.happened]
        self.events += told
        if self.repeats:
            again, _ = take_line(self.state, self.desk(device), Frame("getextendedlineinforesult", said), self.at)
            assert again == []

    def waits(self, seconds: float = 2.0) -> None:
        self.at += timedelta(seconds=seconds)
        for each in self.state.desks.values():
            each.heard_at = self.at
        self.events += tick(self.state, self.at)

    def orders(self, deed: Deed, to: str = "", device: str = ME) -> None:
        self.desk(device).order = Order(deed, self.at, to)

    @property
    def facts(self) -> list[str]:
        """Every fact, with the telephone that it is about."""
        return [self._named(each) for each in self.events]

    def _named(self, event: CallEvent) -> str:
        leg = getattr(event.fact, "leg", None)
        about = leg.connection_id if leg is not None else getattr(event.fact, "connection_id", "")
        connection = event.call.connection(about) if about else None
        number = (connection.party.number or connection.device.number) if connection is not None else ""
        return f"{fact_kind(event.fact)} {number}".strip()

    def calls(self) -> dict[str, Any]:
        return {each.call.call_id: each.call for each in self.events}


@pytest.fixture
def play() -> Play:
    started = Play()
    for device in (ME, COLLEAGUE, "102"):
        take_line(started.state, started.desk(device), Frame("x", IDLE), started.at)
    return started


def holds_the_law(play: Play) -> None:
    """The state that the last event of each call carries is the fold of its facts; each second is in one bucket."""
    for call_id, call in play.calls().items():
        events = [each for each in play.events if each.call.call_id == call_id]
        assert refold(events) == call
        for each in call.connections:
            if each.ended_at is not None and each.started_at:
                spent = (each.ended_at - each.started_at) // timedelta(microseconds=1)
                assert each.tally.total_us == spent
    assert [e.call.version for e in play.events if e.call.call_id == play.events[0].call.call_id] == list(
        range(1, 1 + sum(e.call.call_id == play.events[0].call.call_id for e in play.events))
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


def begin_b(play: Play, second_chain: str) -> None:
    play.hears("phoneevent_ringstarted", chainid=C1, callerid=CLIENT)
    play.is_told(answer(C1, CLIENT, isringing=True))
    play.hears("phoneevent_ringstopped")
    play.hears("phoneevent_commstarted")
    play.is_told(answer(C1, CLIENT, iscommutated=True))
    play.hears("phoneevent_commstopped")
    play.hears("flashstatechanged", flashtypeid=1)
    play.hears("phoneevent_acmcallstarted")
    play.is_told(answer(second_chain, COLLEAGUE, CLIENT, C1, iswaitingforanswer=True))
    play.hears("phoneevent_commstarted")
    play.is_told(answer(second_chain, COLLEAGUE, CLIENT, C1, iscommutated=True))


def end_b(play: Play) -> None:
    play.hears("phoneevent_commstopped")
    play.hears("flashstatechanged", flashtypeid=5)
    play.hears("userstatechanged", userstateid=1)
    play.is_told(IDLE)


B_FACTS = [
    f"originated {CLIENT}",
    "delivered 101",
    "established 101",
    "held 101",
    "originated 101",
    "delivered 103",
    "established 103",
    "transferred",
    "transferred",
    "information_changed",
    "connection_cleared 101",
    "cleared",
    "connection_cleared 101",
]


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


def test_what_happened_while_nobody_listened_is_told_as_such(play: Play) -> None:
    from connector_oktell.translate import lost

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


_SAID = st.builds(
    answer,
    st.sampled_from([C1, C2, ZERO]),
    st.sampled_from(["", CLIENT, COLLEAGUE, "102", ME]),
    st.sampled_from(["", CLIENT, COLLEAGUE]),
    st.sampled_from([C1, C2, ""]),
    isringing=st.booleans(),
    iscommutated=st.booleans(),
    isautocall=st.booleans(),
    conferenceid=st.sampled_from(["", "", "", "k-1"]),
)
_HINTS = st.sampled_from(["phoneevent_acmcallstarted", "phoneevent_commstopped", "flashstatechanged"])


@given(st.lists(st.tuples(st.sampled_from([ME, COLLEAGUE, "102"]), _HINTS, _SAID, st.booleans()), max_size=14))
def test_whatever_the_lines_say_the_books_are_right(said: list[tuple[str, str, dict[str, Any], bool]]) -> None:
    play = Play()
    play.repeats = False  # an automatic call takes two answers to be seen whole
    for device, hint, line, waits in said:
        play.hears(hint, device, flashtypeid=len(line["chainid"]) % 7)
        play.is_told(line, device)
        if waits:
            play.waits()
    for device in (ME, COLLEAGUE, "102"):
        play.is_told(IDLE, device)
    play.waits()
    play.waits()
    if play.events:
        holds_the_law(play)
    assert not play.state.boxes, "no ghost is left when all lines are idle"
