"""The codec of the event socket: byte-exact on a recording, however it is cut, and on hostile input."""

import gzip
import json
import re
from itertools import pairwise
from pathlib import Path

import pytest
from connector_freeswitch.wire import AuthRefused, Decoder, Login, UnsafeValue, api, background, encode
from cti_connector.frames import BadFrame
from hypothesis import given
from hypothesis import strategies as st

TRACES = Path(__file__).parents[3] / "tests" / "data" / "traces" / "freeswitch-1.10"
SENT = re.compile(rb"^>>> [^\n]*\n", re.MULTILINE)


def plain_bytes() -> bytes:
    return SENT.sub(b"", gzip.decompress((TRACES / "out_hold.esl-plain.txt.gz").read_bytes()))


def json_events() -> list[dict]:
    lines = gzip.decompress((TRACES / "out_hold.esl.jsonl.gz").read_bytes()).splitlines()
    return [entry["event"] for entry in map(json.loads, lines) if "event" in entry]


PLAIN = plain_bytes()
WHOLE = Decoder().feed(PLAIN)


def test_plain_events_say_what_the_json_events_of_the_same_call_say():
    plain = [frame.event for frame in WHOLE if frame.event is not None]
    told = json_events()
    assert len(plain) == len(told) == 92
    for event, wanted in zip(plain, told, strict=True):
        for name, value in wanted.items():
            assert event.get(name) == (value if isinstance(value, str) else value[-1]), name


def test_the_frames_are_all_of_the_bytes():
    bodies = sum(len(frame.body) for frame in WHOLE)
    announced = sum(int(frame.headers.get("Content-Length", "0")) for frame in WHOLE)
    assert bodies == announced
    assert [frame.kind for frame in WHOLE[:3]] == ["auth/request", "command/reply", "command/reply"]


@pytest.mark.parametrize("size", [1, 2, 3, 7, 64, 1000, 4096])
def test_cut_into_portions_of_one_size(size):
    data, decoder = PLAIN[:40_000] if size < 64 else PLAIN, Decoder()
    found = [frame for at in range(0, len(data), size) for frame in decoder.feed(data[at : at + size])]
    assert found == WHOLE[: len(found)]
    assert len(found) == len(Decoder().feed(data))


@given(st.lists(st.integers(0, 20_000), max_size=12))
def test_cut_anywhere(cuts):
    data, decoder = PLAIN[:20_000], Decoder()
    edges = [0, *sorted(cuts), len(data)]
    found = [frame for begin, end in pairwise(edges) for frame in decoder.feed(data[begin:end])]
    assert found == Decoder().feed(data)


@given(st.binary(max_size=300))
def test_hostile_bytes_raise_nothing_but_bad_frame(data):
    decoder = Decoder(max_frame_bytes=1000)
    try:
        for frame in decoder.feed(data + b"\n\n" + data):
            assert len(frame.body) <= 1000
    except BadFrame:
        pass


@given(st.dictionaries(st.text("abcXYZ-_", min_size=1), st.text(max_size=40), max_size=6))
def test_any_json_event_comes_through(headers):
    body = json.dumps(headers).encode()
    frame = b"Content-Length: %d\nContent-Type: text/event-json\n\n%s" % (len(body), body)
    (found,) = Decoder().feed(frame)
    assert found.event is not None
    for name, value in headers.items():
        if not value.startswith("ARRAY::"):
            assert found.event.get(name) == value


def test_a_name_that_is_no_utf_8_costs_that_name_alone():
    """FreeSWITCH hands on the bytes that a trunk sent."""
    body = b'{"Event-Name":"CHANNEL_CREATE","Unique-ID":"a","Caller-Caller-ID-Name":"M\xfcller"}'
    (found,) = Decoder().feed(b"Content-Length: %d\nContent-Type: text/event-json\n\n%s" % (len(body), body))
    assert found.event is not None
    assert (found.event.name, found.event.get("Unique-ID")) == ("CHANNEL_CREATE", "a")
    assert found.event.get("Caller-Caller-ID-Name") == "M\ufffdller"


@pytest.mark.parametrize("size", [1 << 20, 8 << 20])
def test_a_huge_event_is_one_event(size):
    body = json.dumps({"Event-Name": "CHANNEL_CREATE", "variable_x": "\u00fc\n|%20" * (size // 8)}).encode()
    data = b"Content-Length: %d\nContent-Type: text/event-json\n\n%s" % (len(body), body)
    decoder = Decoder()
    found = [frame for at in range(0, len(data), 65_536) for frame in decoder.feed(data[at : at + 65_536])]
    assert [frame.event.name for frame in found if frame.event] == ["CHANNEL_CREATE"]
    assert decoder.counts.malformed == 0


def test_a_body_that_is_no_event_costs_only_itself():
    decoder = Decoder()
    broken = b"Content-Length: 5\nContent-Type: text/event-json\n\n{oops"
    found = decoder.feed(broken + b"Content-Type: command/reply\nReply-Text: +OK\n\n")
    assert [frame.reply for frame in found] == ["+OK"]
    assert (decoder.counts.used, decoder.counts.malformed) == (1, 1)


def test_what_cannot_be_framed_ends_the_link():
    with pytest.raises(BadFrame):
        Decoder(max_frame_bytes=100).feed(b"Content-Length: 101\n\n")
    with pytest.raises(BadFrame):
        Decoder().feed(b"x" * 70_000)


def test_several_values_read_alike_in_both_formats():
    plain = b"Event-Name: X\nvariable_a: ARRAY::one|:two%20three\n\n"
    head = b"Content-Length: %d\nContent-Type: text/event-plain\n\n" % len(plain)
    (frame,) = Decoder().feed(head + plain)
    assert frame.event is not None
    assert frame.event.variable("a") == "two three"


def test_commands():
    assert api("show channels as json") == b"api show channels as json\n\n"
    assert background("uuid_kill x", "job-1") == b"bgapi uuid_kill x\nJob-UUID: job-1\n\n"
    for bad in ("a\nb", "a\rb", "a\0b"):
        with pytest.raises(UnsafeValue):
            encode(bad)
        with pytest.raises(UnsafeValue):
            encode("x", {"Job-UUID": bad})


def reply(text: str) -> bytes:
    return f"Content-Type: command/reply\nReply-Text: {text}\n\n".encode()


def test_login():
    login, decoder = Login("ClueCon", ["CHANNEL_CREATE"], ["fifo::info"]), Decoder()
    said = [
        login.take(frame)
        for data in (b"Content-Type: auth/request\n\n", reply("+OK accepted"), reply("+OK event listener enabled json"))
        for frame in decoder.feed(data)
    ]
    assert said == [b"auth ClueCon\n\n", b"event json CHANNEL_CREATE CUSTOM fifo::info\n\n", b""]
    assert login.done


def test_a_wrong_password_and_a_wrong_address():
    login, decoder = Login("x", [], []), Decoder()
    (first,) = decoder.feed(b"Content-Type: auth/request\n\n")
    login.take(first)
    (no,) = decoder.feed(reply("-ERR invalid"))
    with pytest.raises(AuthRefused, match="invalid"):
        login.take(no)
    text = b"Access Denied, go away.\n"
    (rude,) = decoder.feed(b"Content-Type: text/rude-rejection\nContent-Length: %d\n\n%s" % (len(text), text))
    with pytest.raises(AuthRefused, match="go away"):
        Login("x", [], []).take(rude)
