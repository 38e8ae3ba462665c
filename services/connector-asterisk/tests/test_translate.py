"""The translator against recordings: facts explain the state, order between channels does not matter."""

import random
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path

import pytest
from connector_asterisk.channels import State
from connector_asterisk.replay import events_of
from connector_asterisk.translate import SETTLE, WANTED, settle, translate
from connector_asterisk.wire import Decoder, Frame
from cti_model.calls import microseconds
from cti_model.events import CallEvent
from cti_model.fold import refold
from cti_model.records import CallRecord, records
from cti_simulators.traces import find_traces, load_trace
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

TRACES = Path(__file__).parents[3] / "tests" / "data" / "traces"
PATHS = list(find_traces(TRACES))
PLAIN = [path for path in PATHS if path.name[0] in "abcdefghi" and not path.name.startswith("aa")]
SMALL = [path for path in PATHS if not path.name.startswith("x_load")]
LOAD = TRACES / "asterisk-22" / "x_load.ami.gz"
# Recordings that end in the middle of calls: the connection broke, or Asterisk crashed.
OPEN_AT_THE_END = {"v3_reconnect_mid_call": 1, "v4_crash_mid_call": 2}
_COUNTED = ("DTMF", "DTMFEnd")  # the same digit twice is two digits
ONE_ACTION_S = 0.012  # in the recordings the frames of one action lie within this

Timed = tuple[float, Frame]


def plain_name(path: Path) -> str:
    return path.name.split(".")[0]


@lru_cache(maxsize=8)
def frames_of(path: Path) -> list[Timed]:
    decoder = Decoder(WANTED)
    return [(chunk.t, frame) for chunk in load_trace(path).chunks for frame in decoder.feed(chunk.data)]


def run(frames: list[Timed]) -> tuple[list[CallEvent], State]:
    state = State("t", "p")
    told: list[CallEvent] = []
    at = datetime.fromtimestamp(0, UTC)
    for seconds, frame in frames:
        at = datetime.fromtimestamp(seconds, UTC)
        told.extend(translate(state, frame, at))
    told.extend(settle(state, at + 2 * SETTLE))
    return told, state


def rows_of(events: list[CallEvent]) -> list[CallRecord]:
    calls = {event.call.call_id: event.call for event in events}
    return sorted((row for call in calls.values() for row in records(call)), key=lambda row: row.started_at)


def by_call(events: list[CallEvent]) -> dict[str, list[CallEvent]]:
    calls: dict[str, list[CallEvent]] = {}
    for event in events:
        calls.setdefault(event.call.call_id, []).append(event)
    return calls


@pytest.mark.parametrize("path", PATHS, ids=lambda path: f"{path.parent.name}-{path.name.split('.')[0]}")
def test_events_are_whole(path):
    events = list(events_of((chunk.t, chunk.data) for chunk in load_trace(path).chunks))
    for call in by_call(events).values():
        assert [event.call.version for event in call] == list(range(1, len(call) + 1)), "versions have no gap"
        assert refold(call) == call[-1].call, "the facts alone give the carried state"
        for connection in call[-1].call.connections:
            assert connection.tally.total_us == microseconds(connection.changed_at - connection.started_at)
    assert len({event.event_id for event in events}) == len(events)


@pytest.mark.parametrize("path", PATHS, ids=lambda path: f"{path.parent.name}-{path.name.split('.')[0]}")
def test_a_replay_gives_the_same_ids(path):
    frames = frames_of(path)
    assert [event.event_id for event in run(frames)[0]] == [event.event_id for event in run(frames)[0]]


def channels_named(frame: Frame) -> set[str]:
    """The ids and names of all channels that a frame speaks of."""
    return {
        value
        for header, value in frame.headers.items()
        if value and (header.removesuffix("1").removesuffix("2").endswith(_CHANNEL_HEADERS) or header in _NAME_HEADERS)
        if not header.startswith("bridge")
    }


_CHANNEL_HEADERS = ("uniqueid", "channel")
_NAME_HEADERS = ("destination", "clone", "original", "bridgedchannel")


def reordered(frames: list[Timed], rng: random.Random) -> list[Timed]:
    """Another order of the frames of each action, in which those that speak of one channel keep theirs."""
    mixed: list[Timed] = []
    for action in actions_of(frames):
        left = [(timed, channels_named(timed[1])) for timed in action]
        while left:
            free = [at for at in range(len(left)) if not any(ordered(left[at], other) for other in left[:at])]
            mixed.append(left.pop(rng.choice(free))[0])
    return mixed


def ordered(one: tuple[Timed, set[str]], other: tuple[Timed, set[str]]) -> bool:
    """Whether Asterisk itself keeps the order of two frames.

    It does for those of one channel. `Masquerade` names no ids, and what it makes of two channels has other names: it
    is done under the locks of all. A number is typed before its consultation begins.
    """
    fixed = ("Masquerade", "DTMF", "DTMFEnd")
    return one[0][1].name in fixed or other[0][1].name in fixed or not one[1].isdisjoint(other[1])


def actions_of(frames: list[Timed]) -> list[list[Timed]]:
    actions: list[list[Timed]] = []
    for seconds, frame in frames:
        if actions and seconds - actions[-1][0][0] < ONE_ACTION_S:
            actions[-1].append((seconds, frame))
        else:
            actions.append([(seconds, frame)])
    return actions


