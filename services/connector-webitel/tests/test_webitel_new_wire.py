"""Frames of the engine's WebSocket: whole, cut anywhere, broken, refused."""

from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
from connector_webitel.new.wire import Decoder, Fault, Notice, Reply, fields, instant, moment, number, request, text
from cti_connector.frames import BadFrame
from hypothesis import given
from hypothesis import strategies as st

HELLO = b'{"event":"hello","seq":0,"data":{"session":{"user_id":12},"ping_interval":30000}}\n'
OK = b'{"status":"OK","seq_reply":1}\n'
FAIL = (
    b'{"status":"FAIL","seq_reply":10,"error":{"id":"external.bridge_call.app_error","status":"Internal Server Error",'
    b'"detail":"Invalid id","code":500}}\n'
)
FRAMES = [
    Notice("hello", {"session": {"user_id": 12}, "ping_interval": 30000}),
    Reply(1),
    Reply(10, {}, Fault("external.bridge_call.app_error", 500, "Invalid id")),
]


@given(st.lists(st.integers(1, len(HELLO + OK + FAIL) - 1)))
def test_frames_may_be_cut_anywhere(cuts: list[int]):
    whole, found, decoder = HELLO + OK + FAIL, [], Decoder()
    for begin, end in zip([0, *sorted(cuts)], [*sorted(cuts), len(whole)], strict=True):
        found += decoder.feed(whole[begin:end])
    assert found == FRAMES


def test_four_nul_characters_mean_nothing():
    decoder = Decoder()
    assert decoder.feed(b"\0\0\0\0\n" + OK) == [Reply(1)]
    assert decoder.counts.malformed == 0


_json = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**62), 2**62) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["event", "data", "status", "seq_reply", "error", "code", "x"]), inner, max_size=4
        )
    ),
    max_leaves=12,
)


@given(st.lists(_json.map(msgspec.json.encode) | st.binary(max_size=40).map(lambda data: data.replace(b"\n", b" "))))
def test_a_broken_frame_costs_only_itself(lines: list[bytes]):
    assert Decoder().feed(b"".join(line + b"\n" for line in lines) + OK)[-1] == Reply(1)


@pytest.mark.parametrize(
    "frame",
    [
        {"event": "call"},
        {"event": "call", "data": {"call": {"id": "c1", "event": None}}},
        {"event": "call", "data": {"call": {"id": {}, "event": "hold"}}},
        {"event": "call", "data": {"id": "c1", "event": "hold"}},
        {"event": "channel", "data": {"channel": "call"}},
        {"event": "channel", "data": [{"channel": "call", "status": "missed"}]},
        {"event": "agent_status", "data": {"agent_id": True, "status": "online"}},
        {"event": 7, "data": {}},
        {"status": "OK", "data": {}},
        {"status": "OK", "seq_reply": -1},
        {"status": None, "seq_reply": 1},
        [],
        "event",
    ],
)
def test_a_frame_without_what_it_needs_is_counted_as_none(frame: Any):
    decoder = Decoder()
    assert decoder.feed(msgspec.json.encode(frame) + b"\n" + OK) == [Reply(1)]
    assert (decoder.counts.malformed, decoder.counts.used) == (1, 1)


def test_an_event_of_which_nothing_is_known_is_one():
    assert Decoder().feed(b'{"event":"chat"}\n') == [Notice("chat", {})]


@pytest.mark.parametrize("line", [b'{"event":"call","x":' + b"9" * 9999 + b"}", b"[" * 99_999, b'{"x":NaN}', b"\xff{}"])
def test_what_no_encoder_writes_costs_only_itself(line: bytes):
    decoder = Decoder()
    assert decoder.feed(line + b"\n" + OK) == [Reply(1)]
    assert decoder.counts.malformed == 1


def test_a_frame_without_end_is_given_up():
    with pytest.raises(BadFrame):
        Decoder(10).feed(b"x" * 11)


def test_numbers_and_instants_come_as_numbers_and_as_texts():
    at = datetime(2025, 11, 20, 9, 6, 40, 123000, tzinfo=UTC)
    assert instant({"at": "1763629600123"}, "at") == instant({"at": 1763629600123}, "at") == at
    assert instant({"at": 0}, "at") is instant({}, "at") is instant({"at": "9" * 18}, "at") is None
    assert number({"n": True}, "n") == number({"n": "²"}, "n") == 0
    assert fields({"data": []}, "data") == {}
    assert text({"n": 10**18}, "n") == ""
    assert moment({"at": 1763629600123}, "at", at) == at
    assert moment({"at": 1000}, "at", at) is moment({"at": 253402300799000}, "at", at) is None


def test_requests_are_written_as_the_sdk_writes_them():
    assert request(2, "subscribe_call") == b'{"seq":2,"action":"subscribe_call"}\n'
    assert msgspec.json.decode(request(1, "ping", {"ping": 1})) == {"seq": 1, "action": "ping", "data": {"ping": 1}}
