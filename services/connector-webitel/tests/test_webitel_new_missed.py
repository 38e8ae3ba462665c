"""Calls that nobody was heard to tell, from REST's history; and the recordings of calls."""

from datetime import datetime, timedelta
from typing import Any

import msgspec
import pytest
from connector_webitel.new.history import Gap, missed
from connector_webitel.new.picture import Picture
from connector_webitel.new.session import EngineSession
from connector_webitel.new.state import State
from connector_webitel.new.translate import next_conclusion, tick, translate
from cti_model.calls import Cause, EndedBy, Outcome
from cti_model.events import CallEvent, Origin, RecordingStarted, RecordingStopped, RecordingStored

from .webitel_new_past import AGENT, BEGIN, INCOMING, LATER, calls, history, item, ms


def test_a_missed_call_is_told_with_its_own_instants():
    told = history(State("acme", "webitel"), item("c1", 10, 25, cause="ORIGINATOR_CANCEL", hangup_by="A"))
    [call] = calls(told)
    agent = call.connections[1]
    assert (agent.outcome, agent.cause, agent.ended_by) == (Outcome.MISSED, Cause.CANCELLED, EndedBy.REMOTE)
    assert (agent.started_at, agent.ended_at) == (BEGIN + timedelta(seconds=10), BEGIN + timedelta(seconds=25))
    assert call.started_at == BEGIN + timedelta(seconds=10)
    assert {each.origin for each in told[:-1]} == {Origin.RECONCILED}


def test_an_answered_call_has_its_talk_and_hold():
    held = [{"start": ms(20), "finish": ms(25), "sec": 5}]
    told = history(State("acme", "webitel"), item("c1", 10, 40, answered_at=ms(15), hold=held, cause="NORMAL_CLEARING"))
    agent = calls(told)[0].connections[1]
    assert (agent.tally.ring_us, agent.tally.talk_us, agent.tally.hold_us) == (5_000_000, 20_000_000, 5_000_000)


def test_a_call_out_that_nobody_answered_is_none_though_the_own_telephone_was_lifted():
    click = {"direction": "outbound", "destination": "205", "from": AGENT, "to": None, "parent_id": None}
    told = history(State("acme", "webitel"), item("c1", 10, 40, answered_at=ms(12), cause="NO_ANSWER", **click))
    assert calls(told)[0].connections[0].answered_at is None


@pytest.mark.parametrize("names", [("X", "cust"), ("A2", "A1")], ids=["as events say it", "as the table has it"])
def test_an_attended_transfer_that_was_missed_makes_one_call_of_two(names):
    """Events name the far end of the other call, the table the other leg of the same user."""
    first = item("A1", 10, 60, answered_at=ms(15), bridged_at=ms(15), cause="NORMAL_CLEARING", transfer_to=names[0])
    consulted = {"direction": "outbound", "parent_id": None, "from": AGENT, "to": {"type": "user", "number": "103"}}
    times = {"answered_at": ms(33), "bridged_at": ms(35), "bridged_id": "X", "transfer_from": names[1]}
    second = item("A2", 30, 60, cause="NORMAL_CLEARING", **consulted, **times)
    found = calls(history(State("acme", "webitel"), first, second))
    ended = [[(each.device.number, each.cause) for each in call.connections] for call in found]
    assert ended == [
        [("380501112233", Cause.NORMAL), ("101", Cause.TRANSFERRED), ("103", Cause.NORMAL)],
        [("101", Cause.TRANSFERRED)],
    ]
    assert found[1].merged_into == found[0].call_id


def test_what_was_told_already_is_not_told_again():
    state = State("acme", "webitel")
    row = item("c1", 10, 25, cause="ORIGINATOR_CANCEL")
    assert history(state, row) != []
    assert history(state, row) == []


def test_a_call_that_still_lives_or_ended_after_the_gap_is_left_to_the_link():
    state = State("acme", "webitel")
    living = {"id": "c1", "event": "ringing", "timestamp": ms(1), "data": INCOMING}
    translate(state, "101", {"call": living}, BEGIN)
    assert missed(state, "101", [item("c1", 1, 25), item("c9", 590, 601)], LATER, LATER) == []


def test_a_call_that_was_ringing_when_the_link_was_lost_ends_as_it_did():
    picture, heard, gaps = Picture(State("acme", "webitel")), {}, list[Gap]()

    def link(at: datetime) -> list[CallEvent]:
        session = EngineSession(picture, "101", "T", heard, away=gaps.append)
        session.greet()
        hello = {"event": "hello", "data": {"session": {"user_id": 12}, "use_cc": False}}
        frames = [hello, {"status": "OK", "seq_reply": 1}, {"status": "OK", "seq_reply": 2, "data": {"items": []}}]
        told = session.receive(b"".join(msgspec.json.encode(each) + b"\n" for each in frames), at).events
        session.ask_snapshot(1)
        again = {"status": "OK", "seq_reply": 3, "data": {"items": []}}
        return told + session.receive(msgspec.json.encode(again) + b"\n", at).events

    link(BEGIN)
    living = {"id": "c1", "event": "ringing", "timestamp": ms(1), "data": INCOMING}
    before = translate(picture.state, "101", {"call": living}, BEGIN)
    assert link(LATER) == []  # not said to be lost while it is asked about
    assert gaps == [Gap("101", "12", BEGIN, LATER, "T")]
    told = history(picture.state, item("c1", 1, 25, cause="ORIGINATOR_CANCEL"))
    assert calls([*before, *told])[0].connections[1].outcome is Outcome.MISSED
    picture.state.awaited.clear()
    assert link(LATER + timedelta(seconds=60)) == []


