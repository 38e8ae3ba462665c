"""The snapshot against recorded lists: whole, refused, interrupted."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from connector_asterisk.channels import State
from connector_asterisk.reconcile import reconcile
from connector_asterisk.snapshot import CHANNELS, LISTED, Collector, Overheard, Snapshot
from connector_asterisk.translate import WANTED
from connector_asterisk.wire import Decoder, Frame, encode
from cti_model.events import CallEvent
from cti_simulators.traces import load_trace

TRACES = Path(__file__).parents[3] / "tests" / "data" / "traces"
VERSIONS = ("asterisk-11", "asterisk-13", "asterisk-22")
ASKED = {
    "act-1": "CoreShowChannels",
    "act-2": "Status",
    "act-4": "QueueStatus",
    "act-12": "ParkedCalls",
    "act-15": "CoreStatus",
}


def frame(text: str) -> Frame:
    (found,) = Decoder().feed(b"banner\r\n" + text.replace("\n", "\r\n").encode() + b"\r\n\r\n")
    return found


def frames_of(version: str, name: str) -> list[Frame]:
    decoder = Decoder(WANTED | LISTED)
    path = TRACES / version / f"{name}.ami.gz"
    return [each for chunk in load_trace(path).chunks for each in decoder.feed(chunk.data)]


def ours(recorded: Frame, number: int = 1) -> Frame:
    """A recorded answer as the answer to our own question."""
    action_id = recorded.get("ActionID")
    if action_id in ASKED:
        recorded.headers["actionid"] = f"snapshot-{number}-{ASKED[action_id]}"
    return recorded


def ping(number: int = 1) -> Frame:
    return frame(f"Response: Success\nActionID: snapshot-{number}-Ping\nPing: Pong")


def gathered(version: str, channels: str = CHANNELS) -> Snapshot:
    collector = Collector(channels)
    collector.actions(1)
    for each in frames_of(version, "z1_snapshots_mid_call"):
        if not each.get("ActionID") or each.get("ActionID") in ASKED:
            assert collector.feed(ours(each)) is None
        if each.get("ActionID").endswith("CoreStatus"):
            break
    snapshot = collector.feed(ping())
    assert snapshot is not None
    return snapshot


@pytest.mark.parametrize("version", VERSIONS)
def test_a_recorded_round(version):
    snapshot = gathered(version)
    assert snapshot.absent == ()
    assert snapshot.parked == ()
    assert snapshot.boot.startswith("2026-11-20 ")
    assert snapshot.channels is not None
    by_name = {each.name.partition("/")[2].rpartition("-")[0]: each for each in snapshot.channels}
    assert {"101", "102", "trunk"} <= set(by_name)
    assert by_name["101"].state == 6
    assert by_name["101"].caller.number == "101"
    assert by_name["101"].connected.number == "79161234567"
    assert by_name["101"].duration == 2
    assert by_name["101"].application == "AppDial"
    assert by_name["102"].state == 5
    bridged = [each.bridge_id for each in snapshot.channels if each.bridge_id]
    assert len(bridged) == 2
    assert len(set(bridged)) == 1
    assert snapshot.waiting is not None
    (caller,) = snapshot.waiting
    assert (caller.queue, caller.position, caller.wait) == ("support", 1, 2)


@pytest.mark.parametrize("version", VERSIONS)
def test_status_serves_where_the_list_of_channels_is_refused(version):
    at = datetime.fromtimestamp(load_trace(TRACES / version / "z1_snapshots_mid_call.ami.gz").chunks[-1].t, UTC)
    lists = [gathered(version, channels) for channels in (CHANNELS, "Status")]
    by_channels, by_status = (reconcile(State("t", "p"), each, at) for each in lists)
    assert essence(by_channels) == essence(by_status) != set()


def essence(events: list[CallEvent]) -> set[tuple[object, ...]]:
    last = {event.call.call_id: event.call for event in events}
    return {
        (call.call_id, each.device.number, each.direction, each.state, each.remote.number, each.queue)
        for call in last.values()
        for each in call.connections
    }


@pytest.mark.parametrize("version", VERSIONS)
def test_a_list_that_somebody_else_asked_for_is_a_snapshot(version):
    lists = Overheard()
    snapshots = [found for each in frames_of(version, "z1_snapshots_mid_call") if (found := lists.feed(each))]
    (snapshot,) = snapshots
    assert len(snapshot.channels or ()) == 4
    assert snapshot.waiting is None, "a list of queues may be one queue only"


def test_what_is_refused_counts_as_absent():
    collector = Collector()
    actions = collector.actions(7)
    assert [action for action, _, _ in actions] == [CHANNELS, "QueueStatus", "ParkedCalls", "CoreStatus", "Ping"]
    assert all(encode(*each) for each in actions)
    denied = "Response: Error\nActionID: snapshot-7-{}\nMessage: Permission denied"
    for action in ("CoreShowChannels", "CoreStatus"):
        assert collector.feed(frame(denied.format(action))) is None
    assert collector.feed(frame("Response: Success\nActionID: snapshot-7-QueueStatus\nEventList: start")) is None
    end = "Event: QueueStatusComplete\nActionID: snapshot-7-QueueStatus\nEventList: Complete\nListItems: 0"
    assert collector.feed(frame(end)) is None
    snapshot = collector.feed(ping(7))
    assert snapshot == Snapshot(waiting=(), absent=("CoreShowChannels", "ParkedCalls", "CoreStatus"))
    assert collector.feed(ping(7)) is None, "a snapshot is told once"


def test_giving_up_tells_what_has_come():
    collector = Collector()
    collector.actions(1)
    collector.feed(frame("Response: Success\nActionID: snapshot-1-CoreShowChannels\nEventList: start"))
    collector.feed(frame("Event: CoreShowChannelsComplete\nActionID: snapshot-1-CoreShowChannels\nListItems: 0"))
    snapshot = collector.give_up()
    assert snapshot.channels == ()
    assert snapshot.absent == ("QueueStatus", "ParkedCalls", "CoreStatus")


def item(uid: str, name: str) -> Frame:
    return frame(
        f"Event: CoreShowChannel\nActionID: snapshot-1-CoreShowChannels\nChannel: {name}\nChannelState: 6\n"
        f"Uniqueid: {uid}\nDuration: 100:00:01"
    )


def test_events_between_the_items_are_told_apart():
    collector = Collector()
    collector.actions(1)
    before = frame("Event: Hangup\nChannel: SIP/9-1\nUniqueid: 1.9")
    assert not collector.owns(before)
    collector.feed(before)
    collector.feed(frame("Event: Newstate\nChannel: SIP/8-1\nUniqueid: 1.8"))
    collector.feed(frame("Response: Success\nActionID: snapshot-1-CoreShowChannels\nEventList: start"))
    collector.feed(item("1.1", "SIP/101-1"))
    collector.feed(item("1.2", "SIP/102-2"))
    collector.feed(frame("Event: Hangup\nChannel: SIP/101-1\nUniqueid: 1.1\nCause: 16"))
    collector.feed(frame("Event: BridgeEnter\nBridgeUniqueid: b\nChannel: SIP/102-2\nUniqueid: 1.2"))
    collector.feed(frame("Event: DialBegin\nDestUniqueid: 1.3\nDestChannel: SIP/103-3\nUniqueid: 1.2"))
    collector.feed(frame("Event: CoreShowChannelsComplete\nActionID: snapshot-1-CoreShowChannels\nListItems: 2"))
    snapshot = collector.feed(ping())
    assert snapshot is not None
    assert snapshot.channels is not None
    assert [each.uid for each in snapshot.channels] == ["1.2"], "what hung up meanwhile is not alive"
    assert snapshot.channels[0].duration == 360_001
    assert {"1.1", "1.2", "1.3"} <= snapshot.touched
    assert "1.8" not in snapshot.touched, "that was before the list"
    assert "1.9" in snapshot.touched, "how it ended is told by its frame"
    assert "1.2" in snapshot.moved
    assert "1.3" not in snapshot.moved
