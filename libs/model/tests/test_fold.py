"""Laws of the call model: whatever happens, in whatever order."""

from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from cti_model.calls import (
    Call,
    CallDirection,
    Cause,
    Command,
    ConnectionState,
    Device,
    DeviceKind,
    Direction,
    EndedBy,
    Outcome,
    Party,
    microseconds,
)
from cti_model.envelope import decode_call, encode_call
from cti_model.events import (
    CallEvent,
    CallFact,
    Cleared,
    ConnectionCleared,
    Delivered,
    Dequeued,
    Established,
    Failed,
    Held,
    InformationChanged,
    Leg,
    Origin,
    Originated,
    Parked,
    Queued,
    Retrieved,
    TransferKind,
    Transferred,
    Unparked,
)
from cti_model.fold import born, fold, refold, tell
from cti_model.records import records
from hypothesis import given, settings
from hypothesis import strategies as st

T0 = datetime(2026, 1, 1, 10, tzinfo=UTC)
IDS = ("a", "b", "c")
FEATURES = tuple(Command)


def leg(name: str, direction: Direction = Direction.IN, kind: DeviceKind = DeviceKind.EXTENSION, **more: object) -> Leg:
    number = {"a": "101", "b": "102", "c": "103"}[name]
    return Leg(
        connection_id=name,
        device=Device(number=number, kind=kind),
        direction=direction,
        party=Party(number=number),
        **more,  # type: ignore[arg-type]
    )


def new_call() -> Call:
    return born("c-1", "t", "p", T0, "n-1", FEATURES)


def after(*facts: tuple[float, CallFact]) -> Call:
    call = new_call()
    for seconds, fact in facts:
        call = fold(call, fact, T0 + timedelta(seconds=seconds))
    return call


legs = st.builds(
    leg,
    st.sampled_from(IDS),
    st.sampled_from(list(Direction)),
    st.sampled_from([DeviceKind.EXTENSION, DeviceKind.TRUNK]),
)
ids = st.sampled_from(IDS)
causes = st.sampled_from(list(Cause))
facts = st.one_of(
    st.builds(Originated, leg=legs),
    st.builds(Delivered, leg=legs),
    st.builds(Established, leg=legs, connected=st.lists(ids, max_size=2).map(tuple)),
    st.builds(Held, connection_id=ids),
    st.builds(Retrieved, connection_id=ids),
    st.builds(Queued, connection_id=ids, queue=st.just("support")),
    st.builds(Dequeued, connection_id=ids, queue=st.just("support"), cause=causes),
    st.builds(Parked, connection_id=ids, slot=st.just("701")),
    st.builds(Unparked, connection_id=ids, slot=st.just("701"), timed_out=st.booleans()),
    st.builds(Failed, leg=legs, cause=causes),
    st.builds(
        Transferred,
        kind=st.sampled_from(list(TransferKind)),
        to=st.just("104"),
        by=ids,
        departed=st.lists(ids, max_size=1).map(tuple),
    ),
    st.builds(ConnectionCleared, connection_id=ids, cause=causes, released_by=st.sampled_from([*IDS, ""])),
    st.builds(Cleared, cause=causes),
)
# Clocks of a PBX may step back by a little.
steps = st.integers(-200_000, 5_000_000)
stories = st.lists(st.tuples(steps, facts), min_size=1, max_size=25)


def told(story: list[tuple[int, CallFact]]) -> list[CallEvent]:
    call, at, events = new_call(), T0, []
    for step, fact in story:
        at += timedelta(microseconds=step)
        events.append(tell(call, fact, at, at, Origin.OBSERVED))
        call = events[-1].call
    return events


@given(stories)
def test_the_facts_alone_give_the_carried_state(story):
    events = told(story)
    assert refold(events) == events[-1].call


@given(stories)
def test_every_microsecond_is_in_exactly_one_bucket(story):
    for event in told(story):
        for each in event.call.connections:
            assert each.tally.total_us == microseconds(each.changed_at - each.started_at)
            if each.ended_at is not None:
                assert each.tally.total_us == microseconds(each.ended_at - each.started_at)
                assert each.state is ConnectionState.NULL
                assert each.outcome is not None
                assert each.allowed == ()


