"""The line's transitions: each common row of what oktell.js 1.8.4 was measured to raise, and all others against it."""

import itertools
from typing import Any

import pytest
from connector_oktell.translate.line import Line, Phone, View
from connector_oktell.translate.lineinfo import ZERO, Abonent, line_info
from cti_simulators.oktell.library import Library
from hypothesis import given
from hypothesis import strategies as st

ONE, TWO = "79050001122", "103"


def info(number: str = "", **more: Any) -> dict[str, Any]:
    """An answer about the line: whom it names, flags of theirs, and fields of the line in capitals."""
    line = {key.lower(): value for key, value in more.items() if key.isupper()}
    flags = {key: value for key, value in more.items() if not key.isupper()}
    named = {"number": number, "isextline": len(number) > 4} if number else {}
    return {"chainid": "C1" if number else ZERO, "isflashing": False, "abonent": {**named, **flags}, **line}


def holding(number: str) -> dict[str, Any]:
    return {"ISFLASHING": True, "FLASHED": {"number": number, "isextline": len(number) > 4, "chainid": "C1"}}


def someone(number: str) -> Abonent:
    return Abonent(key=number, number=number, external=len(number) > 4, chain="C1")


IDLE = info()
HELD = someone(ONE)

ROWS: list[tuple[str, View, list[str], dict[str, Any], list[str]]] = [
    (
        "rings",
        View(),
        ["phoneevent_ringstarted"],
        info(ONE, isringing=True),
        [f"abonentsChange[{ONE}]", "stateChange(ring,ready)", "readyStop[]", f"ringStart[{ONE}]"],
    ),
    (
        "answered",
        View(Phone.RING, someone(ONE)),
        ["phoneevent_ringstopped"],
        info(ONE, iscommutated=True),
        ["stateChange(talk,ring)", f"ringStop[{ONE}]", f"talkStart[{ONE}]"],
    ),
    (
        "not answered",
        View(Phone.RING, someone(ONE)),
        ["phoneevent_ringstopped"],
        IDLE,
        ["abonentsChange[]", "stateChange(ready,ring)", f"ringStop[{ONE}]", "readyStart[]"],
    ),
    (
        "own telephone rings for a call out",
        View(),
        ["phoneevent_acmcallstarted"],
        info(ONE, isringing=True, isautocall=False, direction="acm_callback"),
        [f"abonentsChange[{ONE}]", "stateChange(backring,ready)", "readyStop[]", f"backRingStart[{ONE}]"],
    ),
    (
        "lifted",
        View(Phone.BACKRING, someone(ONE)),
        ["phoneevent_ringstopped"],
        info(ONE, iswaitingforanswer=True),
        ["stateChange(call,backring)", f"backRingStop[{ONE}]", f"callStart[{ONE}]"],
    ),
    (
        "talks at once: the call is never skipped",
        View(Phone.BACKRING, someone(ONE)),
        ["phoneevent_acmcallstarted", "phoneevent_commstarted"],
        info(ONE, iscommutated=True),
        ["stateChange(call,backring)", f"backRingStop[{ONE}]", f"callStart[{ONE}]"],
    ),
    (
        "the other side answers",
        View(Phone.CALL, someone(ONE)),
        ["phoneevent_commstarted"],
        info(ONE, iscommutated=True),
        ["stateChange(talk,call)", f"callStop[{ONE}]", f"talkStart[{ONE}]"],
    ),
    (
        "nobody answers",
        View(Phone.CALL, someone(ONE)),
        [],
        IDLE,
        ["abonentsChange[]", "stateChange(ready,call)", f"callStop[{ONE}]", "readyStart[]"],
    ),
    (
        "hold",
        View(Phone.TALK, someone(ONE)),
        ["phoneevent_commstopped"],
        info(LINESTATESTR="lsHookUp", **holding(ONE)),
        [
            f"holdAbonentEnter[{ONE}]",
            f"holdStateChange[{ONE}]",
            "abonentsChange[]",
            "stateChange(ready,talk)",
            f"talkStop[{ONE}]",
            "readyStart[]",
        ],
    ),
    (
        "retrieve",
        View(Phone.READY, None, HELD),
        [],
        info(ONE, iscommutated=True),
        [
            f"holdAbonentLeave[{ONE}]",
            "holdStateChange(false,true)",
            f"abonentsChange[{ONE}]",
            "stateChange(talk,ready)",
            "readyStop[]",
            f"talkStart[{ONE}]",
        ],
    ),
    (
        "consultation",
        View(Phone.TALK, someone(ONE)),
        ["phoneevent_commstopped"],
        info(TWO, iswaitingforanswer=True, **holding(ONE)),
        [
            f"holdAbonentEnter[{ONE}]",
            f"holdStateChange[{ONE}]",
            f"abonentsChange[{TWO}]",
            "stateChange(call,talk)",
            f"talkStop[{ONE}]",
            f"callStart[{TWO}]",
        ],
    ),
    (
        "toggle",
        View(Phone.TALK, someone(TWO), HELD),
        ["phoneevent_commstopped"],
        info(ONE, iscommutated=True, **holding(TWO)),
        [
            f"holdAbonentLeave[{ONE}]",
            f"holdAbonentEnter[{TWO}]",
            f"holdStateChange[{TWO}]",
            f"abonentsChange[{ONE}]",
            "stateChange(talk,talk)",
            f"talkStop[{TWO}]",
            f"talkStart[{ONE}]",
        ],
    ),
    (
        "back to the held one",
        View(Phone.TALK, someone(TWO), HELD),
        ["phoneevent_commstopped"],
        info(ONE, iscommutated=True),
        [
            f"holdAbonentLeave[{ONE}]",
            "holdStateChange(false,true)",
            f"abonentsChange[{ONE}]",
            "stateChange(talk,talk)",
            f"talkStop[{TWO}]",
            f"talkStart[{ONE}]",
        ],
    ),
    (
        "the two are joined",
        View(Phone.TALK, someone(TWO), HELD),
        ["phoneevent_commstopped"],
        IDLE,
        [
            f"holdAbonentLeave[{ONE}]",
            "holdStateChange(false,true)",
            "abonentsChange[]",
            "stateChange(ready,talk)",
            f"talkStop[{TWO}]",
            "readyStart[]",
        ],
    ),
    (
        "the held one leaves",
        View(Phone.READY, None, HELD),
        [],
        IDLE,
        [f"holdAbonentLeave[{ONE}]", "holdStateChange(false,true)"],
    ),
    (
        "the other side is called first",
        View(),
        ["phoneevent_acmcallstarted"],
        info(ONE, isautocall=True),
        # rule 1 needs "not isautocall"
        [f"abonentsChange[{ONE}]", "stateChange(call,ready)", "readyStop[]", f"callStart[{ONE}]"],
    ),
    (
        "and then our own telephone",
        View(Phone.BACKCALL, someone(ONE)),
        ["phoneevent_ringstarted"],
        info(ONE, isringing=True, direction="acm_callback"),
        ["stateChange(backring,call)", f"callStop[{ONE}]", f"backRingStart[{ONE}]"],
    ),
    (
        "and then we talk",
        View(Phone.BACKRING, someone(ONE)),
        ["phoneevent_ringstopped"],
        info(ONE, iscommutated=True),
        ["stateChange(talk,backring)", f"backRingStop[{ONE}]", f"talkStart[{ONE}]"],
    ),
    ("held by the other side", View(Phone.TALK, someone(ONE)), [], info(ONE, iswaitinginflash=True), []),
    ("reserved", View(Phone.TALK, None), [], info(LINESTATESTR="lsReserved"), []),
    (
        "the line is gone",
        View(Phone.TALK, someone(ONE), someone(TWO)),
        [],
        info(LINESTATESTR="lsDisconnected"),
        [
            f"holdAbonentLeave[{TWO}]",
            "holdStateChange(false,true)",
            "abonentsChange[]",
            "stateChange(disconnected,talk)",
            f"talkStop[{ONE}]",
        ],
    ),
    (
        "an IVR",
        View(),
        [],
        {"chainid": "C9", "linestatestr": "lsCommutated", "abonent": {"isivr": True, "ivrname": "Menu"}},
        ["abonentsChange[C9]", "stateChange(talk,ready)", "readyStop[]", "talkStart[C9]"],
    ),
    (
        "a caller's number alone is not enough for a call",
        View(),
        [],
        {"chainid": "C9", "abonent": {"callerid": ONE}},
        [f"abonentsChange[{ONE}]"],
    ),
]


