"""Reconciling: silent where nothing was missed, the same twice, and after a cut anywhere the calls go on."""

from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import combinations
from pathlib import Path

import pytest
from connector_asterisk.catchup import CatchUp
from connector_asterisk.channels import Channel, State
from connector_asterisk.items import ParkedChannel, SnapshotChannel, Waiting
from connector_asterisk.reconcile import lost, reconcile
from connector_asterisk.restore import restore
from connector_asterisk.snapshot import LISTED, Overheard, Snapshot
from connector_asterisk.translate import SETTLE, WANTED, settle, translate
from connector_asterisk.wire import Decoder, Frame
from cti_model.calls import Call, ConnectionState, Direction, Party
from cti_model.events import CallEvent, Origin
from cti_model.fold import refold
from cti_model.records import CallRecord, records
from cti_simulators.traces import find_traces, load_trace
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

TRACES = Path(__file__).parents[3] / "tests" / "data" / "traces"
PATHS = [path for path in find_traces(TRACES) if path.name[0] in "abcdefghijklmnopqrstuvwy"]
Timed = tuple[datetime, Frame]


def name_of(path: Path) -> str:
    return f"{path.parent.name}-{path.name.split('.')[0]}"


@cache
def frames_of(path: Path) -> list[Timed]:
    decoder = Decoder(WANTED)
    return [
        (datetime.fromtimestamp(chunk.t, UTC), frame)
        for chunk in load_trace(path).chunks
        for frame in decoder.feed(chunk.data)
    ]


def follow(state: State, frames: list[Timed]) -> list[CallEvent]:
    told: list[CallEvent] = []
    for at, frame in frames:
        told.extend(translate(state, frame, at))
    return told


def end(state: State, frames: list[Timed]) -> list[CallEvent]:
    return settle(state, frames[-1][0] + 2 * SETTLE) if frames else []


def snapshot_of(state: State, at: datetime, zombies: Collection[str] = ()) -> Snapshot:
    """What Asterisk would say of the channels that a state knows; zombies (by name) are no channels any more."""
    alive = [each for each in state.channels.values() if each.gone_at is None and each.name not in zombies]
    parked = [each for each in alive if is_parked(each)]
    return Snapshot(
        channels=tuple(item_of(each, at) for each in alive),
        waiting=tuple(Waiting(uid=each.uid, queue=each.queue) for each in alive if each.queue and waits(each)),
        parked=tuple(ParkedChannel(uid=each.uid, name=each.name, slot="701") for each in parked),
    )


def waits(channel: Channel) -> bool:
    return channel.connection is not None and channel.connection.state is ConnectionState.QUEUED


def is_parked(channel: Channel) -> bool:
    return waits(channel) and not channel.queue


def item_of(channel: Channel, at: datetime) -> SnapshotChannel:
    connection = channel.connection
    rings = channel.rung_at is not None or (connection and connection.state is ConnectionState.ALERTING)
    dials = connection is not None and connection.direction is Direction.OUT
    return SnapshotChannel(
        uid=channel.uid,
        name=channel.name,
        linkedid=channel.linkedid,
        state=6 if channel.up else 5 if rings else 4 if dials else 0,
        caller=Party(number=channel.number, name=channel.caller_name),
        connected=Party(number=channel.connected_number, name=channel.connected_name),
        exten=channel.exten,
        application=application_of(channel),
        data=channel.queue or "&".join(f"{each.technology}/{each.endpoint}" for each in channel.dials),
        bridge_id=channel.bridge,
        duration=int((at - connection.started_at).total_seconds()) if connection else 0,
    )


def application_of(channel: Channel) -> str:
    connection = channel.connection
    if channel.queue:
        return "Queue"
    if channel.dialled_by is not None or (connection is not None and connection.direction is Direction.IN):
        return "AppQueue" if channel.dialled_by is not None and channel.dialled_by.queue else "AppDial"
    if channel.rung_at is not None and not channel.prompted:
        return "AppDial"
    if channel.prompted and not channel.lifted:
        return "AppDial2"
    return "Dial" if channel.dials else ""


