"""The path of each recorded call, the same in every version of Asterisk, and its laws on all recordings."""

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from connector_asterisk.replay import events_of
from cti_model.events import CallEvent
from cti_model.path import Segment, segments
from cti_model.records import records
from cti_simulators.traces import find_traces, load_trace

from tests.conformance.table import TRACES

PATHS = list(find_traces(TRACES))
# Who talked with whom: when it began by what, when it ended by what (seconds from the first event), told by the
# scenarios' authors; `#2` is the second call of a scenario.
STORIES = {
    "j_attended_transfer": [
        "trunk-101 1.5 answer, 7.8 attended",
        "trunk-102 7.8 attended, 10.8 clear",
        "101-102 5.7 consultation, 7.8 attended #2",
    ],
    "j3_attended_transfer_to_external": [
        "trunk-101 1.5 answer, 6.1 attended",
        "trunk-trunk 6.1 attended, 8.1 clear",
        "101-trunk 4.5 consultation, 6.1 attended #2",
    ],
    "k_consultation_cancelled": ["trunk-101 1.5 answer, 10.5 clear", "101-102 5.7 consultation, 7.8 clear #2"],
    "l_blind_transfer": ["trunk-101 1.5 answer, 3.5 blind", "trunk-102 5.5 blind, 8.5 clear"],
    "l2_blind_transfer_no_answer": ["trunk-101 1.5 answer, 2.5 blind"],
    "m1_feature_blind": ["trunk-101 1.5 answer, 5.2 blind", "trunk-102 6.7 blind, 8.7 clear"],
    "m2_feature_attended": [
        "trunk-101 1.5 answer, 8.7 attended",
        "101-102 6.7 consultation, 8.7 attended",
        "trunk-102 8.7 attended, 10.7 clear",
    ],
    "n1_queue_ringall": ["trunk-102 3.0 queue, 6.0 clear"],
    "n3_queue_abandon": [],
    "n7_queue_local_members": ["trunk-104 1.5 queue, 5.5 clear"],
    "n10_queue_transfer": ["trunk-101 1.5 queue, 3.0 blind", "trunk-103 4.5 blind, 6.5 clear"],
    "o1_park_retrieve": ["trunk-101 1.5 answer, 3.7 park", "trunk-102 6.5 park, 8.5 clear"],
    "p_confbridge": [
        "101-102 1.5 conference, 6.5 clear",
        "102-trunk 3.0 conference, 6.5 clear",
        "101-trunk 3.0 conference, 7.5 clear",
    ],
    "q1_originate_ok": ["101-trunk 3.5 answer, 6.5 clear"],
    "q2_originate_no_answer": [],
    "q5_originate_application": ["101-102 8.0 answer, 11.0 clear #2"],
    "r1_redirect": ["trunk-101 1.5 answer, 3.0 redirect", "trunk-102 4.5 redirect, 6.5 clear"],
    "r2_atxfer_action": [
        "trunk-101 1.5 answer, 6.9 attended",
        "101-102 4.9 consultation, 6.9 attended",
        "trunk-102 6.9 attended, 8.9 clear",
    ],
    "s2_directed_pickup": ["103-102 2.0 pickup, 4.0 clear"],
    "t1_local_optimised": ["101-102 1.5 answer, 6.0 clear"],
    "t4_forward_in_dialplan": ["trunk-102 1.5 forward, 3.5 clear"],
    "y_bridge_action": [
        "101-102 1.0 answer, 3.0 conference",
        "101-103 3.0 conference, 6.0 clear",
        "103-104 2.0 answer, 3.0 conference #2",
    ],
}
TOLERANCE_S = 0.1


def calls_of(path: Path) -> list[list[CallEvent]]:
    calls: dict[str, list[CallEvent]] = {}
    for event in events_of((chunk.t, chunk.data) for chunk in load_trace(path).chunks):
        calls.setdefault(event.call.call_id, []).append(event)
    return list(calls.values())