@pytest.mark.parametrize(("before", "hints", "answer", "expected"), [row[1:] for row in ROWS], ids=[r[0] for r in ROWS])
def test_a_row_of_the_transition_table(
    before: View, hints: list[str], answer: dict[str, Any], expected: list[str]
) -> None:
    line = Line(before)
    for each in hints:
        line.hint(each)
    found = line_info(answer)
    assert found is not None
    assert [str(each) for each in line.take(found).happened] == expected
    line.take(found)
    assert line.take(found).happened == (), "the same answer again changes nothing"


FLAGS = ("isringing", "isautocall", "iscommutated", "iswaitinginflash", "iswaitingforanswer", "isivr")
BEFORE = {
    "ready": IDLE,
    "ring": info(ONE, isringing=True),
    "backring": info(ONE, isringing=True, direction="acm_callback"),
    "call": info(ONE, iswaitingforanswer=True),
    "backcall": info(ONE, isautocall=True),
    "talk": info(ONE, iscommutated=True),
    "talk with one on hold": info(TWO, iscommutated=True, **holding(ONE)),
    "one on hold": info(**holding(ONE)),
    "disconnected": info(LINESTATESTR="lsDisconnected"),
}
TRIGGERS = ("", "phoneevent_acmcallstarted", "phoneevent_commstopped")
LINES = ("", "lsCommutated", "lsHookUp", "lsReserved", "lsDisconnected")
ANSWERS = tuple(itertools.product(LINES, ("", *FLAGS), ("", ONE, TWO), ("", ONE), ("", "acm_callback")))