def calls_of(events: list[CallEvent]) -> dict[str, Call]:
    return {event.call.call_id: event.call for event in events}


def rows_of(events: list[CallEvent]) -> list[CallRecord]:
    rows = [row for call in calls_of(events).values() for row in records(call)]
    return sorted(rows, key=lambda row: (row.started_at, row.connection_id))


def whole(events: list[CallEvent]) -> None:
    by_call: dict[str, list[CallEvent]] = {}
    for event in events:
        by_call.setdefault(event.call.call_id, []).append(event)
    for call in by_call.values():
        assert [event.call.version for event in call] == list(range(1, len(call) + 1)), "versions have no gap"
        assert refold(call) == call[-1].call, "the facts alone give the carried state"
    assert len({event.event_id for event in events}) == len(events)


@pytest.mark.parametrize("version", ["asterisk-11", "asterisk-13", "asterisk-22"])
def test_a_state_that_followed_every_frame_agrees_with_a_recorded_list(version):
    state, lists, found = State("t", "p"), Overheard(), 0
    decoder = Decoder(WANTED | LISTED)
    for chunk in load_trace(TRACES / version / "z1_snapshots_mid_call.ami.gz").chunks:
        at = datetime.fromtimestamp(chunk.t, UTC)
        for frame in decoder.feed(chunk.data):
            snapshot = lists.feed(frame)
            if snapshot is not None:
                found += 1
                assert reconcile(state, snapshot, at) == []
            elif not lists.owns(frame):
                translate(state, frame, at)
    assert found == 1


@pytest.mark.parametrize("path", PATHS, ids=name_of)
def test_nothing_missed_nothing_told(path):
    state, last = State("t", "p"), None
    frames = frames_of(path)
    for index, (at, frame) in enumerate(frames):
        translate(state, frame, at)
        quiet = index + 1 == len(frames) or frames[index + 1][0] - at > timedelta(milliseconds=50)
        if quiet and at != last:
            settle(state, at + 2 * SETTLE)
            told = reconcile(state, snapshot_of(state, at), at)
            assert told == [], f"after frame {index} {frame}"
            last = at


def straight_run(frames: list[Timed]) -> list[CallEvent]:
    state = State("t", "p")
    return [*follow(state, frames), *end(state, frames)]


@cache
def left_open(path: Path) -> int:
    """How many calls of a recording have no end in it."""
    return sum(call.alive for call in calls_of(straight_run(frames_of(path))).values())


def taken_over(frames: list[Timed], at: int) -> tuple[list[CallEvent], State]:
    """The events of two connectors, of which the second takes over after frame `at`, and what the second has left."""
    first, second = State("t", "p"), State("t", "p")
    told = [*follow(first, frames[:at]), *end(first, frames[:at])]
    now = frames[at - 1][0]
    restore(second, (call for call in calls_of(told).values() if call.alive), now)
    snapshot = snapshot_of(first, now, zombies(frames[:at]))
    told += reconcile(second, snapshot, now)
    assert reconcile(second, snapshot, now) == [], "the second time there is nothing to tell"
    told += follow(second, frames[at:])
    told += end(second, frames)
    return told, second


def zombies(frames: list[Timed]) -> set[str]:
    return {frame.get("Original") for _, frame in frames if frame.name == "Masquerade"}


class About(float):
    """Seconds that equal others which are a tenth off: a hang-up is told when the telephone asked, or when it was."""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, float) and abs(self - other) < 0.1

    __hash__ = float.__hash__


def essence(events: list[CallEvent], in_the_middle: bool) -> list[tuple[object, ...]]:
    """What a record says, but not who ended it: that is said shortly before the end, and may be lost."""
    found: list[tuple[object, ...]] = []
    for row in rows_of(events):
        durations = tuple(About(each) for each in (row.ring_s, row.talk_s, row.hold_s))
        unanswered = in_the_middle and row.answered_at is None
        outcome = "not answered" if unanswered else row.outcome
        found.append((row.device, row.direction, row.remote_number, outcome, *durations))
    return found


