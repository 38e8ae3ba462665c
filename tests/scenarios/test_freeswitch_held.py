"""Hold across a gap: what was held and what was talked is what people did, whatever of it was heard."""

import random
from typing import NamedTuple

import pytest
from cti_connector.testing import lawful
from cti_model.calls import ConnectionState
from cti_model.events import Origin
from cti_model.records import CallRecord, all_records
from cti_simulators.freeswitch.people import People
from cti_simulators.scenario import parse, perform

from tests.scenarios.freeswitch_line import Line

TALK = "101 calls 102; 102 rings; wait 1s; 102 answers; wait 2s; "
NEARLY = 0.001
"""Instants of the simulated FreeSWITCH are those of its headers."""


class Case(NamedTuple):
    """What is done before, in and after a gap in which nobody listens; and how long 101 held, in seconds."""

    before: str
    unheard: str
    after: str
    held_s: float


CASES = {
    "begun before, lasts": Case("101 holds; wait 4s", "wait 5s", "wait 1s; 101 retrieves; wait 2s", 10.0),
    "begun before, ended unheard": Case("101 holds; wait 4s", "wait 2s; 101 retrieves; wait 3s", "wait 1s", 6.0),
    "begun unheard, lasts": Case("wait 1s", "wait 1s; 101 holds; wait 4s", "wait 2s; 101 retrieves; wait 1s", 6.0),
    "all of it unheard": Case("wait 1s", "wait 1s; 101 holds; wait 3s; 101 retrieves; wait 2s", "wait 1s", 3.0),
    "two of them unheard": Case(
        "wait 1s",
        "101 holds; wait 3s; 101 retrieves; wait 1s; 101 holds; wait 2s; 101 retrieves; wait 1s",
        "wait 1s",
        5.0,
    ),
    "two unheard with no talk behind": Case(
        "wait 1s", "101 holds; wait 9s; 101 retrieves; wait 1s; 101 holds; wait 1s; 101 retrieves", "wait 1s", 10.0
    ),
    "the end of one and the beginning of the next unheard": Case(
        "101 holds; wait 4s", "wait 1s; 101 retrieves; wait 2s; 101 holds; wait 3s", "101 retrieves; wait 1s", 8.0
    ),
    "one heard, one unheard, one lasts": Case(
        "101 holds; wait 4s; 101 retrieves; wait 1s",
        "101 holds; wait 2s; 101 retrieves; wait 3s; 101 holds; wait 1s",
        "wait 1s; 101 retrieves; wait 1s",
        8.0,
    ),
    "heard before, none unheard": Case("101 holds; wait 4s; 101 retrieves; wait 1s", "wait 3s", "wait 1s", 4.0),
}


def does(line: Line, what: str) -> None:
    perform(parse(what), People(line.switch))
    line.hear()


def rows(line: Line) -> dict[str, CallRecord]:
    lawful(line.events)
    return {row.device: row for row in all_records(line.events)}


@pytest.mark.parametrize("lost", [Line.cut, Line.fail], ids=["cut", "taken over"])
@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_what_was_held_is_held(case, lost):
    line = Line(random.Random(7))
    line.connect()
    does(line, TALK + case.before)
    lost(line)
    does(line, case.unheard)
    line.connect()
    assert line.picture.state.unsettled is False
    told = len(line.events)
    line.compare()
    assert len(line.events) == told, "the second comparison finds nothing"
    does(line, case.after + "; 101 hangs up; wait 1s")
    row = rows(line)["101"]
    talked_s = (row.ended_at - row.answered_at).total_seconds() - case.held_s
    assert row.hold_s == pytest.approx(case.held_s, abs=NEARLY)
    assert row.talk_s == pytest.approx(talked_s, abs=NEARLY)
    assert rows(line)["102"].hold_s == 0.0
    for event in line.events:
        assert (event.not_before or event.occurred_at) <= event.occurred_at <= (event.not_after or event.occurred_at)
        assert event.occurred_at <= event.observed_at


def test_one_hold_that_ended_unheard_ended_at_a_known_instant():
    line = Line(random.Random(7))
    line.connect()
    does(line, TALK + "101 holds; wait 4s")
    line.cut()
    does(line, "wait 2s; 101 retrieves; wait 3s")
    line.connect()
    (held,) = [event for event in line.events if event.kind == "held"]
    (retrieved,) = [event for event in line.events if event.kind == "retrieved"]
    assert (retrieved.origin, retrieved.not_before, retrieved.not_after) == (Origin.RECONCILED, None, None)
    assert (retrieved.occurred_at - held.occurred_at).total_seconds() == pytest.approx(6.0, abs=NEARLY)


def test_a_transfer_begins_the_sum_anew():
    """The one who held goes on at another number: what it held before is no part of the sum that is told then."""
    line = Line(random.Random(7))
    line.connect()
    does(
        line, TALK + "102 holds; wait 6s; 102 retrieves; wait 1s; 101 transfers to 103; 103 rings; 103 answers; wait 1s"
    )
    line.cut()
    does(line, "102 holds; wait 7s; 102 retrieves; wait 1s")
    line.connect()
    does(line, "102 hangs up; wait 1s")
    assert rows(line)["102"].hold_s == pytest.approx(13.0, abs=NEARLY)


def test_who_comes_and_holds_unheard_is_found_on_hold():
    line = Line(random.Random(7))
    line.connect()
    line.cut()
    does(line, TALK + "101 holds; wait 3s; 101 retrieves; wait 1s; 101 holds; wait 2s")
    line.connect()
    [mine] = [each for each in line.events[-1].call.connections if each.device.number == "101"]
    assert mine.state is ConnectionState.HELD
    does(line, "101 retrieves; wait 1s; 101 hangs up; wait 1s")
    assert rows(line)["101"].hold_s == pytest.approx(5.0, abs=NEARLY)
