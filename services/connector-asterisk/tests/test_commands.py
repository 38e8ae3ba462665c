"""Commands against recordings of real servers: the bytes that were really sent, and the answers that really came."""

import re

import pytest
from connector_asterisk.actions import VERBS, dialect_of
from cti_model.calls import Command, ConnectionState
from cti_model.commands import CommandOutcome, CommandRequest, ErrorCode
from cti_model.events import TransferKind, Transferred
from cti_model.fold import refold

from .commands_play import AT, BANNERS, TECH, VERSIONS, Replay, request, same


def test_every_verb_has_a_function():
    assert set(VERBS) == set(Command)


@pytest.mark.parametrize(
    ("banner", "major"),
    [
        *((text, major) for major, text in BANNERS.items()),
        ("Asterisk Call Manager/5.0.2", 16),
        ("Asterisk Call Manager/7.0.3", 18),
        ("Asterisk Call Manager/9.0.0", 20),
        ("Asterisk Call Manager/1.1", 11),
        ("Asterisk Call Manager/", 11),
    ],
)
def test_the_banner_tells_the_version(banner, major):
    assert dialect_of(banner).major == major


@pytest.mark.parametrize("major", VERSIONS)
def test_make_call_sends_what_works(major):
    replay = Replay(major, "q1_originate_ok", originate_timeout_s=15, caller_name="Click to call")
    recorded = replay.go_to_action()
    sent = replay.ask(request(Command.MAKE_CALL, to="84951234567"))
    assert same(sent, recorded, without=("Variable", "ChannelId"))
    assert (b"ChannelId: cti-c1\r\n" in sent) is (major >= 13)


@pytest.mark.parametrize("major", VERSIONS)
def test_make_call_is_observed_when_the_telephone_rings(major):
    replay = Replay(major, "q1_originate_ok")
    replay.go_to_action()
    uid = re.search(rb"OriginateResponse(?:\r\n[^\r]+)*?\r\nUniqueid: ([0-9.]+)", replay.data)[1]
    replay.ask(request(Command.MAKE_CALL, to="84951234567"), answers="orig-1")
    if major >= 13:  # as Asterisk does when it is given a ChannelId
        replay.data = replay.data.replace(uid, b"cti-c1")
    replay.finish()
    assert replay.outcomes() == ["sent", "observed"]
    delivered = next(event for event in replay.events if event.kind == "delivered")
    final = replay.final()
    assert (final.call_id, final.connection_id) == (delivered.call.call_id, delivered.call.connections[0].connection_id)


@pytest.mark.parametrize("major", VERSIONS)
def test_make_call_that_fails_says_why(major):
    replay = Replay(major, "q4_originate_failures")
    for number, recorded in enumerate(("orig-a", "orig-c", "orig-d", "orig-e"), 1):
        index = {"orig-a": 0, "orig-c": 2, "orig-d": 3, "orig-e": 4}[recorded]
        replay.go_to_action(index)
        replay.ask(request(Command.MAKE_CALL, to="84951234567"), number, answers=recorded)
    replay.finish()
    assert [replay.final(number).error for number in (1, 2, 3, 4)] == [
        ErrorCode.NO_EFFECT,
        ErrorCode.NO_EFFECT,
        ErrorCode.REFUSED,
        ErrorCode.REFUSED,
    ]
    assert replay.final(1).message == "the telephone cannot be reached, or declined"
    assert replay.final(4).message == "Extension does not exist."


def test_make_call_with_everything_set():
    replay = Replay(
        22,
        "q1_originate_ok",
        originate_contexts={"101": "sales"},
        variables={"__CRM": "trunkline"},
        auto_answer_header="Call-Info: <sip:x>;answer-after=0",
    )
    replay.go_to_action()
    assert replay.ask(request(Command.MAKE_CALL, to="102")) == (
        b"Action: Originate\r\nActionID: cmd-1-0\r\nChannel: PJSIP/101\r\nContext: sales\r\nExten: 102\r\n"
        b"Priority: 1\r\n"
        b'CallerID: "102" <102>\r\nTimeout: 30000\r\nAsync: true\r\nChannelId: cti-c1\r\nVariable: __CRM=trunkline\r\n'
        b"Variable: PJSIP_HEADER(add,Call-Info)=<sip:x>;answer-after=0\r\n\r\n"
    )


def test_an_old_telephone_gets_its_header_by_a_variable():
    replay = Replay(11, "q1_originate_ok", auto_answer_header="Alert-Info: auto-answer")
    replay.go_to_action()
    sent = replay.ask(request(Command.MAKE_CALL, to="102"))
    assert b"Channel: SIP/101\r\n" in sent
    assert b"Variable: SIPADDHEADER=Alert-Info: auto-answer\r\n" in sent