@given(stories)
def test_a_call_can_end_from_every_state(story):
    events = told(story)
    ended = fold(events[-1].call, Cleared(), events[-1].occurred_at + timedelta(seconds=1))
    assert not ended.alive
    assert not any(each.alive for each in ended.connections)


@given(stories)
def test_a_repeat_of_the_end_changes_only_the_version(story):
    ended = fold(told(story)[-1].call, Cleared(), T0 + timedelta(hours=1))
    again = fold(ended, Cleared(cause=Cause.LOST), T0 + timedelta(hours=2))
    assert msgspec.structs.replace(again, version=ended.version) == ended


@settings(max_examples=50)
@given(stories)
def test_messages_decode_to_what_was_encoded(story):
    for event in told(story):
        message = encode_call(event)
        assert decode_call(message.body) == event
        assert message.headers["ce-id"] == message.message_id


def plain_call(*end: tuple[float, CallFact]) -> Call:
    return after(
        (0, Originated(leg=leg("a", Direction.OUT, internal=True), dialled="102")),
        (1, Delivered(leg=leg("b", internal=True))),
        *end,
    )


def test_time_of_an_answered_call():
    call = plain_call(
        (3, Established(leg=leg("b"), connected=("a",))),
        (5, Held(connection_id="a")),
        (5.5, Held(connection_id="a")),
        (8, Retrieved(connection_id="a")),
        (10, ConnectionCleared(connection_id="b", released_by="b")),
        (10, ConnectionCleared(connection_id="a", released_by="b")),
        (10, Cleared()),
    )
    caller, called = records(call)
    assert (caller.ring_s, caller.talk_s, caller.hold_s) == (3, 4, 3)
    assert (called.ring_s, called.talk_s, called.hold_s) == (2, 7, 0)
    assert (caller.ended_by, called.ended_by) == (EndedBy.REMOTE, EndedBy.SELF)
    assert call.ended_at == T0 + timedelta(seconds=10)


@pytest.mark.parametrize(
    ("cause", "by", "caller", "called"),
    [
        (Cause.NO_ANSWER, "", Outcome.NO_ANSWER, Outcome.MISSED),
        (Cause.CANCELLED, "a", Outcome.CANCELLED, Outcome.MISSED),
        (Cause.REJECTED, "b", Outcome.REJECTED, Outcome.REJECTED),
        (Cause.BUSY, "b", Outcome.BUSY, Outcome.BUSY),
        (Cause.LOST, "", Outcome.FAILED, Outcome.MISSED),
        (Cause.UNREACHABLE, "", Outcome.FAILED, Outcome.FAILED),
        (Cause.ABANDONED, "a", Outcome.CANCELLED, Outcome.ABANDONED),
    ],
)
def test_outcomes_of_a_call_that_nobody_answered(cause, by, caller, called):
    call = plain_call(
        (4, ConnectionCleared(connection_id="b", cause=cause, released_by=by)),
        (4, ConnectionCleared(connection_id="a", cause=cause, released_by=by)),
    )
    assert [row.outcome for row in records(call)] == [caller, called]


def test_a_queue_is_nobody():
    call = after(
        (0, Originated(leg=leg("a", Direction.OUT), dialled="200")),
        (0, Established(leg=leg("a", Direction.OUT))),
        (0, Queued(connection_id="a", queue="support")),
        (1, Delivered(leg=leg("b", queue="support"))),
        (6, ConnectionCleared(connection_id="b", cause=Cause.ABANDONED, released_by="a")),
        (6, ConnectionCleared(connection_id="a", cause=Cause.CANCELLED, released_by="a")),
    )
    caller, agent = records(call)
    assert (caller.outcome, caller.queue_s, caller.talk_s) == (Outcome.CANCELLED, 6, 0)
    assert (agent.outcome, agent.ring_s, agent.queue) == (Outcome.ABANDONED, 5, "support")


