"""A queue call of hours: each ring round adds a connection, and the state of the call stays bounded all the same."""

from datetime import UTC, datetime, timedelta

import msgspec
from cti_model.calls import Cause, Command, Device, DeviceKind, Direction, Outcome, Party
from cti_model.events import (
    CallEvent,
    Cleared,
    ConnectionCleared,
    Delivered,
    Established,
    Leg,
    Origin,
    Originated,
    Queued,
)
from cti_model.fold import MOST_IDLE, born, refold, tell
from cti_model.path import segments
from cti_model.records import all_records, records
from cti_model.story import story
from cti_model.view import CtiEventName, UserView
from cti_model.viewing import project

START = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
AGENTS = ("101", "102", "103", "104", "105")


def leg(connection_id: str, device: Device, direction: Direction) -> Leg:
    party = Party(number=device.number) if device.kind is DeviceKind.EXTENSION else Party(number="79161234567")
    return Leg(connection_id=connection_id, device=device, direction=direction, party=party, queue="support")


def waiting(rounds: int) -> list[CallEvent]:
    """Somebody waits in a queue; each round an agent rings in vain; the last one answers."""
    call, told, at = born("call", "t", "p", START, "1.1", tuple(Command)), [], START

    def say(fact, seconds: float = 0.0) -> None:
        nonlocal call, at
        at += timedelta(seconds=seconds)
        told.append(tell(call, fact, at, at, Origin.OBSERVED))
        call = told[-1].call

    trunk = Device(number="trunk", kind=DeviceKind.TRUNK, native="PJSIP/trunk")
    say(Originated(leg=leg("caller", trunk, Direction.OUT), dialled="200"))
    say(Queued(connection_id="caller", queue="support"))
    for number in range(rounds):
        agent = Device(number=AGENTS[number % len(AGENTS)], kind=DeviceKind.EXTENSION, native="PJSIP/1")
        one = leg(f"ring-{number}", agent, Direction.IN)
        say(Delivered(leg=one), 1)
        if number < rounds - 1:
            say(ConnectionCleared(connection_id=one.connection_id, cause=Cause.NO_ANSWER), 10)
        else:
            say(Established(leg=one, connected=("caller",)), 2)
            say(ConnectionCleared(connection_id=one.connection_id, cause=Cause.NORMAL, released_by="caller"), 60)
    say(ConnectionCleared(connection_id="caller", cause=Cause.NORMAL, released_by="caller"))
    say(Cleared())
    return told


def test_the_state_is_bounded_and_the_facts_alone_give_it():
    told = waiting(3000)
    assert max(len(event.call.connections) for event in told) <= MOST_IDLE + 3
    assert max(len(msgspec.json.encode(event)) for event in told) < 100_000, "far from the 1 MiB that NATS takes"
    assert refold(told) == told[-1].call
    assert told[-1].call.left_count + len(told[-1].call.connections) == 3001


def test_each_connection_leaves_once_and_was_seen_to_end_before():
    told, seen, left = waiting(500), set(), []
    for event in told:
        for each in event.call.left:
            assert each.connection_id in seen
            assert event.call.connection(each.connection_id) is None
            left.append(each.connection_id)
        seen |= {each.connection_id for each in event.call.connections if not each.alive}
    assert left == [f"ring-{number}" for number in range(499 - MOST_IDLE)]


def test_no_record_is_lost():
    told = waiting(500)
    rows = all_records(told)
    assert len(rows) == 500
    assert len({row.connection_id for row in rows}) == 500
    assert [row.outcome for row in rows].count(Outcome.MISSED) == 499
    assert len(records(told[-1].call)) < 500


def test_who_talked_with_whom_and_the_story_are_whole():
    told = waiting(300)
    assert [(each.one, each.other) for each in segments(told)] == [("caller", "ring-299")]
    assert story(told).count(" → ") == 301


def test_the_agents_panel_shows_each_ring_once():
    view, finished = UserView(tenant="t", user="u"), []
    for event in waiting(400):
        view, changes = project(view, event, lambda connection: connection.device.number == "101")
        finished += [change for change in changes if change.name is CtiEventName.CALL_FINISHED]
    assert len(finished) == 400 // len(AGENTS)
    assert view.calls == ()


def test_a_call_of_few_connections_says_nothing_of_it():
    assert b"left" not in msgspec.json.encode(waiting(20)[-1].call)
