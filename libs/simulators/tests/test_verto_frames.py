"""Verto's codec: what we write is what we read, and whatever comes, recorded or not, is read or left alone."""

import json
from collections import Counter
from pathlib import Path

from cti_simulators.webphone.verto_frames import SESSION_ERROR, Fault, Request, Result, encode, parse
from hypothesis import given
from hypothesis import strategies as st

RECORDINGS = Path(__file__).parents[3] / "libs" / "browser" / "tests" / "data" / "verto"
IDS = st.none() | st.integers(min_value=-(2**53), max_value=2**53)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)
OBJECTS = st.dictionaries(st.text(), JSON, max_size=4)
FRAMES = st.builds(Request, IDS, st.text(), OBJECTS) | st.builds(Result, IDS, JSON) | st.builds(Fault, IDS, OBJECTS)


@given(FRAMES)
def test_what_is_written_is_what_is_read(frame):
    assert parse(encode(frame)) == frame


@given(st.text() | st.binary())
def test_whatever_comes_is_a_frame_or_nothing(text):
    frame = parse(text)
    assert frame is None or parse(encode(frame)) == frame


@given(st.dictionaries(st.sampled_from(["id", "method", "params", "result", "error", "x"]), JSON))
def test_whatever_json_comes_is_a_frame_or_nothing(body):
    frame = parse(json.dumps(body))
    if isinstance(frame, Request):
        assert frame.method == body["method"]
        assert isinstance(frame.call_id, str)
    elif isinstance(frame, Fault):
        assert isinstance(frame.code, int)
        assert isinstance(frame.message, str)
    elif frame is None:
        assert not isinstance(body.get("method"), str)
        assert not {"error", "result"} & set(body)


@given(OBJECTS, st.text(), st.text())
def test_the_call_is_found_in_either_place(more, call_id, method):
    more = {name: value for name, value in more.items() if name not in ("callID", "dialogParams")}
    assert Request(1, method, {**more, "callID": call_id}).call_id == call_id
    assert Request(1, method, {**more, "dialogParams": {"callID": call_id}}).call_id == call_id


def test_every_recorded_frame_is_read_and_written_alike():
    kinds: Counter[str] = Counter()
    for path in sorted(RECORDINGS.glob("*.jsonl")):
        for line in path.read_text().splitlines():
            text = json.loads(line).get("frame")
            if text is None:
                continue
            frame = parse(text)
            kinds[type(frame).__name__] += 1
            if frame is not None:
                assert parse(encode(frame)) == frame
    assert kinds["Request"] > 150
    assert (kinds["Result"], kinds["Fault"], kinds["NoneType"]) == (148, 23, 3)  # no JSON, an empty batch, its answer


def test_what_is_special():
    twice = parse('{"jsonrpc":"2.0","id":7,"error":{"message":"SDP missing","message":"CALL ERROR","code":-32002}}')
    assert isinstance(twice, Fault)
    assert (twice.message, twice.code) == ("CALL ERROR", SESSION_ERROR)
    assert parse("#SPU 100") is None
    assert parse("[]") is None
    assert parse("[" * 100_000) is None
    neither = parse('{"jsonrpc":"2.0","id":8,"error":{"notSubscribedChannels":["x"]}}')
    assert isinstance(neither, Fault)
    assert (neither.code, neither.message) == (0, "")