@pytest.mark.parametrize("major", VERSIONS)
def test_digits_recording_mute_and_hangup(major):
    replay = Replay(major, "r3_ami_call_control")
    recorded = replay.go_to_action(3)
    mine = replay.connection("101").connection_id

    def asked(verb: Command, **fields) -> CommandRequest:
        return request(verb, connection_id=mine, **fields)

    assert same(replay.ask(asked(Command.SEND_DIGITS, digits="5"), 4, "act-4"), recorded)
    replay.go_to_action(4)
    sent = replay.ask(asked(Command.START_RECORDING, recording_id="r1"), 5, "act-5").decode()
    name = replay.state.channels[replay.connection("101").native_ids[0]].name
    assert sent == (
        f"Action: MixMonitor\r\nActionID: cmd-5-0\r\nChannel: {name}\r\nFile: trunkline/r1.wav\r\n"
        "Options: i(CTI_MIXMONITOR_ID)\r\n\r\n"
    )
    replay.go_to_action(5)
    assert replay.connection("101").recordings == ("r1",)
    assert replay.ask(asked(Command.STOP_RECORDING), 6, "act-6").startswith(b"Action: StopMixMonitor\r\n")
    recorded = replay.go_to_action(6)
    assert replay.connection("101").recordings == ()
    assert same(replay.ask(asked(Command.MUTE), 7, "act-7"), recorded.replace("Direction: all", "Direction: in"))
    recorded = replay.go_to_action(7)
    assert same(replay.ask(asked(Command.UNMUTE), 8, "act-8"), recorded.replace("Direction: all", "Direction: in"))
    recorded = replay.go_to_action(9)
    sent = replay.ask(asked(Command.CLEAR), 10, "act-10")
    assert same(sent, recorded.replace(recorded.split("Channel: ")[1].split("\r\n")[0], name))
    replay.finish()
    for number in (4, 5, 6, 7, 8, 10):
        assert replay.outcomes(number) == ["sent", "observed"], number
    assert refold([e for e in replay.events if e.call.call_id == replay.events[0].call.call_id])


def test_a_monitor_with_an_id_of_its_own_is_stopped_by_it():
    replay = Replay(22, "r3_ami_call_control")
    replay.go_to_action(4)
    mine = replay.connection("101").connection_id
    replay.ask(request(Command.START_RECORDING, connection_id=mine, recording_id="r1"))
    replay.session.receive(b"Response: Success\r\nActionID: cmd-1-0\r\nMixMonitorID: 0x7f00\r\n\r\n", AT)
    sent = replay.ask(request(Command.STOP_RECORDING, connection_id=mine, recording_id="r1"), 2)
    assert b"MixMonitorID: 0x7f00\r\n" in sent


def test_several_digits_go_one_after_the_other():
    replay = Replay(22, "r3_ami_call_control")
    replay.go_to_action(3)
    sent = replay.ask(request(Command.SEND_DIGITS, connection_id=replay.connection("101").connection_id, digits="5#*"))
    answer = b"Response: Success\r\nActionID: cmd-1-%d\r\nMessage: DTMF successfully queued\r\n\r\n"
    digits = []
    for step in range(3):
        digits.append(re.search(rb"Digit: (.)", sent)[1])
        turn = replay.session.receive(answer % step, AT)
        sent = turn.send
    assert digits == [b"5", b"#", b"*"]
    assert [result.outcome for _, result in turn.results] == [CommandOutcome.OBSERVED]


@pytest.mark.parametrize("major", [22, 13])
def test_blind_transfer(major):
    replay = Replay(major, "r5_blindtransfer_action")
    recorded = replay.go_to_action()
    mine = replay.connection("101").connection_id
    assert same(replay.ask(request(Command.BLIND_TRANSFER, connection_id=mine, to="102"), answers="act-1"), recorded)
    replay.finish()
    assert replay.outcomes() == ["sent", "observed"]
    assert "transferred" in [event.kind for event in replay.events]


def test_blind_transfer_in_11_redirects_the_other_side_and_tells_it():
    replay = Replay(11, "r1_redirect")
    recorded = replay.go_to_action()
    mine = replay.connection("101").connection_id
    assert same(replay.ask(request(Command.BLIND_TRANSFER, connection_id=mine, to="102"), answers="act-1"), recorded)
    replay.finish()
    assert replay.outcomes() == ["sent", "observed"]
    facts = [event.fact for event in replay.events if isinstance(event.fact, Transferred)]
    assert [(fact.kind, fact.by_number, fact.to) for fact in facts] == [(TransferKind.BLIND, "101", "102")]
    calls = {event.call.call_id: event for event in replay.events}
    for last in calls.values():
        assert refold([e for e in replay.events if e.call.call_id == last.call.call_id]) == last.call


