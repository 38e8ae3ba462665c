"""An attended transfer while the third telephone still rings, on the simulator: three ways in, and what can come of it.

Of a telephone's own REFER there is one recording, of 22, in whose order the simulator tells it; for all else it plays
what the sources of Asterisk say.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from connector_asterisk.channels import State
from connector_asterisk.replay import events_of
from connector_asterisk.translate import SETTLE, WANTED, settle, translate
from connector_asterisk.wire import Decoder, Frame
from cti_model.calls import Cause, Direction, Outcome
from cti_model.events import CallEvent, Delivered, Established, TransferKind, Transferred
from cti_model.fold import refold
from cti_model.path import Edge, segments
from cti_model.records import records
from cti_model.story import story
from cti_simulators.traces import load_trace

from tests.scenarios.asterisk import DIALECTS, TRACES, Stage
from tests.scenarios.cases import INBOUND, scenario

_TALK = INBOUND.format(did="74950000101") + "; 101 rings; 101 answers after 1.5s\n"
_BY_PHONE = _TALK + "101 holds after 2s; 101 consults 102 after 700ms; 102 rings; 101 completes transfer after 1s\n"
_BY_KEYS = _TALK + "101 sends *2 after 1.5s; 101 sends 102 after 1.5s; 102 rings; 101 hangs up after 1s\n"
_BY_ACTION = _TALK + "wait 1.5s\n@consult\n102 rings; 101 hangs up after 1s\n"
WAYS = {"phone": _BY_PHONE, "keys": _BY_KEYS, "action": _BY_ACTION}
ANSWERED = "102 answers after 2s; c1 hangs up after 3s"
CALLED_BACK = "101 rings; 101 answers after 2s; 101 hangs up after 3s"
IN_VAIN = "101 rings; 101 declines after 2s; 102 rings; 102 answers after 1s; 102 hangs up after 2s"
GONE = "c1 hangs up after 2s"
NOBODY = "101 rings; 101 declines after 1s; 102 rings; 102 declines after 1s; 101 rings"
ENDS = {
    "phone": [ANSWERED, GONE, ""],
    "keys": [ANSWERED, GONE, CALLED_BACK, IN_VAIN, NOBODY],
    "action": [ANSWERED, CALLED_BACK],
}
PLAYED = [(way, end) for way, ends in ENDS.items() for end in ends]
LOAD = TRACES / "asterisk-22" / "x_load.ami.gz"
Timed = tuple[float, Frame]


def frames_of(dialect: str, text: str) -> list[Timed]:
    decoder = Decoder(WANTED)
    return [(t, frame) for t, data in Stage(dialect).play(scenario(text)) for frame in decoder.feed(data)]


def run(frames: list[Timed]) -> tuple[list[CallEvent], State]:
    state, told, at = State("t", "p"), [], datetime.fromtimestamp(0, UTC)
    for seconds, frame in frames:
        at = datetime.fromtimestamp(seconds, UTC)
        told.extend(translate(state, frame, at))
    told.extend(settle(state, at + 2 * SETTLE))
    return told, state


def by_call(events: list[CallEvent]) -> list[list[CallEvent]]:
    calls: dict[str, list[CallEvent]] = {}
    for event in events:
        calls.setdefault(event.call.call_id, []).append(event)
    return list(calls.values())


def played(dialect: str, way: str, end: str) -> list[list[CallEvent]]:
    events, state = run(frames_of(dialect, WAYS[way] + end))
    assert not state.boxes, "every call has ended"
    assert not state.recalls, "nothing is remembered of it"
    return by_call(events)


def talks(call: list[CallEvent]) -> Iterator[tuple[str, str, Edge, Edge | None]]:
    names = {each.connection_id: each.device.number for event in call for each in event.call.connections}
    for each in segments(call):
        yield names[each.one], names[each.other], each.began_by, each.ended_by


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("way", WAYS)
def test_who_answers_has_the_caller(dialect, way):
    first, *consultation = played(dialect, way, ANSWERED)
    assert list(talks(first)) == [
        ("trunk", "101", Edge.ANSWER, Edge.ATTENDED),
        ("trunk", "102", Edge.ATTENDED, Edge.CLEAR),
    ]
    (transferred,) = [event for event in first if isinstance(event.fact, Transferred)]
    assert transferred.fact.kind is TransferKind.ATTENDED
    assert (transferred.fact.by_number, transferred.fact.to) == ("101", "102")
    established = [event for event in first if isinstance(event.fact, Established)]
    (answered,) = [event for event in established if event.fact.leg.device.number == "102"]
    assert answered.occurred_at - transferred.occurred_at > timedelta(seconds=1.9)
    assert [(row.device, row.outcome) for row in records(first[-1].call)] == [
        ("101", Outcome.ANSWERED),
        ("102", Outcome.ANSWERED),
    ]
    assert len(consultation) == (1 if way == "phone" else 0)
    for call in consultation:
        assert call[-1].call.merged_into == first[0].call.call_id
        assert story(call) == "101 → 102 rang 1 s → joined to another call"
        assert [(row.device, row.outcome) for row in records(call[-1].call)] == [("101", Outcome.CANCELLED)]


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_telephones_own_transfer_that_nobody_answers_ends_with_it(dialect):
    first, _ = played(dialect, "phone", "")
    assert story(first) == "79161234567 → 101 talked 2 s, held 2 s → transferred to 102 rang 9 s, missed"


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("way", ["keys", "action"])
def test_nobody_answers_and_asterisk_calls_back(dialect, way):
    (call,) = played(dialect, way, CALLED_BACK)
    assert story(call).endswith("→ transferred to 102 rang 10 s, missed → back to 101 talked 3 s")
    assert list(talks(call)) == [
        ("trunk", "101", Edge.ANSWER, Edge.ATTENDED),
        ("trunk", "101", Edge.RECALL, Edge.CLEAR),
    ]
    back = [event.fact.leg for event in call if isinstance(event.fact, Delivered)][-1]
    assert (back.device.number, back.direction, back.remote.number) == ("101", Direction.IN, "79161234567")


@pytest.mark.parametrize("dialect", DIALECTS)
def test_nobody_can_be_called_back_and_the_third_is_rung_once_more(dialect):
    (call,) = played(dialect, "keys", IN_VAIN)
    assert story(call).endswith(
        "→ transferred to 102 rang 10 s, missed → back to 101 rang 2 s, rejected → transferred to 102 talked 2 s"
    )


@pytest.mark.parametrize("dialect", DIALECTS)
def test_nobody_comes_at_all_and_the_call_ends(dialect):
    (call,) = played(dialect, "keys", NOBODY)
    assert [row.outcome for row in records(call[-1].call)] == [
        Outcome.ANSWERED,
        Outcome.MISSED,
        Outcome.REJECTED,
        Outcome.REJECTED,
        Outcome.MISSED,
    ]


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize(("way", "rang_s"), [("phone", 2), ("keys", 3)])
def test_the_caller_does_not_wait(dialect, way, rang_s):
    """A telephone's own transfer brings the third one from a call of its own, where it rang a second before."""
    first = played(dialect, way, GONE)[0]
    assert story(first).endswith(f"→ transferred to 102 rang {rang_s} s, missed")
    assert list(talks(first)) == [("trunk", "101", Edge.ANSWER, Edge.ATTENDED)]


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize(("way", "end"), PLAYED)
def test_the_facts_alone_give_the_carried_state(dialect, way, end):
    for call in played(dialect, way, end):
        assert [event.call.version for event in call] == list(range(1, len(call) + 1))
        assert refold(call) == call[-1].call


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize(("way", "end"), [("phone", ANSWERED), ("keys", ANSWERED), ("keys", CALLED_BACK)])
def test_any_one_frame_lost_leaves_nothing_open(dialect, way, end):
    frames = frames_of(dialect, WAYS[way] + end)
    for lost, (_, frame) in enumerate(frames):
        events, state = run(frames[:lost] + frames[lost + 1 :])
        for call in by_call(events):
            assert refold(call) == call[-1].call
        assert len(state.boxes) <= (frame.name == "Hangup"), f"without frame {lost}, {frame.name}"


