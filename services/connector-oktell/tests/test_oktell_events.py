"""What each event of oktell.js means: the library's table of events, and each way of a call, as facts about calls."""

from dataclasses import dataclass
from typing import Any

import pytest
from connector_oktell.translate.users import Agents, UserState
from cti_model.agents import AgentState
from cti_model.records import all_records

from .oktell_play import BEGIN, C1, C2, CLIENT, COLLEAGUE, IDLE, ME, Play, answer, holds_the_law

ROOM = "0f920000-0000-4000-8000-00000000000f"
STRANGER = "79161112233"
RING = answer(C1, CLIENT, isringing=True)
TALK = answer(C1, CLIENT, iscommutated=True)
HELD = answer(held=CLIENT, held_chain=C1)
BACKRING = answer(C1, CLIENT, isringing=True, direction="acm_callback")
CALL = answer(C1, CLIENT, iswaitingforanswer=True)
CONSULT = answer(C2, COLLEAGUE, CLIENT, C1, iswaitingforanswer=True)
CONSULTED = answer(C2, COLLEAGUE, CLIENT, C1, iscommutated=True)
MENU = {**answer(C1, "300", isivr=True, ivrname="menu"), "linestatestr": "lsCommutated"}
QUEUE = answer(C1, "200", isivr=True, ivrname="support", name="support", iswaitingforanswer=True)
IN_ROOM = answer(C2, isconference=True, conferenceid=ROOM, conferencename="Room")
ROOM_RINGS = answer(C2, isconference=True, conferenceid=ROOM, isringing=True)
OVER = [f"connection_cleared {ME}", f"connection_cleared {CLIENT}", "cleared"]


@dataclass(frozen=True)
class Row:
    """`before`: what was said until now; `hints` and `said`: what is said then. `tells`: the facts that it means.

    A string is an event; a number is of `flashstatechanged`; an answer is about the operator's line.
    """

    event: str
    before: tuple[Any, ...]
    said: tuple[Any, ...]
    tells: list[str]