# A cut while a telephone rings of which the translator does not know yet for whom (Originate and `*2` by way of a
# Local channel): the snapshot knows more than the frames did.
_KNOWN_BETTER = ("m2_feature_attended", "q5_originate_application", "r2_atxfer_action")
# A cut between a feature code's digits and what it does, or in the burst behind an Originate that is not async.
_MEMORY = ("m1_feature_blind", "q4_originate_failures")
# In 11 a pickup is one frame, `Pickup`, before the masquerade that a list shows.
_PICKUP = {"asterisk-11-s2_directed_pickup"}


@pytest.mark.parametrize("path", PATHS, ids=name_of)
def test_calls_go_on_after_a_cut_anywhere(path):
    frames = frames_of(path)
    uncut = straight_run(frames)
    for at in range(1, len(frames)):
        told, state = taken_over(frames, at)
        whole(told)
        assert len(state.boxes) <= sum(call.alive for call in calls_of(uncut).values()), "a call is left open"
        between = frames[at][0] - frames[at - 1][0] > timedelta(milliseconds=50)
        if not name_of(path).endswith(_KNOWN_BETTER + _MEMORY) and name_of(path) not in _PICKUP:
            assert essence(told, not between) == essence(uncut, not between), f"cut before frame {at}: {frames[at][1]}"


def waited_in_a_queue(channel: Channel) -> bool:
    """Left a queue in the gap, and whether it has talked to somebody in between is in no snapshot."""
    connection = channel.connection
    return bool(connection and connection.tally.queue_us and connection.state is ConnectionState.INITIATED)


def talks(state: State, unsure: set[str]) -> set[tuple[str, str, frozenset[str]]]:
    """Each living telephone, how it stands (but for those `unsure`), and who is in its call. Hold is in no snapshot."""
    found = set()
    for channel in state.channels.values():
        connection = channel.connection
        if connection is not None and connection.alive and channel.box is not None:
            how = "up" if connection.talking else connection.state.value
            how = "" if channel.uid in unsure else how
            others = {each.uid for each in state.channels.values() if each.connection and each.box is channel.box}
            found.add((channel.uid, how, frozenset(others)))
    return found


@pytest.mark.parametrize("path", PATHS, ids=name_of)
def test_after_a_gap_the_state_is_as_if_nothing_had_been_missed(path):
    frames = frames_of(path)
    quiet = [at for at in range(1, len(frames)) if frames[at][0] - frames[at - 1][0] > timedelta(milliseconds=350)]
    if not name_of(path).endswith(_KNOWN_BETTER):
        for begin, until in combinations(quiet, 2):
            _after_a_gap(path, begin, until)


def _after_a_gap(path: Path, begin: int, until: int) -> None:
    frames = frames_of(path)
    straight, gapped = State("t", "p"), State("t", "p")
    follow(straight, frames[:until])
    end(straight, frames[:until])
    told = [*follow(gapped, frames[:begin]), *end(gapped, frames[:begin])]
    lost(gapped, frames[begin - 1][0])
    now = frames[until - 1][0]
    found = reconcile(gapped, snapshot_of(straight, now, zombies(frames[:until])), now)
    left_a_queue = {each.uid for each in gapped.channels.values() if waited_in_a_queue(each)}
    assert talks(gapped, left_a_queue) == talks(straight, left_a_queue), f"missed {begin} to {until}"
    assert all(event.origin is Origin.RECONCILED for event in found)
    for event in found:
        assert (event.not_before or event.occurred_at) <= event.occurred_at <= (event.not_after or now) <= now
    told += found
    told += follow(gapped, frames[until:])
    told += end(gapped, frames)
    whole(told)
    assert len(gapped.boxes) <= left_open(path)


def listed(action: str, items: list[Frame]) -> list[Frame]:
    """A list as it comes over the wire, in answer to our own question."""
    action_id = f"snapshot-1-{action}"
    head = Frame("", b"", {"response": "Success", "actionid": action_id, "eventlist": "start"})
    tail = Frame(f"{action}Complete", b"", {"actionid": action_id, "eventlist": "Complete"})
    for item in items:
        item.headers["actionid"] = action_id
    return [head, *items, tail]


