"""The simulated manager session answers as the recorded servers did; its list of channels is the recorded one."""

import random
import re
from pathlib import Path

import pytest
from cti_simulators.asterisk.conversation import Conversation, House
from cti_simulators.asterisk.live import LiveChannels, headers
from cti_simulators.asterisk.script import version
from cti_simulators.traces import load_trace

TRACES = Path(__file__).parents[3] / "tests" / "data" / "traces"
MANAGER = {11: "1.3", 13: "2.10.6", 22: "11.0.0"}
NOW = 1_795_169_700.0


def house(manager: str = "11.0.0") -> House:
    return House({"rec": "rec-secret"}, manager, lambda: NOW, random.Random(7), NOW - 60)


def logged_in(manager: str = "11.0.0") -> Conversation:
    conversation = Conversation(house(manager))
    conversation.feed(b"Action: Login\r\nUsername: rec\r\nSecret: rec-secret\r\n\r\n")
    assert conversation.let_in
    return conversation


def masked(data: bytes) -> bytes:
    data = re.sub(rb"(Timestamp|Challenge|Uptime|LastReload): [\d.]+", rb"\1: N", data)
    return b"".join(b + b"\r\n\r\n" for b in data.split(b"\r\n\r\n") if b and b"\r\nService: AMI\r\n" not in b)


@pytest.mark.parametrize("asterisk", [11, 13, 22])
@pytest.mark.parametrize("name", ["badsecret", "baduser", "beforelogin", "eventsoff", "garbage"])
def test_errors_are_word_for_word_those_of_the_recorded_server(asterisk, name):
    trace = load_trace(TRACES / f"asterisk-{asterisk}" / f"z2_errors_{name}.ami.gz")
    assert version(trace) == MANAGER[asterisk]
    conversation = Conversation(house(MANAGER[asterisk]))
    answered = conversation.greeting() + b"".join(conversation.feed(action) for action in trace.sent)
    assert masked(answered) == masked(b"".join(chunk.data for chunk in trace.chunks))


@pytest.mark.parametrize("asterisk", [11, 13, 22])
@pytest.mark.parametrize("name", ["aa_idle", "z2_errors"])
def test_a_log_in_is_answered_word_for_word(asterisk, name):
    trace = load_trace(TRACES / f"asterisk-{asterisk}" / f"{name}.ami.gz")
    conversation = Conversation(house(MANAGER[asterisk]))
    answered = conversation.greeting() + conversation.feed(trace.sent[0])
    recorded = b"".join(chunk.data for chunk in trace.chunks)
    assert masked(recorded).startswith(masked(answered))


@pytest.mark.parametrize("asterisk", [11, 13, 22])
def test_single_answers_are_those_of_the_recorded_server(asterisk):
    trace = load_trace(TRACES / f"asterisk-{asterisk}" / "z2_errors.ami.gz")
    recorded = masked(b"".join(chunk.data for chunk in trace.chunks))
    conversation = Conversation(house(MANAGER[asterisk]))
    answered = {name: conversation.feed(action) for name, action in zip(range(99), trace.sent, strict=False)}
    held = [
        at
        for at, action in enumerate(trace.sent)
        if re.search(rb"(?i)action: ?ping|NoSuchAction|no-action|again", action)
    ]
    assert len(held) == 6
    for at in held:
        assert masked(answered[at]) in recorded, trace.sent[at]


def test_log_in_by_challenge_needs_this_sessions_key():
    import hashlib

    conversation = Conversation(house())
    asked = headers(conversation.feed(b"Action: Challenge\r\nAuthType: md5\r\n\r\n"))
    key = hashlib.md5(asked["Challenge"] + b"rec-secret").hexdigest().encode()
    other = Conversation(house())
    log_in = b"Action: Login\r\nAuthType: MD5\r\nUsername: rec\r\nKey: %s\r\n\r\n" % key
    assert b"Authentication failed" in other.feed(log_in)
    assert other.over
    assert b"Authentication accepted" in conversation.feed(log_in)
    assert b"Must specify AuthType" in Conversation(house()).feed(b"Action: Challenge\r\n\r\n")