ROWS = {
    "an incoming call": Row("ringStart", (), (RING,), [f"originated {CLIENT}", f"delivered {ME}"]),
    "nobody answers it": Row("ringStop", (RING,), (IDLE,), OVER),
    "it is answered": Row("talkStart", (RING,), (TALK,), [f"established {ME}"]),
    "the own telephone rings for a call out": Row(
        "backRingStart", (), ("phoneevent_acmcallstarted", BACKRING), [f"delivered {ME}"]
    ),
    "it is lifted": Row("backRingStop", (BACKRING,), (CALL,), [f"originated {ME}", f"delivered {CLIENT}"]),
    "it is not lifted": Row("backRingStop", (BACKRING,), (IDLE,), [f"connection_cleared {ME}", "cleared"]),
    "a call out": Row("callStart", (), (CALL,), [f"originated {ME}", f"delivered {CLIENT}"]),
    "it is answered under another id": Row(
        "callStop",
        (CALL,),
        (answer(C2, CLIENT, iscommutated=True),),
        ["information_changed", f"established {CLIENT}"],
    ),
    "nobody answers it there": Row("callStop", (CALL,), (IDLE,), OVER),
    "a talk ends": Row("talkStop", (RING, TALK), ("phoneevent_commstopped", IDLE), OVER),
    "hold": Row("holdAbonentEnter", (RING, TALK), ("phoneevent_commstopped", 1, HELD), [f"held {ME}"]),
    "retrieve": Row("holdAbonentLeave", (RING, TALK, HELD), (2, TALK), [f"retrieved {ME}"]),
    "a consultation": Row(
        "holdStateChange", (RING, TALK), (1, CONSULT), [f"held {ME}", f"originated {ME}", f"delivered {COLLEAGUE}"]
    ),
    "to and fro": Row(
        "stateChange",
        (RING, TALK, CONSULT, CONSULTED),
        ("phoneevent_commstopped", 7, answer(C1, CLIENT, COLLEAGUE, C2, iscommutated=True)),
        [f"retrieved {ME}", f"held {ME}"],
    ),
    "the held one and the consulted one are joined": Row(
        "talkStop",
        (RING, TALK, CONSULT, CONSULTED),
        (5, IDLE),
        [
            *("transferred", "transferred", "information_changed"),
            *(f"connection_cleared {ME}", "cleared", f"connection_cleared {ME}"),
        ],
    ),
    "the consultation is given up": Row(
        "holdStateChange",
        (RING, TALK, CONSULT, CONSULTED),
        ("phoneevent_commstopped", TALK),
        [f"retrieved {ME}", f"connection_cleared {ME}", f"connection_cleared {COLLEAGUE}", "cleared"],
    ),
    "the held one is let go": Row("holdAbonentLeave", (RING, TALK, HELD), (3, IDLE), OVER),
    "the held one leaves": Row("holdAbonentLeave", (RING, TALK, HELD), (4, IDLE), OVER),
    "the held one leaves during a consultation": Row(
        "holdAbonentLeave",
        (RING, TALK, CONSULT, CONSULTED),
        (4, answer(C2, COLLEAGUE, iscommutated=True)),
        OVER,
    ),
    "another takes the other side's place": Row(
        "abonentsChange",
        (RING, TALK),
        ("phoneevent_commstopped", answer(C1, STRANGER, iscommutated=True)),
        [f"connection_cleared {CLIENT}", f"established {STRANGER}"],
    ),
    "the other side is called first": Row(
        "callStart",
        (),
        ("phoneevent_acmcallstarted", answer(C1, CLIENT, isautocall=True)),
        [f"originated {ME}", f"delivered {CLIENT}"],
    ),
    "and then the own telephone": Row(
        "backRingStart", ("phoneevent_acmcallstarted", answer(C1, CLIENT, isautocall=True)), (BACKRING,), []
    ),
    "and then they talk": Row(
        "talkStart",
        ("phoneevent_acmcallstarted", answer(C1, CLIENT, isautocall=True), BACKRING),
        (TALK,),
        [f"established {CLIENT}"],
    ),
    "the other side is held by itself": Row("", (RING, TALK), (answer(C1, CLIENT, iswaitinginflash=True),), []),
    "an intercom": Row(
        "talkStart",
        (),
        (answer(C1, COLLEAGUE, iscommutated=True),),
        [f"originated {COLLEAGUE}", f"established {ME}"],
    ),
    "a menu": Row("talkStart", (), ("phoneevent_ivrstarted", MENU), [f"originated {ME}"]),
    "from the menu into a queue": Row("callStart", (MENU,), (QUEUE,), [f"queued {ME}"]),
    "from the queue to a colleague": Row(
        "talkStart",
        (QUEUE,),
        (answer(C1, COLLEAGUE, iscommutated=True),),
        [f"delivered {COLLEAGUE}", f"established {COLLEAGUE}"],
    ),
    "a queue is left": Row("callStop", (QUEUE,), (IDLE,), [f"connection_cleared {ME}", "cleared"]),
    "a conference calls": Row("ringStart", (), (ROOM_RINGS,), [f"delivered {ME}"]),
    "it is answered by the one who was called": Row("talkStart", (ROOM_RINGS,), (IN_ROOM,), [f"established {ME}"]),
    "a talk becomes a conference": Row(
        "abonentsChange", (RING, TALK), ("phoneevent_commstopped", IN_ROOM), ["information_changed"]
    ),
    "a consultation becomes a conference": Row(
        "holdStateChange",
        (RING, TALK, CONSULT, CONSULTED),
        (6, IN_ROOM),
        [
            *(f"retrieved {ME}", "conferenced", "conferenced", "information_changed"),
            *(f"connection_cleared {ME}", "cleared"),
        ],
    ),
    "listening to others": Row(
        "backRingStart",
        (),
        ({**ROOM_RINGS, "abonent": {**ROOM_RINGS["abonent"], "direction": "acm_callback"}},),
        [f"delivered {ME}"],
    ),
    "the own number": Row(
        "callStart",
        (RING, TALK),
        (1, answer(C2, ME, CLIENT, C1, iswaitingforanswer=True)),
        [f"held {ME}", f"originated {ME}"],
    ),
    "the held one is called again": Row(
        "callStart",
        (RING, TALK, HELD),
        (answer(C2, CLIENT, CLIENT, C1, iswaitingforanswer=True), HELD),
        [f"originated {ME}", f"delivered {CLIENT}", *OVER],
    ),
    "the line is gone": Row("talkStop", (RING, TALK), ({**IDLE, "linestatestr": "lsDisconnected"},), OVER),
}


