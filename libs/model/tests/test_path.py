"""The path of a call where the recordings have no example."""

from datetime import UTC, datetime, timedelta

from cti_model.calls import Cause, Device, DeviceKind, Direction
from cti_model.events import (
    CallEvent,
    CallFact,
    Cleared,
    Conferenced,
    ConnectionCleared,
    Delivered,
    Established,
    Held,
    Leg,
    Origin,
    Originated,
    Parked,
    Retrieved,
    TransferKind,
    Transferred,
    Unparked,
)
from cti_model.fold import born, tell
from cti_model.path import Edge, segments

T0 = datetime(2026, 1, 1, 10, tzinfo=UTC)


def leg(name: str, direction: Direction = Direction.IN, redirecting_id: str = "", queue: str = "") -> Leg:
    device = Device(number=name, kind=DeviceKind.EXTENSION)
    return Leg(connection_id=name, device=device, direction=direction, redirecting_id=redirecting_id, queue=queue)


def told(*facts: CallFact) -> list[CallEvent]:
    """The events of one call, one second apart."""
    call, events = born("call", "t", "p", T0, "1.1"), []
    for second, fact in enumerate(facts):
        event = tell(call, fact, T0 + timedelta(seconds=second), T0, Origin.OBSERVED)
        call = event.call
        events.append(event)
    return events


def path(*facts: CallFact) -> list[tuple[str, int, Edge, int | None, Edge | None]]:
    return [
        (
            f"{each.one}-{each.other}",
            (each.began_at - T0).seconds,
            each.began_by,
            None if each.ended_at is None else (each.ended_at - T0).seconds,
            each.ended_by,
        )
        for each in segments(told(*facts))
    ]


TALK = (
    Originated(leg=leg("a", Direction.OUT), dialled="b"),
    Delivered(leg=leg("b")),
    Established(leg=leg("b"), connected=("a",)),
)


def test_a_talk_that_goes_on_has_no_end_and_hold_does_not_end_it():
    assert path(*TALK, Held(connection_id="b"), Retrieved(connection_id="b")) == [("a-b", 2, Edge.ANSWER, None, None)]


def test_a_call_that_is_cleared_ends_its_talks():
    assert path(*TALK, Cleared(cause=Cause.LOST)) == [("a-b", 2, Edge.ANSWER, 3, Edge.CLEAR)]


def test_a_parked_call_whose_time_ran_out_goes_back_to_who_parked_it():
    found = path(
        *TALK,
        Parked(connection_id="a", slot="701", by="b"),
        ConnectionCleared(connection_id="b", cause=Cause.PARKED),
        Unparked(connection_id="a", slot="701", timed_out=True),
        Delivered(leg=leg("b2")),
        Established(leg=leg("b2"), connected=("a",)),
    )
    assert found == [("a-b", 2, Edge.ANSWER, 3, Edge.PARK), ("a-b2", 7, Edge.RECALL, None, None)]


def test_a_transfer_back_after_a_transfer():
    found = path(
        *TALK,
        Transferred(kind=TransferKind.BLIND, to="c", by="b", by_number="b"),
        ConnectionCleared(connection_id="b", cause=Cause.TRANSFERRED),
        Established(leg=leg("c", redirecting_id="b"), connected=("a",)),
        Transferred(kind=TransferKind.REDIRECT, to="d"),
        ConnectionCleared(connection_id="c", cause=Cause.REDIRECTED),
        Established(leg=leg("d"), connected=("a",)),
    )
    assert found == [
        ("a-b", 2, Edge.ANSWER, 3, Edge.BLIND),
        ("a-c", 5, Edge.BLIND, 6, Edge.REDIRECT),
        ("a-d", 8, Edge.REDIRECT, None, None),
    ]


def test_three_in_a_conference_are_three_pairs_and_who_leaves_ends_two():
    other = told(Originated(leg=leg("c", Direction.OUT)), Established(leg=leg("c")))[-1].call.connections
    found = path(*TALK, Conferenced(joined=other), ConnectionCleared(connection_id="b"))
    assert found == [
        ("a-b", 2, Edge.ANSWER, 4, Edge.CLEAR),
        ("b-c", 3, Edge.CONFERENCE, 4, Edge.CLEAR),
        ("a-c", 3, Edge.CONFERENCE, None, None),
    ]


def test_a_bridge_made_by_a_manager_parts_who_is_not_in_it():
    other = told(Originated(leg=leg("c", Direction.OUT)), Established(leg=leg("c")))[-1].call.connections
    found = path(*TALK, Conferenced(joined=other, connected=("a", "c")))
    assert found == [("a-b", 2, Edge.ANSWER, 3, Edge.CONFERENCE), ("a-c", 3, Edge.CONFERENCE, None, None)]


def test_nobody_talks_with_an_announcement_or_while_it_rings():
    assert path(Originated(leg=leg("a", Direction.OUT)), Established(leg=leg("a")), Delivered(leg=leg("b"))) == []