def test_actions_may_come_in_any_portions():
    conversation = Conversation(house())
    said = b"".join(
        conversation.feed(bytes([byte]))
        for byte in b"Action: Login\r\nUsername: rec\r\nSecret: rec-secret\r\n\r\nAction: Ping\r\n\r\n"
    )
    assert said.count(b"Response: Success") == 2


def test_an_action_without_end_ends_the_session():
    conversation = Conversation(house())
    conversation.feed(b"x" * 100_000)
    assert conversation.over


@pytest.mark.parametrize(
    ("mask", "call", "dialplan"),
    [("on", True, True), ("off", False, False), ("call,agent", True, False), ("dialplan", False, True)],
)
def test_classes_of_events_can_be_masked(mask, call, dialplan):
    conversation = logged_in()
    said = conversation.feed(f"Action: Events\r\nEventMask: {mask}\r\n\r\n".encode())
    assert (b"Events: Off" in said) == (mask == "off")
    assert conversation.wants(b"Event: Newchannel\r\nPrivilege: call,all\r\n\r\n") == call
    assert conversation.wants(b"Event: VarSet\r\nPrivilege: dialplan,all\r\n\r\n") == dialplan


def test_core_status_and_settings():
    conversation = logged_in("1.3")
    assert headers(conversation.feed(b"Action: CoreStatus\r\n\r\n"))["CoreCurrentCalls"] == b"0"
    assert headers(conversation.feed(b"Action: CoreSettings\r\n\r\n"))["AsteriskVersion"] == b"11.25.3"


# The list of living channels


@pytest.mark.parametrize("asterisk", [11, 13, 22])
def test_the_list_of_channels_is_the_one_that_the_recorded_server_gave(asterisk):
    trace = load_trace(TRACES / f"asterisk-{asterisk}" / "z1_snapshots_mid_call.ami.gz")
    data = b"".join(chunk.data for chunk in trace.chunks)
    before, listed = data.split(b"Response: Success\r\nActionID: act-1\r\n", 1)
    live = LiveChannels()
    for block in before.split(b"\r\n\r\n"):
        live.see(block, NOW)
    recorded = [
        headers(block) for block in listed.split(b"\r\n\r\n") if block.startswith(b"Event: CoreShowChannel\r\n")
    ]
    ours = [headers(block) for block in live.listing(NOW + 3723, old=asterisk == 11)]
    assert len(recorded) == len(ours) == 4

    def by_name(channels):
        return {channel["Channel"]: channel for channel in channels}

    # What an application does inside (AppDial) and what a channel was born with are in no event.
    unsaid = {
        "Event",
        "ActionID",
        "Duration",
        "Application",
        "ApplicationData",
        "Context",
        "Extension",
        "Exten",
        "Priority",
    }
    unsaid |= {"AccountCode"}
    assert by_name(recorded).keys() == by_name(ours).keys()
    for name, channel in by_name(recorded).items():
        mine = by_name(ours)[name]
        assert list(mine) == [key for key in channel if key not in ("Event", "ActionID")]
        assert {key: mine[key] for key in mine.keys() - unsaid} == {
            key: channel[key] for key in channel.keys() - unsaid
        }
        assert mine["Duration"] == b"01:02:03"


@pytest.mark.parametrize("asterisk", [11, 13, 22])
@pytest.mark.parametrize(
    "name", ["a_internal_caller_hangup", "j_attended_transfer", "s2_directed_pickup", "t1_local_optimised"]
)
def test_nobody_is_alive_after_the_last_hang_up(asterisk, name):
    live = LiveChannels()
    highest = 0
    trace = load_trace(TRACES / f"asterisk-{asterisk}" / f"{name}.ami.gz")
    for block in b"".join(chunk.data for chunk in trace.chunks).split(b"\r\n\r\n"):
        live.see(block, NOW)
        highest = max(highest, len(live))
    assert highest >= 2
    assert len(live) == 0