def say(play: Play, said: tuple[Any, ...]) -> None:
    for each in said:
        if isinstance(each, str):
            play.hears(each, chainid=C1)
        elif isinstance(each, int):
            play.hears("flashstatechanged", flashtypeid=each)
        else:
            play.is_told(each)


@pytest.mark.parametrize("name", ROWS)
def test_an_event_is_told_as_what_it_means(play: Play, name: str) -> None:
    row = ROWS[name]
    play.repeats = False
    play.state.desks.pop(COLLEAGUE)  # nobody listens to the colleague's own line
    play.state.numbers[COLLEAGUE] = 5
    say(play, row.before)
    before, steps = len(play.facts), len(play.steps)
    say(play, row.said)
    play.waits()
    assert row.event in [each.partition("[")[0].partition("(")[0] for each in play.steps[steps:]] or not row.event
    assert play.facts[before:] == row.tells
    holds_the_law(play)


LIBRARY = {
    *("ringStart", "ringStop", "backRingStart", "backRingStop", "callStart", "callStop", "talkStart", "talkStop"),
    *("holdAbonentEnter", "holdAbonentLeave", "holdStateChange", "stateChange", "abonentsChange"),
}
"""Its events about a line; of the others `flashstatechanged` is in the rows, those of connections are the sessions'."""


def test_every_event_of_a_line_has_a_row() -> None:
    assert {row.event for row in ROWS.values()} - {""} == LIBRARY


def test_an_id_that_changes_when_the_call_is_answered_is_another_name_of_it(play: Play) -> None:
    say(play, (CALL, answer(C2, CLIENT, iscommutated=True)))
    (call,) = play.calls().values()
    assert call.native_ids == (C1, C2)


@pytest.mark.parametrize(
    ("said", "state", "reason"),
    [
        (UserState(1, True), AgentState.READY, ""),
        (UserState(1, True, on_redirect=True), AgentState.READY, "redirect"),
        (UserState(2, True), AgentState.NOT_READY, "break"),
        (UserState(2, True, lunch="2"), AgentState.NOT_READY, "Обед"),
        (UserState(3, True), AgentState.NOT_READY, "dnd"),
        (UserState(5, True), AgentState.BUSY, ""),
        (UserState(5, True, on_lunch=True), AgentState.BUSY, "break"),
        (UserState(6, True), AgentState.BUSY, ""),
        (UserState(7, True), AgentState.UNAVAILABLE, ""),
        (UserState(0), AgentState.LOGGED_OUT, ""),
    ],
)
def test_a_change_of_the_operators_state_is_the_agents(said: UserState, state: AgentState, reason: str) -> None:
    """`statusChange` and `userstatechanged`: each state that Oktell knows, by its number."""
    agents = Agents("t", "oktell")
    agents.lunch = {2: "Обед"}
    agents.take(ME, "Operator", UserState(0 if said.state == 7 else 7), BEGIN)
    (event,) = agents.take(ME, "Operator", said, BEGIN)
    assert (event.agent.state, event.agent.reason) == (state, reason)
    assert event.agent.in_call_centre is said.on_call_centre
    assert agents.take(ME, "Operator", said, BEGIN) == []


def test_the_rows_make_records(play: Play) -> None:
    """A menu and a queue alone are no answer by anybody."""
    say(play, (MENU, QUEUE, IDLE))
    play.waits()
    (row,) = all_records(play.events)
    assert (row.device, row.answered_at, row.queue) == (ME, None, "support")
    assert row.queue_s > 0
