"""Each recorded call, the link cut before any event: no call is lost, none haunts, and what a dump tells is told."""

from functools import cache
from pathlib import Path

import pytest
from cti_connector.testing import lawful
from cti_freeswitch.state import State
from cti_freeswitch.translate import translate
from cti_model.records import CallRecord, all_records
from cti_simulators.traces import Trace, find_traces, load_trace

from tests.conformance.doubt import Doubt, doubts
from tests.conformance.freeswitch import TOLERANCE_S, TRACES, differences
from tests.conformance.freeswitch_cut import Heard, back_at, borders, cut, events_of, living

PATHS = [path for path in find_traces(TRACES, ".esl.jsonl") if "load_loopback" not in path.name]  # has no telephone
CALLER_GONE = {
    ("webitel_style_att_xfer", "103: no record in 102 that began at 102 answers#2"),
    ("webitel_style_att_xfer", "103: a record too many, in 0501112233"),
}
"""The one who had called 103 came, passed it on and went while nobody listened: left is with whom 103 talks."""
GAPS_S = (0.0, 1.0, 4.0, 12.0)
EVERY = 2
"""Of the places where a link can be cut; 1 holds as well, and takes 33 s of one core."""


@cache
def recorded(path: Path) -> tuple[Trace, list[Heard]]:
    trace = load_trace(path)
    return trace, events_of(trace)


def straight(events: list[Heard]) -> list[set[str]]:
    """The channels that live behind each event, for who hears all."""
    state, found = State("t", "p"), [set[str]()]
    for at, event in events:
        translate(state, event, at)
        found.append(living(state))
    return found


def times(row: CallRecord) -> dict[str, float]:
    return {"ring_s": row.ring_s, "queue_s": row.queue_s, "talk_s": row.talk_s, "hold_s": row.hold_s}


def other_times(whole: list[CallRecord], cut_up: list[CallRecord], doubtful: dict[str, Doubt]) -> list[str]:
    """Where a part of which nothing is in doubt has other times than for who hears all."""
    known = {row.connection_id: row for row in whole}
    return [
        f"{row.device}: {name} {got:.2f}, heard {times(known[row.connection_id])[name]:.2f}"
        for row in cut_up
        if row.connection_id in known and row.connection_id not in doubtful
        for name, got in times(row).items()
        if abs(got - times(known[row.connection_id])[name]) > TOLERANCE_S
    ]


@pytest.mark.parametrize("dies", [False, True], ids=["cut", "taken over"])
@pytest.mark.parametrize("gap_s", GAPS_S)
@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.name.split(".")[0])
def test_a_cut_anywhere_costs_no_call_and_no_second_that_a_dump_tells(path, gap_s, dies):
    trace, events = recorded(path)
    alive = straight(events)
    whole = all_records(cut(events, len(events), len(events)).told)
    for begin in borders(events)[::EVERY]:
        until = back_at(events, begin, gap_s)
        told, left, lives, listed, again = cut(events, begin, until, dies=dies)
        where = f"cut before event {begin}, {events[begin][1].name}, back before {until}"
        assert again == [], where
        lawful(told)
        assert alive[until] <= lives <= listed, where
        assert (left.channels, left.boxes, left.rooms) == ({}, {}, {}), where
        assert not any(event.call.alive for event in {each.call.call_id: each for each in told}.values()), where
        gap = events[begin - 1][0].timestamp(), events[until - 1][0].timestamp()
        unheard = gap if until > begin or dies else None  # what waited for more dies with who heard it
        rows, doubtful = all_records(told), doubts(told)
        found = differences(trace, rows, doubtful, unheard)
        assert [each for each in found if (path.name.split(".")[0], each) not in CALLER_GONE] == [], where
        assert other_times(whole, rows, doubtful) == [], where


@pytest.mark.parametrize("dies", [False, True], ids=["cut", "taken over"])
def test_of_channels_that_are_no_telephones_nothing_is_told_or_kept(dies):
    """The load run: 203 calls in 812 loopback channels."""
    _, events = recorded(TRACES / "load_loopback.esl.jsonl.gz")
    places = borders(events)
    for begin in places[500 :: len(places) // 3]:
        told, left, _, listed, again = cut(events, begin, back_at(events, begin, 4.0), dies=dies)
        assert len(listed) > 50
        assert (told, again, left.channels, left.boxes) == ([], [], {}, {})