def test_a_transferred_connection_keeps_its_time():
    consultation = after(
        (0, Originated(leg=leg("a", Direction.OUT), consultation_of="c-0")),
        (1, Delivered(leg=leg("b"))),
        (2, Established(leg=leg("b"), connected=("a",))),
    )
    moved = consultation.connection("b")
    assert moved is not None
    first = born("c-0", "t", "p", T0, "n-0")
    call = fold(
        first,
        Transferred(kind=TransferKind.ATTENDED, to="102", by="x", by_number="101", joined=(moved,)),
        T0 + timedelta(seconds=5),
    )
    call = fold(call, ConnectionCleared(connection_id="b"), T0 + timedelta(seconds=9))
    (row,) = records(call)
    assert (row.call_id, row.ring_s, row.talk_s) == ("c-0", 1, 7)
    assert (row.redirecting_id, row.redirection_id) == ("101", "102")


def test_a_phone_that_never_rang_is_no_record():
    call = plain_call()
    refused = after(
        (0, Originated(leg=leg("a", Direction.OUT), dialled="102")),
        (0, Failed(leg=leg("b"), cause=Cause.BUSY)),
        (0, ConnectionCleared(connection_id="b", cause=Cause.BUSY, released_by="b")),
    )
    assert [row.device for row in records(call)] == ["101", "102"]
    assert [row.device for row in records(refused)] == ["101"]


def test_commands_follow_the_state():
    ringing = plain_call()
    called = ringing.connection("b")
    assert called is not None
    assert Command.ANSWER in called.allowed
    talking = plain_call((3, Established(leg=leg("b"), connected=("a",))), (4, Held(connection_id="a")))
    held = talking.connection("a")
    assert held is not None
    assert set(held.allowed) == {Command.CLEAR, Command.RETRIEVE}
    assert after((0, Originated(leg=leg("a", kind=DeviceKind.TRUNK)))).connections[0].allowed == ()


def test_the_last_native_id_of_a_connection_is_its_present_one():
    call = after(
        (0, Originated(leg=leg("a", Direction.OUT))),
        (1, InformationChanged(connection_id="a", native_ids=("n-2",))),
        (2, InformationChanged(connection_id="a", native_ids=("n-3",))),
        (3, InformationChanged(connection_id="a", native_ids=("n-2",))),
    )
    assert call.connections[0].native_ids[-2:] == ("n-3", "n-2")
    assert {"n-2", "n-3"} <= set(call.native_ids)


@pytest.mark.parametrize("gone", [True, False])
def test_who_is_passed_on_waits_only_when_there_is_nobody_left_to_talk_with(gone: bool) -> None:
    dials = (6, Originated(leg=leg("a", Direction.OUT), dialled="103"))
    leaves = ((5, ConnectionCleared(connection_id="b", cause=Cause.TRANSFERRED, released_by="b")),) if gone else ()
    call = after(
        (0, Originated(leg=leg("a", Direction.OUT), dialled="102")),
        (1, Established(leg=leg("b"), connected=("a",))),
        *leaves,
        dials,
    )
    waits, talks = ConnectionState.INITIATED, ConnectionState.CONNECTED
    assert call.connections[0].state is (waits if gone else talks)
    assert call.connections[0].answered_at is not None, "it has talked"


@pytest.mark.parametrize("fact", [Originated, Delivered, Established])
def test_a_leg_that_was_taken_for_a_trunk_is_the_telephone_that_it_says_it_is(fact):
    caller = Originated(leg=leg("a", Direction.OUT, internal=True), dialled="102")
    foreign = leg("b", Direction.OUT, DeviceKind.TRUNK)
    own = leg("b", internal=True)
    talk = Established(leg=leg("b", kind=DeviceKind.TRUNK), connected=("a",))
    call = after((0, caller), (1, Delivered(leg=foreign)), (2, talk), (3, fact(leg=own)))
    known = call.connection("b")
    assert (known.device, known.direction, known.internal) == (own.device, Direction.IN, True)
    assert call.direction is CallDirection.INTERNAL
    assert [record.device for record in records(call)] == ["101", "102"]
    again = fold(call, Established(leg=foreign), T0 + timedelta(seconds=4))
    assert again.connection("b").device == own.device
    over = after(
        (0, caller), (1, Delivered(leg=foreign)), (2, ConnectionCleared(connection_id="b")), (3, fact(leg=own))
    )
    assert over.connection("b").device.kind is DeviceKind.TRUNK