@pytest.mark.parametrize("major", VERSIONS)
def test_consultation_by_asterisks_own_transfer(major):
    replay = Replay(major, "r2_atxfer_action", consult_by="atxfer")
    recorded = replay.go_to_action()
    mine = replay.connection("101").connection_id
    assert same(replay.ask(request(Command.CONSULT, connection_id=mine, to="102"), answers="act-1"), recorded)
    end = replay.data.index(b"Event: HangupRequest" if major > 11 else b"Event: Hangup")
    replay.go_to(end)
    assert replay.outcomes() == ["sent", "observed"]
    complete = replay.ask(request(Command.COMPLETE_TRANSFER, connection_id=mine), 2)
    assert complete.startswith(b"Action: Hangup\r\n")
    assert f"Channel: {TECH[major]}/101-".encode() in complete
    cancel = replay.ask(request(Command.CANCEL_TRANSFER, connection_id=mine), 3).decode()
    if major == 22:
        assert cancel.startswith("Action: CancelAtxfer\r\n")
        assert "Channel: PJSIP/101-" in cancel
    else:
        assert cancel.startswith("Action: Hangup\r\n")
        assert "Channel: Local/102@internal" in cancel


@pytest.mark.parametrize(
    ("major", "bytes_"),
    [
        (22, b"Action: PJSIPNotify\r\nActionID: cmd-1-0\r\nChannel: PJSIP/101-%b\r\nVariable: Event=hold\r\n\r\n"),
        (13, b"Action: SIPnotify\r\nActionID: cmd-1-0\r\nChannel: SIP/101\r\nVariable: Event=hold\r\n\r\n"),
        (11, b"Action: SIPnotify\r\nActionID: cmd-1-0\r\nChannel: SIP/101\r\nVariable: Event=hold\r\n\r\n"),
    ],
)
def test_hold_and_retrieve_by_notify_are_seen(major, bytes_):
    """In this recording 101 holds and retrieves by itself: what a telephone does that was asked to."""
    replay = Replay(major, "h_outbound_hold_by_operator", hold_by="notify")
    replay.go_to(replay.data.index(b"Event: Hold\r\n"))
    mine = replay.connection("101")
    name = replay.state.channels[mine.native_ids[0]].name
    sent = replay.ask(request(Command.HOLD, connection_id=mine.connection_id))
    assert sent == (bytes_ % name.removeprefix("PJSIP/101-").encode() if major == 22 else bytes_)
    back = replay.data.index(b"Event: Unhold" if major > 11 else b"Status: Off")
    replay.go_to(replay.data.rindex(b"\r\n\r\n", 0, back) + 4)
    assert replay.outcomes() == ["sent", "observed"]
    assert Command.RETRIEVE in replay.connection("101").allowed
    assert b"Event=talk" in replay.ask(request(Command.RETRIEVE, connection_id=mine.connection_id), 2)
    replay.finish()
    assert replay.outcomes(2) == ["sent", "observed"]


@pytest.mark.parametrize("major", VERSIONS)
def test_answer_by_notify_and_rejecting(major):
    replay = Replay(major, "g_inbound_answered", answer_by="notify")
    end = replay.data.index(b"ChannelStateDesc: Ringing")
    replay.go_to(replay.data.index(b"\r\n\r\n", end) + 4)
    mine = replay.connection("101")
    assert (mine.state, set(mine.allowed)) == (ConnectionState.ALERTING, {Command.ANSWER, Command.CLEAR})
    reject = replay.ask(request(Command.CLEAR, connection_id=mine.connection_id), 2)
    assert reject.endswith(b"Cause: 21\r\n\r\n")
    assert b"Event=talk" in replay.ask(request(Command.ANSWER, connection_id=mine.connection_id), 1)
    replay.finish()
    assert replay.outcomes(1) == ["sent", "observed"]


def test_a_snapshot_is_answered_at_once():
    replay = Replay(22, "r3_ami_call_control")
    replay.go_to_action(3)
    assert replay.ask(request(Command.SNAPSHOT)) == b""
    assert [call.call_id for call in replay.final().calls] == [replay.events[-1].call.call_id]
    assert replay.ask(request(Command.SNAPSHOT, device="102"), 2) == b""
    assert replay.final(2).calls == ()