def channel_items(snapshot: Snapshot) -> list[Frame]:
    return [
        Frame(
            "CoreShowChannel",
            b"",
            {
                "uniqueid": each.uid,
                "channel": each.name,
                "linkedid": each.linkedid,
                "channelstate": str(each.state),
                "calleridnum": each.caller.number,
                "calleridname": each.caller.name,
                "connectedlinenum": each.connected.number,
                "connectedlinename": each.connected.name,
                "exten": each.exten,
                "application": each.application,
                "applicationdata": each.data,
                "bridgeid": each.bridge_id,
                "duration": str(each.duration),
            },
        )
        for each in snapshot.channels or ()
    ]


def queue_items(snapshot: Snapshot) -> list[Frame]:
    entries = snapshot.waiting or ()
    return [Frame("QueueEntry", b"", {"uniqueid": each.uid, "queue": each.queue, "wait": "0"}) for each in entries]


def parked_items(snapshot: Snapshot) -> list[Frame]:
    parked = snapshot.parked or ()
    return [Frame("ParkedCall", b"", {"parkeeuniqueid": each.uid, "parkingspace": each.slot}) for each in parked]


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(PATHS), st.data())
def test_lists_told_while_calls_go_on(path, data):
    frames = frames_of(path)
    if len(frames) < 8 or name_of(path).endswith(_KNOWN_BETTER):
        return
    begin = data.draw(st.integers(1, len(frames) - 4), label="link lost")
    until = data.draw(st.integers(begin, min(begin + 30, len(frames) - 3)), label="link back")
    channels = data.draw(st.integers(until, min(until + 8, len(frames) - 2)), label="channels told")
    queues = data.draw(st.integers(channels, min(channels + 8, len(frames) - 1)), label="queues told")
    ended = data.draw(st.integers(queues, min(queues + 8, len(frames))), label="round over")
    if zombies(frames[until:ended]):
        return  # 11: telephones change places by name just then; what it leads to holds only from the next list on
    straight, gapped = State("t", "p"), State("t", "p")
    told = [*follow(gapped, frames[:begin]), *end(gapped, frames[:begin])]
    lost(gapped, frames[begin - 1][0])
    catch_up = CatchUp(gapped, 1)
    follow(straight, frames[:until])
    for at in range(until, ended + 1):
        now = frames[at - 1][0]
        answers: list[Frame] = []
        if at == channels:
            answers += listed("CoreShowChannels", channel_items(snapshot_of(straight, now, zombies(frames[:at]))))
        if at == queues:
            answers += listed("QueueStatus", queue_items(snapshot_of(straight, now, zombies(frames[:at]))))
            answers += listed("ParkedCalls", parked_items(snapshot_of(straight, now, zombies(frames[:at]))))
        if at == ended:
            answers.append(Frame("", b"", {"response": "Success", "actionid": "snapshot-1-Ping"}))
        for answer in answers:
            told += catch_up.feed(answer, now)
        if at < ended:
            told += catch_up.feed(frames[at][1], frames[at][0])
            follow(straight, frames[at : at + 1])
    assert catch_up.done
    quiet = [at for at in range(ended, len(frames)) if frames[at][0] - frames[at - 1][0] > timedelta(milliseconds=350)]
    rest, ended = frames[ended : min(quiet, default=len(frames))], min(quiet, default=len(frames))
    told += [*follow(gapped, rest), *end(gapped, frames[:ended])]
    follow(straight, rest)
    end(straight, frames[:ended])
    whole(told)
    unsure = {each.uid for each in gapped.channels.values() if waited_in_a_queue(each)}
    assert catch_up.snapshot is not None
    # Up and in no bridge: it talks with Asterisk, or was rung by a manager, or its partner has just hung up.
    unsure |= {each.uid for each in catch_up.snapshot.channels or () if each.state == 6 and not each.bridge_id}
    assert talks(gapped, unsure) == talks(straight, unsure)
    follow(gapped, frames[ended:])
    end(gapped, frames)
    assert len(gapped.boxes) <= left_open(path)
