"""Command output in its two forms, lists, the log-in, actions."""

import hashlib
from pathlib import Path

import pytest
from connector_asterisk.wire import (
    MAX_LINE_BYTES,
    Collector,
    Decoder,
    Frame,
    Login,
    LoginRefused,
    UnsafeValue,
    WireError,
    encode,
)
from cti_simulators.traces import load_trace
from hypothesis import given
from hypothesis import strategies as st

TRACES = Path(__file__).parents[3] / "tests" / "data" / "traces"
BANNER = b"Asterisk Call Manager/2.10.6\r\n"
PING = b"Response: Success\r\nPing: Pong\r\n\r\n"


def recorded(version: int, name: str) -> list[Frame]:
    decoder = Decoder()
    trace = load_trace(TRACES / f"asterisk-{version}" / f"{name}.ami.gz")
    return [frame for chunk in trace.chunks for frame in decoder.feed(chunk.data)]


def frames(data: bytes) -> list[Frame]:
    """Frames of `data`, the same in one piece and byte by byte."""
    at_once = Decoder().feed(BANNER + data)
    slow = Decoder()
    slow.feed(BANNER)
    slowly = [frame for byte in data for frame in slow.feed(bytes([byte]))]
    assert [frame.headers for frame in slowly] == [frame.headers for frame in at_once]
    return at_once


def response(**headers: str) -> Frame:
    return frames("".join(f"{name}: {value}\r\n" for name, value in headers.items()).encode() + b"\r\n")[0]


# Command output


@pytest.mark.parametrize("version", [11, 13, 22])
def test_recorded_command_output_is_the_same_lines_in_both_forms(version):
    answer = next(each for each in recorded(version, "z1_snapshots_mid_call") if each.get("ActionID") == "act-21")
    assert answer.get("Response") == ("Success" if version == 22 else "Follows")
    assert answer.get("Privilege") == ("" if version == 22 else "Command")
    assert len(answer.output) == 4
    assert all(line.count("!") >= 12 and line.split("!")[0].rpartition("-")[2] for line in answer.output)


@pytest.mark.parametrize("version", [11, 13, 22])
def test_recorded_command_error_has_its_text(version):
    answer = next(each for each in recorded(version, "z2_errors") if each.get("ActionID") == "act-13")
    assert answer.output == [
        "No such command 'no such command' (type 'core show help no such' for other possible commands)"
    ]


def test_old_output_may_hold_empty_lines_and_lines_that_look_like_headers():
    old = b"Response: Follows\r\nPrivilege: Command\r\nActionID: 7\r\nActionID: 8\r\n\r\na: b\n--END COMMAND--\r\n\r\n"
    answer, ping = frames(old + PING)
    assert answer.get("ActionID") == "7"
    assert answer.output == ["ActionID: 8", "", "a: b"]
    assert ping.get("Ping") == "Pong"


@pytest.mark.parametrize("head", [b"Response: Follows\r\nPrivilege: Command\r\n", b"Response: Follows\r\n"])
def test_old_output_may_be_empty(head):
    (answer,) = frames(head + b"--END COMMAND--\r\n\r\n")
    assert answer.output == []


def test_old_output_without_its_last_line_loses_nothing_else():
    decoder = Decoder()
    got = decoder.feed(BANNER + b"Response: Follows\r\nPrivilege: Command\r\nhalf a li\r\n\r\n" + PING + PING)
    assert [frame.get("Ping") for frame in got] == ["Pong", "Pong"]
    assert decoder.counts.malformed == 1


@pytest.mark.parametrize("piece", [1, 7, 100_000])
def test_old_output_above_the_bound_is_refused_up_to_its_last_line(piece):
    data = b"Response: Follows\r\n" + b"line\n" * 500 + b"\r\n\r\nx\n" * 3 + b"--END COMMAND--\r\n\r\n" + PING
    decoder = Decoder(max_frame_bytes=300)
    decoder.feed(BANNER)
    got = [frame for at in range(0, len(data), piece) for frame in decoder.feed(data[at : at + piece])]
    assert [frame.get("Ping") for frame in got] == ["Pong"]
    assert (decoder.counts.oversize, decoder.counts.malformed) == (1, 0)


# Lists


@pytest.mark.parametrize("version", [11, 13, 22])
@pytest.mark.parametrize(
    ("action_id", "kind"), [("act-1", "CoreShowChannel"), ("act-2", "Status"), ("act-4", "QueueMember")]
)
def test_recorded_lists_are_collected_whole(version, action_id, kind):
    collector = Collector(action_id)
    got = recorded(version, "z1_snapshots_mid_call")
    taken = [frame for frame in got if collector.take(frame)]
    assert collector.complete
    assert collector.error is None
    expected = [frame for frame in got if not frame.is_response and frame.get("ActionID") == action_id]
    assert collector.items == expected[:-1]
    assert taken[1:] == expected
    assert sum(item.name == kind for item in collector.items) >= 4


def test_frames_of_others_between_the_items_of_a_list_are_left_alone():
    collector = Collector("a")
    other = frames(b"Event: CoreShowChannel\r\nActionID: b\r\n\r\nEvent: Hangup\r\nUniqueid: 1.1\r\n\r\n")
    assert collector.take(response(Response="Success", ActionID="a", EventList="start"))
    assert not collector.complete
    assert [collector.take(frame) for frame in other] == [False, False]
    item, end = frames(
        b"Event: CoreShowChannel\r\nActionID: a\r\n\r\n"
        b"Event: CoreShowChannelsComplete\r\nActionID: a\r\nEventList: Complete\r\nListItems: 1\r\n\r\n"
    )
    assert collector.take(item)
    assert collector.take(end)
    assert (collector.complete, collector.items) == (True, [item])
    assert not collector.take(item)


