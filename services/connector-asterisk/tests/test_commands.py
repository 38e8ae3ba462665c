"""Commands against recordings of real servers: the bytes that were really sent, and the answers that really came."""

import json
import re
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from connector_asterisk.actions import VERBS, Options, dialect_of, features
from connector_asterisk.channels import State
from connector_asterisk.picture import Picture
from connector_asterisk.session import AmiSession
from cti_connector.session import Turn
from cti_model.calls import Command, Connection, ConnectionState
from cti_model.commands import CommandOutcome, CommandRefused, CommandRequest, CommandResult, ErrorCode, validated
from cti_model.events import CallEvent, TransferKind, Transferred
from cti_model.fold import refold
from cti_simulators.traces import load_trace
from hypothesis import given
from hypothesis import strategies as st

TRACES = Path(__file__).parents[3] / "tests" / "data" / "traces"
AT = datetime(2026, 11, 20, tzinfo=UTC)
BANNERS = {22: "Asterisk Call Manager/11.0.0", 13: "Asterisk Call Manager/2.10.6", 11: "Asterisk Call Manager/1.3"}
TECH = {22: "PJSIP", 13: "SIP", 11: "SIP"}
VERSIONS = [22, 13, 11]


def options(major: int, **changes) -> Options:
    return replace(Options(protocol=TECH[major], originate_context="internal"), **changes)


class Replay:
    """A session fed with a recording up to where its action was sent; from there the test acts."""

    def __init__(self, major: int, name: str, **changes) -> None:
        trace = load_trace(TRACES / f"asterisk-{major}" / f"{name}.ami.gz")
        self.data = b"".join(chunk.data for chunk in trace.chunks).replace(b"ActionID: rec-login", b"ActionID: login")
        lines = (TRACES / f"asterisk-{major}" / f"{name}.sent.jsonl").read_text().splitlines()
        shift = len("login") - len("rec-login")
        self.sent = [(json.loads(line)["off"] + shift, json.loads(line)["raw"]) for line in lines][1:]
        self.state = State("t", "p")
        self.session = AmiSession(
            Picture(self.state), "rec", "rec-secret", md5=False, options=options(major, **changes)
        )
        self.at = 0
        self.events: list[CallEvent] = []
        self.results: list[tuple[int, CommandResult]] = []

    def go_to(self, offset: int) -> bytes:
        """Hear the recording up to here; returns what the session sends meanwhile, the log-in left out."""
        sent = b""
        for start in range(self.at, offset, 200):  # in portions that cut frames
            turn = self.session.receive(self.data[start : min(start + 200, offset)], AT)
            sent += self._took(turn)
        self.at = offset
        return b"" if b"Action: Login" in sent else sent

    def go_to_action(self, number: int = 0) -> str:
        """Hear everything up to a recorded action, and return that."""
        offset, raw = self.sent[number]
        self.go_to(offset)
        return raw

    def finish(self) -> bytes:
        """Hear the rest."""
        sent = self.go_to(len(self.data))
        self._took(self.session.quiet(datetime.now(UTC)))
        return sent

    def ask(self, request: CommandRequest, number: int = 1, answers: str = "") -> bytes:
        """Ask, and let the recorded answers to action id `answers` be the answers to ours."""
        turn = self.session.command(validated(request), number, AT)
        assert turn.events == []
        self._took(turn)
        if answers:
            self.rename(answers, f"cmd-{number}-0")
        return turn.send

    def rename(self, recorded: str, ours: str) -> None:
        """From here on the recording answers our action id in place of its own; later offsets move with that."""
        old, new = (f"ActionID: {each}\r\n".encode() for each in (recorded, ours))
        moved = [
            (offset + self.data.count(old, self.at, offset) * (len(new) - len(old)), raw) for offset, raw in self.sent
        ]
        self.data = self.data[: self.at] + self.data[self.at :].replace(old, new)
        self.sent = moved

    def _took(self, turn: Turn) -> bytes:
        self.events.extend(turn.events)
        self.results.extend(turn.results)
        return turn.send

    def connection(self, device: str) -> Connection:
        """The newest living connection of a device."""
        found = [
            each
            for box in self.state.boxes.values()
            for each in box.call.connections
            if each.alive and each.device.number == device
        ]
        return found[-1]

    def outcomes(self, number: int = 1) -> list[str]:
        return [result.outcome.value for each, result in self.results if each == number]

    def final(self, number: int = 1) -> CommandResult:
        return [result for each, result in self.results if each == number][-1]


def request(verb: Command, **fields) -> CommandRequest:
    return CommandRequest(**{"command_id": "c1", "verb": verb, "device": "101", **fields})


def same(sent: bytes, recorded: str, *, without: tuple[str, ...] = ()) -> bool:
    """Whether we sent what was recorded, the action's own id left out."""

    def lines(text: str) -> list[str]:
        left_out = ("ActionID", *without)
        return [line for line in text.strip().split("\r\n") if not line.startswith(left_out)]

    assert sent.endswith(b"\r\n\r\n")
    return sorted(lines(sent.decode())) == sorted(lines(recorded))


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


# --- calls to be made -----------------------------------------------------------------------------------------------


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