def shuffled(frames: list[Timed], rng: random.Random) -> list[Timed]:
    """Frames of different channels change places within one action; those of one channel keep their order."""
    mixed: list[Timed] = []
    for action in actions_of(frames):
        channels = [frame.get("Uniqueid") or frame.get("Uniqueid1") or frame.get("DestUniqueid") for _, frame in action]
        queues: dict[str, list[Timed]] = {}
        for channel, timed in zip(channels, action, strict=True):
            queues.setdefault(channel, []).append(timed)
        rng.shuffle(channels)
        mixed.extend(queues[channel].pop(0) for channel in channels)
    return mixed


def assert_same(straight: list[CallRecord], mixed: list[CallRecord]) -> None:
    straight, mixed = sorted(straight, key=str_of), sorted(mixed, key=str_of)
    told = [
        [(row.device, row.direction, row.internal, row.remote_number, row.outcome, row.ended_by) for row in rows]
        for rows in (straight, mixed)
    ]
    assert told[0] == told[1]
    for one, other in zip(straight, mixed, strict=True):
        assert abs(one.ring_s - other.ring_s) < 0.05
        assert abs(one.queue_s - other.queue_s) < 0.05
        assert abs(one.talk_s - other.talk_s) < 0.05
        assert abs(one.hold_s - other.hold_s) < 0.05


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(PLAIN), st.randoms(use_true_random=False))
def test_order_between_channels_within_one_action_does_not_matter(path, rng):
    frames = frames_of(path)
    assert_same(rows_of(run(frames)[0]), rows_of(run(shuffled(frames, rng))[0]))


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(SMALL), st.randoms(use_true_random=False))
def test_any_order_that_asterisk_might_send_gives_the_same_records(path, rng):
    frames = frames_of(path)
    mixed, state = run(reordered(frames, rng))
    assert_same(rows_of(run(frames)[0]), rows_of(mixed))
    assert_whole(mixed)
    assert len(state.boxes) == OPEN_AT_THE_END.get(plain_name(path), 0)


def str_of(row: CallRecord) -> tuple[int, str]:
    return round(row.started_at.timestamp()), row.device


def assert_whole(events: list[CallEvent]) -> None:
    """Versions without a gap, a state that the facts alone explain, ids that do not repeat."""
    for call in by_call(events).values():
        assert [event.call.version for event in call] == list(range(1, len(call) + 1))
        assert refold(call) == call[-1].call
    assert len({event.event_id for event in events}) == len(events)


def remembered(state: State) -> dict[str, int]:
    """How much of each kind the translator remembers; empty when nothing."""
    kinds = ("channels", "names", "endpoints", "by_connection", "boxes", "linkedids", "bridges", "pending", "endings")
    return {kind: len(getattr(state, kind)) for kind in kinds if getattr(state, kind)}


@pytest.mark.parametrize("path", PATHS, ids=lambda path: f"{path.parent.name}-{path.name.split('.')[0]}")
def test_when_all_channels_hung_up_nothing_is_remembered(path):
    _, state = run(frames_of(path))
    if plain_name(path) not in OPEN_AT_THE_END:
        assert remembered(state) == {}


@pytest.mark.parametrize("path", SMALL, ids=lambda path: f"{path.parent.name}-{path.name.split('.')[0]}")
def test_any_one_frame_lost_costs_no_more_than_itself(path):
    frames = frames_of(path)
    open_calls = len(run(frames)[1].boxes)
    for lost, (_, frame) in enumerate(frames):
        events, state = run(frames[:lost] + frames[lost + 1 :])
        assert_whole(events)
        # Only the end of a channel cannot be made up for by later frames: it stays until the next snapshot.
        may_stay = frame.name == "Hangup"
        assert len(state.boxes) <= open_calls + may_stay, f"without frame {lost}, {frame.name}"


@pytest.mark.parametrize("path", SMALL, ids=lambda path: f"{path.parent.name}-{path.name.split('.')[0]}")
def test_a_frame_twice_means_what_it_meant_once(path):
    frames = frames_of(path)
    once, _ = run(frames)
    twice, state = run([frame for frame in frames for _ in range(1 + (frame[1].name not in _COUNTED))])
    assert_same(rows_of(once), rows_of(twice))
    assert_whole(twice)
    assert len(state.boxes) == OPEN_AT_THE_END.get(plain_name(path), 0)


@pytest.mark.parametrize("seed", range(5))
def test_a_busy_hour_on_a_lossy_link_leaves_no_more_calls_open_than_hangups_were_lost(seed):
    frames, rng = frames_of(LOAD), random.Random(seed)
    lost = {at for at in range(len(frames)) if rng.random() < 0.02}
    events, state = run([timed for at, timed in enumerate(frames) if at not in lost])
    assert_whole(events)
    assert len(state.boxes) <= sum(frames[at][1].name == "Hangup" for at in lost)


def test_the_pbx_clock_counts_where_it_is_told():
    state = State("t", "p")
    frame = Frame(
        "Newchannel",
        b"Event: Newchannel\r\nTimestamp: 1700000000.250000\r\nChannel: PJSIP/101-00000001\r\n"
        b"ChannelState: 4\r\nExten: 102\r\nUniqueid: 1700000000.1\r\nLinkedid: 1700000000.1",
    )
    observed = datetime.fromtimestamp(1700000003, UTC)
    event = translate(state, frame, observed)[0]
    assert event.occurred_at == datetime.fromtimestamp(1700000000.25, UTC)
    assert event.observed_at == observed
    assert event.observed_at - event.occurred_at == timedelta(seconds=2.75)