@pytest.mark.parametrize("version", [11])
def test_a_list_that_the_server_does_not_know_is_an_error(version):
    collector = Collector("act-8")
    for frame in recorded(version, "z1_snapshots_mid_call"):
        collector.take(frame)
    assert collector.complete
    assert collector.error is not None
    assert "Invalid/unknown command: BridgeList" in collector.error


def test_a_list_that_is_broken_off_is_an_error():
    collector = Collector("a")
    collector.take(response(Response="Success", ActionID="a", EventList="start"))
    collector.take(response(Event="DBGetTreeComplete", ActionID="a", EventList="Cancelled"))
    assert (collector.complete, collector.error) == (True, "the server broke the list off")


# Log-in


def test_log_in_by_challenge_sends_what_the_recorder_sent():
    trace = load_trace(TRACES / "asterisk-22" / "z2_errors_challenge.ami.gz")
    challenge, accepted = [frame for frame in recorded(22, "z2_errors_challenge") if frame.is_response][:2]
    login = Login("rec", "rec-secret")
    assert b"AuthType: MD5\r\n" in login.begin()
    challenge.headers["actionid"], accepted.headers["actionid"] = "login-challenge", "login"
    sent = login.answer(challenge)
    key = next(line for line in trace.sent[1].splitlines() if line.startswith(b"Key: "))
    assert key + b"\r\n" in sent
    assert b"rec-secret" not in sent
    assert not login.done
    assert login.answer(accepted) == b""
    assert login.done


def test_plain_log_in():
    login = Login("cti", "s3cret", md5=False)
    assert login.begin() == b"Action: Login\r\nActionID: login\r\nUsername: cti\r\nSecret: s3cret\r\n\r\n"
    assert login.answer(response(Response="Success", ActionID="somebody-else")) == b""
    assert not login.done
    assert login.answer(response(Response="Success", ActionID="login")) == b""
    assert login.done


@pytest.mark.parametrize("name", ["z2_errors_badsecret", "z2_errors_baduser"])
@pytest.mark.parametrize("version", [11, 13, 22])
def test_a_recorded_refusal_is_told_in_the_servers_words(version, name):
    login = Login("rec", "wrong", md5=False)
    login.begin()
    refusal = next(frame for frame in recorded(version, name) if frame.is_response)
    refusal.headers.pop("actionid", None)
    with pytest.raises(LoginRefused, match="Authentication failed"):
        login.answer(refusal)
    assert not login.done


def test_success_without_a_challenge_is_no_log_in():
    login = Login("cti", "s3cret")
    login.begin()
    with pytest.raises(LoginRefused, match="no challenge"):
        login.answer(response(Response="Success", ActionID="login-challenge"))
    assert not login.done


def test_a_challenge_is_no_success_of_the_log_in_even_if_it_comes_twice():
    login = Login("cti", "s3cret")
    login.begin()
    challenge = response(Response="Success", ActionID="login-challenge", Challenge="1234")
    key = hashlib.md5(b"1234s3cret").hexdigest().encode()
    assert key in login.answer(challenge)
    assert login.answer(challenge) == b""
    assert not login.done


# Actions


def test_an_action_is_spelled_header_by_header_with_repeats():
    assert encode("Originate", "7", [("Variable", "a=1"), ("Variable", "b=é"), ("Async", "")]) == (
        "Action: Originate\r\nActionID: 7\r\nVariable: a=1\r\nVariable: b=é\r\nAsync: \r\n\r\n".encode()
    )


@pytest.mark.parametrize("bad", ["a\r\nAction: Originate", "a\nb", "a\rb", "a\0b", "\ud800"])
@pytest.mark.parametrize("place", ["action", "id", "name", "value"])
def test_nothing_can_break_out_of_its_header(place, bad):
    values = {"action": "Ping", "id": "1", "name": "Channel", "value": "x"} | {place: bad}
    with pytest.raises(UnsafeValue):
        encode(values["action"], values["id"], [(values["name"], values["value"])])


@pytest.mark.parametrize("name", ["", "a:b"])
def test_the_name_of_a_header_is_one(name):
    with pytest.raises(UnsafeValue):
        encode("Ping", "1", [(name, "x")])


def test_a_line_that_asterisk_would_cut_in_two_is_refused():
    room = MAX_LINE_BYTES - len(b"Channel: \r\n")
    assert encode("Hangup", "1", [("Channel", "x" * room)])
    with pytest.raises(UnsafeValue, match="longer than"):
        encode("Hangup", "1", [("Channel", "x" * (room + 1))])


def test_an_error_does_not_tell_the_secret():
    with pytest.raises(UnsafeValue) as refused:
        encode("Login", "1", [("Secret", "tops3cret\n")])
    assert "tops3cret" not in str(refused.value)
    assert isinstance(refused.value, ValueError | WireError)


@given(st.lists(st.tuples(st.text(min_size=1), st.text()), max_size=5))
def test_an_action_reads_back_as_exactly_its_headers_or_is_refused(headers):
    try:
        sent = encode("Act", "1", headers)
    except UnsafeValue:
        return
    lines = sent.decode().split("\r\n")
    assert lines[-2:] == ["", ""]
    assert [tuple(line.split(": ", 1)) for line in lines[:-2]] == [("Action", "Act"), ("ActionID", "1"), *headers]
