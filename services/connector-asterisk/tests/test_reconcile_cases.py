"""What reconciling tells, case by case."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from connector_asterisk.channels import State
from connector_asterisk.items import ParkedChannel, SnapshotChannel, Waiting
from connector_asterisk.reconcile import lost, reconcile
from connector_asterisk.restore import restore
from connector_asterisk.snapshot import LISTED, Overheard, Snapshot
from connector_asterisk.translate import SETTLE, WANTED, settle, translate
from connector_asterisk.wire import Decoder, Frame
from cti_model.calls import Call, Cause, ConnectionState, Direction, EndedBy, Outcome, Party
from cti_model.events import (
    CallEvent,
    Cleared,
    ConnectionCleared,
    Delivered,
    Established,
    Origin,
    Originated,
    Parked,
    Queued,
    TransferKind,
    Transferred,
)
from cti_simulators.traces import load_trace

TRACES = Path(__file__).parents[3] / "tests" / "data" / "traces"
NOW = datetime.fromtimestamp(1_700_000_100.5, UTC)
BOTH_NEW = ["asterisk-13", "asterisk-22"]


def seconds(count: float) -> timedelta:
    return timedelta(seconds=count)


def recorded(version: str, name: str) -> list[tuple[datetime, Frame]]:
    decoder = Decoder(WANTED | LISTED)
    chunks = load_trace(TRACES / version / f"{name}.ami.gz").chunks
    return [(datetime.fromtimestamp(chunk.t, UTC), frame) for chunk in chunks for frame in decoder.feed(chunk.data)]


def run(state: State, frames: list[tuple[datetime, Frame]]) -> list[CallEvent]:
    told = [event for at, frame in frames for event in translate(state, frame, at)]
    return told + settle(state, frames[-1][0] + 2 * SETTLE)


def channel(number: int, name: str, state: int = 6, **more: object) -> SnapshotChannel:
    """A channel that appeared 10 s before `NOW`."""
    fields = {"linkedid": "1700000090.1", "duration": 10, **more}
    return SnapshotChannel(uid=f"1700000090.{number}", name=name, state=state, **fields)  # type: ignore[arg-type]


CALLER = channel(
    1,
    "PJSIP/trunk-00000001",
    caller=Party("79161234567", "Ivan"),
    exten="74950000101",
    application="Dial",
    bridge_id="b",
)
CALLED = channel(
    2,
    "PJSIP/101-00000002",
    caller=Party("101"),
    connected=Party("79161234567", "Ivan"),
    application="AppDial",
    bridge_id="b",
)


def kinds(events: list[CallEvent]) -> list[str]:
    return [event.kind for event in events]


def only_call(state: State) -> Call:
    (box,) = state.boxes.values()
    return box.call


def test_a_talk_that_was_there_before_us():
    state = State("t", "p")
    told = reconcile(state, Snapshot(channels=(CALLED, CALLER)), NOW)
    assert kinds(told) == ["originated", "delivered", "established"]
    assert all(event.origin is Origin.RECONCILED and event.observed_at == NOW for event in told)
    caller, called = only_call(state).connections
    assert (caller.direction, caller.device.number, caller.remote.number) == (Direction.OUT, "trunk", "74950000101")
    assert (called.direction, called.device.number, called.remote.number) == (Direction.IN, "101", "79161234567")
    assert called.remote.name == "Ivan"
    assert {caller.state, called.state} == {ConnectionState.CONNECTED}
    began = told[0]
    assert (began.not_before, began.not_after) == (NOW - seconds(10.5), NOW - seconds(10)), (
        "by its Uniqueid and its age"
    )
    assert began.occurred_at == caller.started_at == NOW - seconds(10.25)
    answered = told[2]
    assert (answered.occurred_at, answered.not_after) == (called.started_at, NOW)


def test_a_clock_that_is_not_ours_leaves_a_second_open():
    state = State("t", "p")
    told = reconcile(state, Snapshot(channels=(CALLED, CALLER)), NOW + seconds(60))
    assert told[0].not_before == NOW + seconds(49)
    assert told[0].not_after == NOW + seconds(50)


def test_an_end_that_nobody_saw():
    state = State("t", "p")
    reconcile(state, Snapshot(channels=(CALLED, CALLER)), NOW)
    lost(state, NOW + seconds(20))
    lost(state, NOW + seconds(25))
    told = reconcile(state, Snapshot(channels=()), NOW + seconds(30))
    assert kinds(told) == ["connection_cleared", "connection_cleared", "cleared"]
    for event in told:
        assert (event.not_before, event.occurred_at, event.not_after) == (NOW + seconds(20), NOW + seconds(30), None)
    for connection in told[-1].call.connections:
        assert (connection.cause, connection.ended_by) == (Cause.LOST, EndedBy.SYSTEM)
        assert connection.outcome is Outcome.ANSWERED
    assert (state.boxes, state.channels) == ({}, {})
    assert reconcile(state, Snapshot(channels=()), NOW + seconds(31)) == []


def booted(uptime: int) -> Frame:
    return Frame("FullyBooted", f"Event: FullyBooted\r\nUptime: {uptime}".encode())


def test_nothing_outlives_its_asterisk():
    state = State("t", "p")
    reconcile(state, Snapshot(channels=(CALLED, CALLER)), NOW)
    lost(state, NOW + seconds(20))
    (told,) = translate(state, booted(5), NOW + seconds(30))
    assert isinstance(told.fact, Cleared)
    assert (told.not_before, told.occurred_at) == (NOW + seconds(20), NOW + seconds(25))
    assert {each.cause for each in told.call.connections} == {Cause.LOST}
    assert reconcile(state, Snapshot(channels=()), NOW + seconds(32)) == []


def test_the_second_in_which_asterisk_started_is_left_to_the_snapshot():
    state = State("t", "p")
    reconcile(state, Snapshot(channels=(CALLED, CALLER)), NOW)
    lost(state, NOW + seconds(24.5))
    assert translate(state, booted(5), NOW + seconds(30)) == []
    told = reconcile(state, Snapshot(channels=()), NOW + seconds(32))
    assert {event.occurred_at for event in told} == {NOW + seconds(25)}


def test_a_log_in_to_the_same_asterisk_ends_nothing():
    state = State("t", "p")
    reconcile(state, Snapshot(channels=(CALLED, CALLER)), NOW)
    lost(state, NOW + seconds(20))
    assert translate(state, booted(5000), NOW + seconds(30)) == []
    assert reconcile(state, Snapshot(channels=(CALLED, CALLER)), NOW + seconds(31)) == []


def test_without_the_list_of_channels_nothing_ends():
    state = State("t", "p")
    reconcile(state, Snapshot(channels=(CALLED, CALLER)), NOW)
    assert reconcile(state, Snapshot(absent=("CoreShowChannels",)), NOW) == []


def test_a_channel_that_a_frame_spoke_of_meanwhile_is_not_gone():
    state = State("t", "p")
    reconcile(state, Snapshot(channels=(CALLED, CALLER)), NOW)
    touched = frozenset({CALLER.uid, CALLED.uid})
    assert reconcile(state, Snapshot(channels=(), touched=touched), NOW) == []


def test_what_is_no_channel_any_more_is_not_found():
    items = (channel(1, ""), channel(2, "SIP/101-00000002<ZOMBIE>"), channel(3, "SIP/102-00000003<MASQ>"))
    state = State("t", "p")
    assert reconcile(state, Snapshot(channels=items), NOW) == []
    assert state.channels == {}


def test_hold_stays_as_it_is_known():
    state = State("t", "p")
    reconcile(state, Snapshot(channels=(CALLED, CALLER)), NOW)
    hold = Frame("Hold", f"Event: Hold\r\nChannel: {CALLED.name}\r\nUniqueid: {CALLED.uid}".encode())
    assert kinds(translate(state, hold, NOW + seconds(1))) == ["held"]
    lost(state, NOW + seconds(2))
    assert reconcile(state, Snapshot(channels=(CALLED, CALLER)), NOW + seconds(3)) == []
    assert only_call(state).connections[1].state is ConnectionState.HELD


def test_an_answer_that_nobody_saw():
    state = State("t", "p")
    ringing = (channel(1, CALLER.name, 4, application="Dial"), channel(2, CALLED.name, 5, application="AppDial"))
    assert kinds(reconcile(state, Snapshot(channels=ringing), NOW)) == ["originated", "delivered"]
    lost(state, NOW + seconds(1))
    (answered,) = reconcile(state, Snapshot(channels=(CALLED, CALLER)), NOW + seconds(9))
    assert isinstance(answered.fact, Established)
    assert set(answered.fact.connected) == {only_call(state).connections[0].connection_id}
    assert (answered.occurred_at, answered.not_after) == (NOW + seconds(1), NOW + seconds(9))


def test_a_caller_in_a_queue_waits_since_the_queue_says():
    state = State("t", "p")
    caller = channel(1, CALLER.name, caller=CALLER.caller, exten="200", application="Queue", data="support,tT")
    member = channel(2, CALLED.name, 5, connected=CALLER.caller, application="AppQueue")
    waiting = (Waiting(uid=caller.uid, queue="support", position=2, wait=7),)
    told = reconcile(state, Snapshot(channels=(member, caller), waiting=waiting), NOW)
    (queued,) = (event for event in told if isinstance(event.fact, Queued))
    assert (queued.fact.queue, queued.fact.position) == ("support", 2)
    assert (queued.not_before, queued.not_after) == (NOW - seconds(8), NOW - seconds(7))
    (rings,) = (event.fact for event in told if isinstance(event.fact, Delivered))
    assert rings.leg.queue == "support"
    assert only_call(state).queue == "support"
    gone = channel(1, CALLER.name, caller=CALLER.caller, exten="200", application="Voicemail")
    told = reconcile(state, Snapshot(channels=(gone,), waiting=()), NOW + seconds(5))
    assert kinds(told) == ["connection_cleared", "dequeued"]


def test_those_who_are_parked_do_not_talk_with_each_other():
    state = State("t", "p")
    first = channel(1, "PJSIP/trunk-00000001", application="Dial", bridge_id="lot")
    second = channel(3, "PJSIP/trunk-00000003", application="Dial", bridge_id="lot", linkedid="1700000090.3")
    parked = (
        ParkedChannel(uid=first.uid, name=first.name, slot="701", by="PJSIP/101", wait=4),
        ParkedChannel(uid="", name=second.name, slot="702", by="SIP/102"),
    )
    told = reconcile(state, Snapshot(channels=(first, second), parked=parked), NOW)
    facts = [event.fact for event in told if isinstance(event.fact, Parked)]
    assert [(fact.slot, fact.by) for fact in facts] == [("701", "101"), ("702", "102")]
    assert len(state.boxes) == 2
    assert reconcile(state, Snapshot(channels=(first, second), parked=parked), NOW) == []
    lone = channel(3, "PJSIP/trunk-00000003", application="Dial", linkedid="1700000090.3")
    told = reconcile(state, Snapshot(channels=(first, lone), parked=parked[:1]), NOW + seconds(1))
    assert kinds(told) == ["unparked"]


def test_a_telephone_that_a_manager_rings():
    state = State("t", "p")
    rung = channel(1, "PJSIP/101-00000001", 5, application="AppDial2", connected=Party("84951234567"))
    (told,) = reconcile(state, Snapshot(channels=(rung,)), NOW)
    assert isinstance(told.fact, Delivered)
    assert (told.fact.leg.direction, told.fact.leg.remote.number) == (Direction.OUT, "84951234567")
    state = State("t", "p")
    half = channel(1, "Local/101@from-internal-00000001;1", 5, application="AppDial2")
    other = channel(2, "Local/101@from-internal-00000001;2", 4, application="Dial", data="PJSIP/101,20")
    rung = channel(3, "PJSIP/101-00000002", 5, application="AppDial", connected=Party("84951234567"))
    (told,) = reconcile(state, Snapshot(channels=(half, other, rung)), NOW)
    assert isinstance(told.fact, Delivered)
    assert told.fact.leg.direction is Direction.OUT


def test_a_click_to_call_that_is_ringing_outside():
    state = State("t", "p")
    agent = channel(1, "PJSIP/101-00000001", exten="84951234567", application="Dial", data="PJSIP/84951234567@trunk")
    trunk = channel(2, "PJSIP/trunk-00000002", 5, application="AppDial", connected=Party("101"))
    told = reconcile(state, Snapshot(channels=(agent, trunk)), NOW)
    assert [type(event.fact) for event in told] == [Originated, Delivered], "it talks to nobody yet"


@pytest.mark.parametrize("version", BOTH_NEW)
def test_a_transfer_that_nobody_saw(version):
    frames = recorded(version, "j_attended_transfer")
    begins = next(index for index, (_, frame) in enumerate(frames) if frame.name == "AttendedTransfer")
    before = max(index for index in range(begins) if frames[index + 1][0] - frames[index][0] > seconds(0.3))
    after = next(
        index for index in range(begins, len(frames)) if frames[index + 1][0] - frames[index][0] > seconds(0.3)
    )
    state, straight = State("t", "p"), State("t", "p")
    run(straight, frames[: after + 1])
    run(state, frames[: before + 1])
    assert len(state.boxes) == 2
    lost(state, frames[before][0])
    alive = tuple(
        SnapshotChannel(uid=each.uid, name=each.name, linkedid=each.linkedid, state=6, bridge_id=each.bridge)
        for each in straight.channels.values()
    )
    told = reconcile(state, Snapshot(channels=alive), frames[after][0])
    arrived = next(event.fact for event in told if isinstance(event.fact, Transferred) and event.fact.joined)
    assert (arrived.kind, arrived.by_number, arrived.to) == (TransferKind.ATTENDED, "101", "102")
    causes = {event.fact.cause for event in told if isinstance(event.fact, ConnectionCleared)}
    assert causes == {Cause.TRANSFERRED}
    assert [each.device.number for each in only_call(state).connections if each.alive] == ["trunk", "102"]
    rest = run(state, frames[after + 1 :])
    assert isinstance(rest[-1].fact, Cleared)
    assert state.boxes == {}


def test_calls_of_the_bus_that_the_pbx_does_not_know():
    first, second = State("t", "p"), State("t", "p")
    reconcile(first, Snapshot(channels=(CALLED, CALLER)), NOW)
    (call,) = (box.call for box in first.boxes.values())
    restore(second, [call], NOW + seconds(5))
    told = reconcile(second, Snapshot(channels=()), NOW + seconds(9))
    assert kinds(told) == ["connection_cleared", "connection_cleared", "cleared"]
    assert [event.call.version for event in told] == [4, 5, 6]
    assert {event.not_before for event in told} == {NOW + seconds(5)}


@pytest.mark.parametrize("version", ["asterisk-11", *BOTH_NEW])
def test_a_crash_ends_what_was_known(version):
    state = State("t", "p")
    frames = recorded(version, "v4_crash_mid_call")
    run(state, frames)
    assert len(state.boxes) == 2
    lost(state, frames[-1][0])
    lists, told = Overheard(), []
    for at, frame in recorded(version, "v4_crash_mid_call_2"):
        snapshot = lists.feed(frame)
        told += reconcile(state, snapshot, at) if snapshot else [] if lists.owns(frame) else translate(state, frame, at)
    ended = [event for event in told if event.not_before is not None]
    assert sum(isinstance(event.fact, Cleared) for event in ended) == 2
    killed = datetime.fromtimestamp(
        load_trace(TRACES / version / "v4_crash_mid_call.ami.gz").truth()["timeline"][7]["t"], UTC
    )
    for event in ended:
        assert (event.not_before or killed) <= killed + seconds(0.3) <= event.occurred_at


def test_a_list_that_still_has_a_telephone_that_hung_up_brings_it_not_back():
    state = State("t", "p")
    frames = recorded("asterisk-22", "a_internal_caller_hangup")
    run(state, frames)
    late = next(frame for _, frame in frames if frame.name == "Newchannel")
    gone = SnapshotChannel(uid=late.get("Uniqueid"), name=late.get("Channel"), state=6, application="AppDial")
    assert gone.uid in state.ended
    assert reconcile(state, Snapshot(channels=(gone,)), frames[-1][0] + seconds(1)) == []