# --- in a call ------------------------------------------------------------------------------------------------------


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


@pytest.mark.parametrize("major", VERSIONS)
def test_what_a_telephone_cannot_is_not_offered_and_says_so(major):
    replay = Replay(major, "r3_ami_call_control")
    replay.go_to_action(3)
    mine = replay.connection("101")
    assert Command.HOLD not in mine.allowed
    assert {Command.CLEAR, Command.CONSULT, Command.BLIND_TRANSFER, Command.PARK, Command.SEND_DIGITS} <= set(
        mine.allowed
    )
    for verb in (Command.HOLD, Command.ANSWER, Command.RETRIEVE, Command.CONFERENCE):
        with pytest.raises(CommandRefused) as refused:
            replay.ask(request(verb, connection_id=mine.connection_id))
        assert refused.value.code is ErrorCode.NOT_SUPPORTED


def test_features_follow_from_the_settings():
    assert Command.ANSWER in features(Options(answer_by="notify"))
    assert {Command.HOLD, Command.RETRIEVE} <= features(Options(hold_by="notify"))
    assert Command.CONFERENCE in features(Options(conference_extension="3XXX"))
    assert features(Options()) == frozenset(Command) - {"answer", "hold", "retrieve", "conference"}


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


# --- rights, states, ends -------------------------------------------------------------------------------------------


def test_a_connection_of_another_device_is_forbidden():
    replay = Replay(22, "r3_ami_call_control")
    replay.go_to_action(3)
    mine = replay.connection("101").connection_id
    with pytest.raises(CommandRefused) as refused:
        replay.ask(request(Command.CLEAR, connection_id=mine, device="102"))
    assert refused.value.code is ErrorCode.FORBIDDEN
    assert replay.ask(request(Command.CLEAR, connection_id=mine, device="102", roles=("supervisor",)))


def test_what_is_not_there_or_not_now():
    replay = Replay(22, "r3_ami_call_control")
    replay.go_to_action(3)
    mine = replay.connection("101").connection_id
    for fields, code in (
        ({"verb": Command.CLEAR, "connection_id": "nobody"}, ErrorCode.NOT_FOUND),
        ({"verb": Command.COMPLETE_TRANSFER, "connection_id": mine}, ErrorCode.WRONG_STATE),
        ({"verb": Command.STOP_RECORDING, "connection_id": mine}, ErrorCode.WRONG_STATE),
        ({"verb": Command.PICKUP, "to": "102"}, ErrorCode.WRONG_STATE),
    ):
        with pytest.raises(CommandRefused) as refused:
            replay.ask(request(**fields))
        assert refused.value.code is code, fields


def test_missing_rights_are_said():
    replay = Replay(22, "r3_ami_call_control")
    replay.go_to_action(3)
    replay.ask(request(Command.CLEAR, connection_id=replay.connection("101").connection_id))
    turn = replay.session.receive(b"Response: Error\r\nActionID: cmd-1-0\r\nMessage: Permission denied\r\n\r\n", AT)
    [(_, result)] = turn.results
    assert (result.outcome, result.error, result.message) == ("failed", "refused", "Permission denied")


def test_a_command_whose_time_is_over_is_unknown_and_its_late_answer_is_nothing():
    replay = Replay(22, "r3_ami_call_control")
    replay.go_to_action(3)
    replay.ask(request(Command.CLEAR, connection_id=replay.connection("101").connection_id))
    result = replay.session.give_up(1)
    assert (result.outcome, result.error) == (CommandOutcome.UNKNOWN, ErrorCode.LOST)
    turn = replay.session.receive(b"Response: Success\r\nActionID: cmd-1-0\r\n\r\n", AT)
    assert (turn.send, turn.results) == (b"", [])


def test_before_the_login_nothing_is_sent():
    session = AmiSession(Picture(State("t", "p")), "u", "s", options=Options())
    with pytest.raises(CommandRefused) as refused:
        session.command(request(Command.MAKE_CALL, to="1"), 1, AT)
    assert refused.value.code is ErrorCode.NOT_CONNECTED


def test_who_only_watches_offers_nothing():
    replay = Replay(22, "q1_originate_ok")
    watching = AmiSession(Picture(State("t", "p")), "rec", "rec-secret", md5=False)
    watching.receive(replay.data[: replay.sent[0][0]], AT)
    assert watching.ready
    with pytest.raises(CommandRefused) as refused:
        watching.command(request(Command.MAKE_CALL, to="1"), 1, AT)
    assert refused.value.code is ErrorCode.NOT_SUPPORTED


# --- supervision, queues, questions ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("verb", "mode"), [(Command.LISTEN, "qES"), (Command.WHISPER, "qESw"), (Command.BARGE, "qESB")]
)
@pytest.mark.parametrize("major", VERSIONS)
def test_supervision(major, verb, mode):
    replay = Replay(major, "r3_ami_call_control")
    replay.go_to_action(3)
    mine = replay.connection("101")
    name = replay.state.channels[mine.native_ids[0]].name
    sent = replay.ask(request(verb, device="110", connection_id=mine.connection_id, roles=("supervisor",))).decode()
    assert f"Channel: {TECH[major]}/110\r\nApplication: ChanSpy\r\nData: {name},{mode}\r\n" in sent


