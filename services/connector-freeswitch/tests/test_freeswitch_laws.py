"""What must hold whatever comes over the wire, on the recordings: repeats, losses, other orders, lost ends."""

import random
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path

import pytest
from connector_freeswitch.recording import events_in
from cti_connector.testing import lawful
from cti_freeswitch.event import Event
from cti_freeswitch.reconcile import lost, reconcile
from cti_freeswitch.snapshot import Snapshot
from cti_freeswitch.state import State
from cti_freeswitch.translate import HANDLERS, SETTLE, settle, translate
from cti_model.calls import Cause
from cti_model.events import CallEvent
from cti_model.records import all_records
from cti_simulators.traces import load_trace

TRACES = Path(__file__).parents[3] / "tests" / "data" / "traces" / "freeswitch-1.10"
NAMES = [
    "out_hold",
    "in_consult_attended",
    "in_consult_cancelled",
    "blind_transfer",
    "busy",
    "no_answer",
    "queue",
    "webitel_style_att_xfer",
    "park_fifo_misc",
    "conference",
    "reconnect_attach_punt",
]
Heard = tuple[datetime, Event]


@cache
def heard(name: str) -> tuple[Heard, ...]:
    """The events that are subscribed to."""
    trace = load_trace(TRACES / f"{name}.esl.jsonl.gz")
    found = events_in((chunk.t, chunk.data) for chunk in trace.chunks)
    return tuple((at, event) for at, event, _ in found if event.name in HANDLERS or event.name == "CUSTOM")


def play(events, state: State | None = None) -> list[CallEvent]:
    state = state or State("t", "p")
    told: list[CallEvent] = []
    at = events[0][0]
    for at, event in events:
        told += translate(state, event, at)
    return told + settle(state, at + 2 * SETTLE + timedelta(seconds=1))


def words(told: list[CallEvent]) -> list[tuple]:
    rows = sorted(all_records(told), key=lambda each: (each.started_at, each.device))
    return [(r.device, r.direction, r.remote_number, r.outcome, r.ended_by, r.redirection_id, r.queue) for r in rows]


def living(told: list[CallEvent]) -> list[str]:
    calls = {event.call.call_id: event.call for event in told}
    return [call.call_id for call in calls.values() if call.alive]


@pytest.mark.parametrize("name", NAMES)
def test_every_event_twice_means_what_it_meant_once(name):
    twice = [each for pair in zip(heard(name), heard(name), strict=True) for each in pair if each[1].name != "DTMF"]
    once = [each for each in heard(name) if each[1].name != "DTMF"]
    assert words(play(twice)) == words(play(once))


@pytest.mark.parametrize("name", NAMES)
def test_without_any_one_event_no_call_stays_open(name):
    events = heard(name)
    for at in range(len(events)):
        told = play(events[:at] + events[at + 1 :])
        lawful(told)
        assert living(told) == [], events[at][1].name


@pytest.mark.parametrize("name", NAMES)
def test_neighbours_on_different_channels_may_change_places(name):
    events, rng = list(heard(name)), random.Random(name)
    expected = words(play(events))
    for _ in range(20):
        mixed = list(events)
        for at in range(len(mixed) - 1):
            one, other = mixed[at][1], mixed[at + 1][1]
            close = (mixed[at + 1][0] - mixed[at][0]) < timedelta(milliseconds=5)
            apart = one.get("Unique-ID") != other.get("Unique-ID") and "CREATE" not in one.name + other.name
            bridges = "BRIDGE" in one.name + other.name or "CUSTOM" in (one.name, other.name)
            if close and apart and not bridges and rng.random() < 0.5:
                mixed[at], mixed[at + 1] = mixed[at + 1], mixed[at]
        told = play(mixed)
        lawful(told)
        assert words(told) == expected


@pytest.mark.parametrize("name", [*NAMES, "load_loopback"])
def test_nothing_is_remembered_of_what_is_over(name):
    state = State("t", "p")
    play(heard(name), state)
    assert (state.channels, state.boxes, state.endings, state.hints, state.rooms) == ({}, {}, {}, [], {})
    assert len(state.ended) <= 512


def test_what_ended_unseen_is_told_between_two_instants():
    events = heard("out_hold")
    answered = next(n for n, (_, event) in enumerate(events) if event.name == "CHANNEL_BRIDGE")
    state, told = State("t", "p"), []
    for at, event in events[: answered + 1]:
        told += translate(state, event, at)
    lost(state, events[answered][0])
    now = events[-1][0]
    found = reconcile(state, Snapshot({}, {}, frozenset(state.channels)), now)
    ends = [event for event in found if event.kind == "connection_cleared"]
    assert len(ends) == 2
    for event in ends:
        assert event.occurred_at == now
        assert event.not_before == events[answered][0]
        assert event.fact.cause is Cause.LOST