def said_by(linestate: str, flag: str, number: str, held: str, direction: str) -> dict[str, Any]:
    """An answer about a line; a menu without a number is known by its chain."""
    flags = {"direction": direction, **({flag: True} if flag else {})}
    said = info(number, **flags, LINESTATESTR=linestate, **(holding(held) if held else {}))
    return {**said, "chainid": "C9"} if flag == "isivr" and not number else said


def shown(events: list[str], *, names: bool) -> list[str]:
    """As both sides write them: who is held, and a call that is called back, are each one's own; `ready` has nobody."""
    found = [each.replace("backcall", "call") for each in events if not each.startswith("holdStateChange")]
    return [each if names and not each.startswith("ready") else each.partition("[")[0] for each in found]


@pytest.mark.parametrize("before", BEFORE)
@pytest.mark.parametrize("trigger", TRIGGERS)
def test_every_transition_is_the_librarys(before: str, trigger: str) -> None:
    """Each state, each trigger, each answer: line states, flags of the other side, with and without one on hold."""
    for each in ANSWERS:
        line, library = Line(), Library()
        for said, hint in ((BEFORE[before], ""), (said_by(*each), trigger)):
            line.hint(hint)
            library.auto = library.auto or hint == "phoneevent_acmcallstarted"
            library.comm_stopped = hint == "phoneevent_commstopped"
            taken = line_info(said)
            assert taken is not None
            mine, its = [str(event) for event in line.take(taken).happened], library.line_info(said)
            named = not (line.view.phone.idle and taken.abonent is not None)  # of a phantom the names are not known
            assert shown(mine, names=named) == shown(its, names=named), said


def test_an_answer_without_the_other_side_says_nothing() -> None:
    assert line_info({"chainid": "C1"}) is None
    assert line_info({"abonent": None}) is None


@pytest.mark.parametrize(
    ("said", "key"),
    [
        ({"competitorid": "k", "number": "1"}, "k"),
        ({"number": "1", "userid": "u"}, "1"),
        ({"userid": "u", "callerid": "2"}, "u"),
        ({"callerid": "2"}, "2"),
        ({}, "C1"),
    ],
)
def test_who_the_other_side_is(said: dict[str, Any], key: str) -> None:
    found = line_info({"chainid": "C1", "abonent": said})
    assert found is not None
    assert found.abonent is not None
    assert found.abonent.key == key


@given(
    st.lists(
        st.dictionaries(
            st.sampled_from(["chainid", "isflashing", "flashed", "abonent", "linestatestr", "calledid"]),
            st.none()
            | st.booleans()
            | st.text(max_size=5)
            | st.dictionaries(
                st.sampled_from(
                    ["number", "userid", "isringing", "isautocall", "iscommutated", "isivr", "conferenceid"]
                ),
                st.none() | st.booleans() | st.text(max_size=4) | st.integers(0, 9),
            ),
        ),
        max_size=8,
    )
)
def test_whatever_answers_come_nothing_breaks(answers: list[dict[str, Any]]) -> None:
    line = Line()
    for each in answers:
        found = line_info(each)
        if found is not None:
            step = line.take(found)
            assert line.view is step.new
            assert not (step.new.phone.idle and step.new.phone is not step.old.phone and step.new.abonent)