@pytest.mark.parametrize("major", VERSIONS)
def test_pauses(major):
    replay = Replay(major, "n4_queue_pause")
    asked = [
        request(Command.QUEUE_PAUSE, device="102", queue="support", reason="lunch"),
        request(Command.QUEUE_UNPAUSE, device="102", queue="support"),
        request(Command.SET_AGENT_STATE, agent_state="away"),
        request(Command.SET_AGENT_STATE, agent_state="available"),
    ]
    for number, each in enumerate(asked):
        recorded = replay.go_to_action(number)
        sent = replay.ask(each, number, f"act-{number + 1}")
        assert same(sent.replace(b"Reason: away\r\n", b""), recorded)
    replay.finish()
    assert [replay.outcomes(number) for number in range(4)] == [["sent", "observed"]] * 4


@pytest.mark.parametrize("major", VERSIONS)
def test_queues(major):
    replay = Replay(major, "n5_queue_member_add_remove")
    replay.go_to_action(0)
    sent = replay.ask(request(Command.QUERY_AGENT), 1, "act-1").decode()
    assert sent == f"Action: QueueStatus\r\nActionID: cmd-1-0\r\nMember: {TECH[major]}/101\r\n\r\n"
    recorded = replay.go_to_action(1)
    [membership] = replay.final(1).memberships
    assert (membership.queue, membership.name, membership.dynamic) == ("support", "Agent 101", False)
    sent = replay.ask(request(Command.QUEUE_LOGIN, device="103", queue="support"), 2, "act-2")
    assert same(sent, recorded.replace("Agent 103", "103"))
    replay.go_to_action(2)
    replay.ask(request(Command.QUERY_AGENT, device="103"), 3, "act-3")
    recorded = replay.go_to_action(5)
    assert replay.final(3).memberships[0].dynamic
    assert same(replay.ask(request(Command.QUEUE_LOGOUT, device="103", queue="support"), 6, "act-6"), recorded)
    replay.go_to_action(6)
    replay.ask(request(Command.QUEUE_LOGOUT, device="103", queue="support"), 7, "act-7")
    replay.finish()
    assert replay.final(6).outcome is CommandOutcome.OBSERVED
    assert replay.final(7).outcome is CommandOutcome.OBSERVED, "what was wanted is so already"
    assert replay.final(7).message == "Unable to remove interface: Not there"


def test_a_snapshot_is_answered_at_once():
    replay = Replay(22, "r3_ami_call_control")
    replay.go_to_action(3)
    assert replay.ask(request(Command.SNAPSHOT)) == b""
    assert [call.call_id for call in replay.final().calls] == [replay.events[-1].call.call_id]
    assert replay.ask(request(Command.SNAPSHOT, device="102"), 2) == b""
    assert replay.final(2).calls == ()


# --- nothing of a value reaches the wire as anything but itself -----------------------------------------------------

TALKING = Replay(22, "r3_ami_call_control", conference_extension="3XXX", hold_by="notify", answer_by="notify")
TALKING.go_to_action(3)
MINE = TALKING.connection("101").connection_id
_HOSTILE = st.text(max_size=40)
_MIXED = st.one_of(_HOSTILE, st.from_regex(r"[0-9*#]{1,10}", fullmatch=True), st.just(""))


@given(st.sampled_from(list(Command)), _MIXED, _MIXED, _MIXED, _HOSTILE, _HOSTILE, _MIXED, st.integers(1, 10**6))
def test_whatever_passes_is_one_action_with_headers_of_ours(verb, to, digits, queue, reason, state, device, number):
    asked = CommandRequest(
        command_id="c1", verb=verb, device=device or "101", connection_id=MINE, to=to, digits=digits, queue=queue,
        reason=reason, agent_state=state, roles=("supervisor",),
    )  # fmt: skip
    try:
        sent = TALKING.session.command(validated(asked), number, AT).send
    except CommandRefused:
        return
    if not sent:
        return
    TALKING.session.give_up(number)
    assert sent.count(b"\r\n\r\n") == 1
    assert b"\0" not in sent
    lines = sent.decode().strip("\r\n").split("\r\n")
    assert "\n" not in "".join(lines)
    assert len([line for line in lines if line.startswith("Action: ")]) == 1
    for line in lines:
        name, value = line.split(": ", 1)
        assert name in HEADERS
        if name in ("Exten", "Channel", "ExtraChannel", "Interface", "Queue", "Digit", "File"):
            assert re.fullmatch(r"[A-Za-z0-9_.+*#/;@-]*", value), line


HEADERS = {
    "Action", "ActionID", "Channel", "Context", "Exten", "Priority", "CallerID", "Timeout", "Async", "ChannelId",
    "Application", "Data", "Cause", "Digit", "Direction", "State", "File", "Options", "MixMonitorID", "Variable",
    "Queue", "Interface", "Paused", "Reason", "Penalty", "MemberName", "StateInterface", "Member", "TimeoutChannel",
    "Parkinglot", "ExtraChannel",
}  # fmt: skip