def told(calls: list[list[CallEvent]]) -> Iterator[tuple[str, str, float, str, float]]:
    """Pair, why it began and ended, and when, counted from the first event."""
    zero = calls[0][0].occurred_at
    for number, call in enumerate(calls, 1):
        names = {each.connection_id: each.device.number for event in call for each in event.call.connections}
        for each in segments(call):
            assert each.ended_at is not None
            suffix = f" #{number}" if number > 1 else ""
            began, ended = (each.began_at - zero).total_seconds(), (each.ended_at - zero).total_seconds()
            yield (
                f"{names[each.one]}-{names[each.other]}{suffix}",
                each.began_by.value,
                began,
                str(each.ended_by),
                ended,
            )


def expected(story: list[str]) -> Iterator[tuple[str, str, float, str, float]]:
    for line in story:
        text, _, number = line.partition(" #")
        begin, end = text.split(", ")
        pair, began, began_by = begin.split()
        ended, ended_by = end.split()
        yield f"{pair} #{number}" if number else pair, began_by, float(began), ended_by, float(ended)


@pytest.mark.parametrize("version", ["asterisk-11", "asterisk-13", "asterisk-22"])
@pytest.mark.parametrize("scenario", STORIES)
def test_who_talked_with_whom(version, scenario):
    found, story = list(told(calls_of(TRACES / version / f"{scenario}.ami.gz"))), list(expected(STORIES[scenario]))
    assert [(pair, began, ended) for pair, began, _, ended, _ in found] == [
        (pair, began, ended) for pair, began, _, ended, _ in story
    ]
    for (_, _, began, _, ended), (_, _, should_begin, _, should_end) in zip(found, story, strict=True):
        assert abs(began - should_begin) < TOLERANCE_S
        assert abs(ended - should_end) < TOLERANCE_S


@pytest.mark.parametrize("path", PATHS, ids=lambda path: f"{path.parent.name}-{path.name.split('.')[0]}")
def test_laws_of_a_path(path):
    for call in calls_of(path):
        connections = {each.connection_id: each for event in call for each in event.call.connections}
        by_pair: dict[tuple[str, str], list[Segment]] = {}
        for each in segments(call):
            by_pair.setdefault((each.one, each.other), []).append(each)
            if call[-1].call.ended_at is not None:
                assert each.ended_at is not None, "no talk outlives its call"
            for side in (each.one, each.other):
                assert connections[side].answered_at is not None, "who talks has been answered"
                assert each.began_at >= connections[side].started_at
        for (one, other), theirs in by_pair.items():
            assert (other, one) not in by_pair
            for before, after in pairwise(theirs):
                assert before.ended_at is not None
                assert before.ended_at <= after.began_at, "a pair talks in one segment at a time"


@pytest.mark.parametrize("path", PATHS, ids=lambda path: f"{path.parent.name}-{path.name.split('.')[0]}")
def test_local_channels_are_no_parties_and_every_party_is_a_telephone_or_a_line(path):
    for call in calls_of(path):
        for each in call[-1].call.connections:
            technology, _, endpoint = each.device.native.partition("/")
            assert technology in ("SIP", "PJSIP")
            assert endpoint
            assert "@" not in endpoint


@pytest.mark.parametrize("version", ["asterisk-11", "asterisk-13", "asterisk-22"])
@pytest.mark.parametrize(
    "scenario",
    ["j_attended_transfer", "l_blind_transfer", "m1_feature_blind", "m2_feature_attended", "r2_atxfer_action"],
)
def test_both_ends_of_a_transfer_say_who_passed_it_on_and_to_whom(version, scenario):
    rows = [row for call in calls_of(TRACES / version / f"{scenario}.ami.gz") for row in records(call[-1].call)]
    said = {(row.device, row.direction.value): (row.redirecting_id, row.redirection_id) for row in rows}
    assert said["101", "in"] == said["102", "in"] == ("101", "102")