def test_the_one_that_was_recorded():
    """In the load of 22: the third rings, the telephone transfers, the caller gives up before anybody answers."""
    events = [
        event
        for event in events_of((chunk.t, chunk.data) for chunk in load_trace(LOAD).chunks)
        if event.call.native_ids[0] in ("1795169722.724", "1795169729.774")
    ]
    first, consultation = by_call(events)
    (passed_on,) = [event.fact for event in first if isinstance(event.fact, Transferred)]
    assert (passed_on.kind, passed_on.by_number, passed_on.to) == (TransferKind.ATTENDED, "110", "123")
    assert story(first).endswith("→ transferred to 123 rang 2 s, missed")
    assert consultation[-1].call.merged_into == first[0].call.call_id
    assert [each.cause for each in first[-1].call.connections] == [Cause.NORMAL, Cause.TRANSFERRED, Cause.CANCELLED]


def test_the_simulator_tells_it_in_the_recorded_order():
    def told(frames: list[Timed], names: dict[str, str], begin: float, end: float) -> list[tuple[str, str]]:
        found = []
        for at, frame in frames:
            who = names.get(frame.get("Channel") or frame.get("OrigTransfererChannel"))
            if begin <= at <= end and who is not None:
                found.append((frame.name, who))
        return found

    decoder = Decoder(WANTED | {"SoftHangupRequest"})
    recorded = [(chunk.t, frame) for chunk in load_trace(LOAD).chunks for frame in decoder.feed(chunk.data)]
    channels = {"trunk-00000112": "caller", "110-00000122": "first", "110-00000132": "second", "123-0000014f": "third"}
    real = told(recorded, {f"PJSIP/{name}": who for name, who in channels.items()}, 1795169736.8, 1795169737)
    decoder = Decoder(WANTED | {"SoftHangupRequest"})
    played = Stage("22").play(scenario(_BY_PHONE + GONE))
    simulated = [(t, frame) for t, data in played for frame in decoder.feed(data)]
    (at,) = [t for t, frame in simulated if frame.name == "AttendedTransfer"]
    channels = {"trunk-00000000": "caller", "101-00000001": "first", "101-00000002": "second", "102-00000003": "third"}
    ours = told(simulated, {f"PJSIP/{name}": who for name, who in channels.items()}, at, at + 0.1)
    assert ours == real


def test_a_manager_who_rings_the_one_who_transferred_makes_a_call_of_its_own():
    """Asterisk's call back is told by whom it shows; an Originate shows the dialled number on both sides."""
    text = _BY_KEYS + "@click_to_call after 1s; 101 rings; 101 answers after 1s; 101 hangs up after 1s; c1 hangs up"
    events, _ = run(frames_of("22", text))
    first, second = by_call(events)
    assert story(first).endswith("→ transferred to 102 rang 4 s, missed")
    assert story(second).startswith("101 → 84951234567")