def test_a_call_that_two_lists_of_one_link_do_not_have_is_asked_about_from_before_the_first_of_them():
    gaps = list[Gap]()
    picture = Picture(State("acme", "webitel"))
    session = EngineSession(picture, "101", "T", {}, away=gaps.append)
    hello = {"event": "hello", "data": {"session": {"user_id": 12}, "use_cc": False}}

    def hear(*frames: dict[str, Any], second: float) -> list[CallEvent]:
        data = b"".join(msgspec.json.encode(each) + b"\n" for each in frames)
        return session.receive(data, BEGIN + timedelta(seconds=second)).events

    def listed(number: int, second: float) -> list[CallEvent]:
        seq = msgspec.json.decode(session.ask_snapshot(number))["seq"]
        return hear({"status": "OK", "seq_reply": seq, "data": {"items": []}}, second=second)

    session.greet()
    hear(hello, {"status": "OK", "seq_reply": 1}, {"status": "OK", "seq_reply": 2, "data": {"items": []}}, second=0)
    listed(1, 30)
    ringing = {"id": "c1", "event": "ringing", "timestamp": ms(40), "app_id": "fs-1", "data": INCOMING}
    hear({"event": "call", "data": {"call": ringing}}, second=40)
    assert listed(2, 90) == []  # it ended at 50: nobody told
    assert gaps == []
    assert listed(3, 150) == []
    (gap,) = gaps
    assert (gap.since, gap.until) == (BEGIN + timedelta(seconds=30), BEGIN + timedelta(seconds=150))
    assert picture.state.awaited == {"c1"}


def test_files_of_the_history_are_recordings():
    files = [{"id": "7", "start_at": ms(15), "stop_at": ms(40)}]
    told = history(State("acme", "webitel"), item("c1", 10, 40, answered_at=ms(15), files=files))
    facts = [each.fact for each in told if isinstance(each.fact, RecordingStored)]
    assert [(each.recording_id, each.location) for each in facts] == [("c1", "7")]


def test_a_call_waits_for_its_recordings_file():
    state = State("acme", "webitel")
    session = EngineSession(Picture(state), "101", "T", {})
    session.greet()
    asked: list[dict[str, Any]] = []
    told: list[CallEvent] = []
    hello = {"event": "hello", "data": {"session": {"user_id": 12}, "use_cc": False}}

    def hear(*frames: dict[str, Any], second: float) -> None:
        data = b"".join(msgspec.json.encode(each) + b"\n" for each in frames)
        took(session.receive(data, BEGIN + timedelta(seconds=second)))

    def took(turn: Any) -> None:
        asked.extend(msgspec.json.decode(line) for line in turn.send.splitlines())
        told.extend(turn.events)

    def call(event: str, second: int, **data: Any) -> dict[str, Any]:
        said = {"id": "c1", "event": event, "timestamp": ms(second), "app_id": "fs-1", "data": data}
        return {"event": "call", "data": {"call": said}}

    hear(hello, {"status": "OK", "seq_reply": 1}, {"status": "OK", "seq_reply": 2, "data": {"items": []}}, second=0)
    asked.clear()
    hear(call("ringing", 1, **INCOMING), call("active", 2), second=2)
    hear(call("hangup", 9, cause="NORMAL_CLEARING", record_start=ms(2), record_stop=ms(9)), second=9)
    assert asked == []
    took(session.quiet(BEGIN + timedelta(seconds=10)))
    assert [(each["action"], each["data"]) for each in asked] == [("call_recordings", {"id": "c1"})]
    hear({"status": "FAIL", "seq_reply": asked[0]["seq"], "error": {"id": "x", "code": 404}}, second=10)
    took(session.quiet(BEGIN + timedelta(seconds=12)))
    assert told[-1].call.alive
    hear({"status": "OK", "seq_reply": asked[1]["seq"], "data": {"file_id": 123}}, second=12)
    assert [each.kind for each in told[-4:]] == [
        "recording_stopped",
        "connection_cleared",
        "recording_stored",
        "cleared",
    ]
    began, stopped, stored = [
        each for each in told if isinstance(each.fact, RecordingStarted | RecordingStopped | RecordingStored)
    ]
    assert (began.occurred_at, stopped.occurred_at) == (BEGIN + timedelta(seconds=2), BEGIN + timedelta(seconds=9))
    assert (stored.fact.recording_id, stored.fact.location) == ("c1", "123")
    assert told[-1].occurred_at == BEGIN + timedelta(seconds=9)


def test_a_file_that_never_comes_is_given_up():
    state = State("acme", "webitel")
    for event, second, data in (("ringing", 1, INCOMING), ("active", 2, {}), ("hangup", 9, {"record_start": ms(2)})):
        call = {"id": "c1", "event": event, "timestamp": ms(second), "data": data}
        translate(state, "101", {"call": call}, BEGIN + timedelta(seconds=second))
    assert next_conclusion(state) == BEGIN + timedelta(seconds=29)
    told = tick(state, BEGIN + timedelta(seconds=29))
    assert [each.kind for each in told] == ["cleared"]
    assert state.recordings == {}
