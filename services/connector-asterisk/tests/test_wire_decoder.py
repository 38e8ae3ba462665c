"""The decoder: real recordings however they are cut, and everything that is not AMI."""

import random
import tracemalloc
from collections import Counter
from itertools import pairwise
from pathlib import Path

import pytest
from connector_asterisk.wire import MAX_FRAME_BYTES, Counts, Decoder, Frame
from cti_simulators.traces import Trace, find_traces, load_trace
from hypothesis import example, given, settings
from hypothesis import strategies as st

TRACES = Path(__file__).parents[3] / "tests" / "data" / "traces"
PATHS = list(find_traces(TRACES))
SMALL = [path for path in PATHS if path.stat().st_size < 6000]
BANNER = b"Asterisk Call Manager/11.0.0\r\n"
HANGUP = b"Event: Hangup\r\nUniqueid: 1795168944.41\r\nCause: 16\r\n\r\n"
Plain = tuple[str, tuple[tuple[str, str], ...]]


def whole(trace: Trace) -> bytes:
    return b"".join(chunk.data for chunk in trace.chunks)


def plain(frames: list[Frame]) -> list[Plain]:
    return [(frame.name, tuple(frame.headers.items())) for frame in frames]


def decoded(pieces, wanted: frozenset[str] | None = None, limit: int = MAX_FRAME_BYTES) -> tuple[list[Frame], Decoder]:
    decoder = Decoder(wanted, limit)
    return [frame for piece in pieces for frame in decoder.feed(piece)], decoder


def in_bytes(data: bytes) -> list[bytes]:
    return [data[at : at + 1] for at in range(len(data))]


def after_banner(data: bytes, limit: int = MAX_FRAME_BYTES) -> tuple[list[Frame], Counts]:
    """The frames of `data`, which must be the same in one piece and byte by byte."""
    at_once, decoder = decoded([BANNER + data], limit=limit)
    slowly, again = decoded(in_bytes(BANNER + data), limit=limit)
    assert plain(slowly) == plain(at_once)
    assert again.counts == decoder.counts
    return at_once, decoder.counts


def reference(data: bytes) -> Counter[str]:
    """Names counted by another, naive way: the first line of each block."""
    blocks = data.split(b"\r\n", 1)[1].split(b"\r\n\r\n")
    firsts = [block.split(b"\r\n")[0].decode() for block in blocks if block]
    return Counter(first.removeprefix("Event: ") if first.startswith("Event: ") else "" for first in firsts)


@pytest.mark.parametrize("path", PATHS, ids=lambda path: f"{path.parent.name}-{path.name.split('.')[0]}")
def test_a_recording_gives_the_same_frames_however_it_is_cut(path):
    trace = load_trace(path)
    data = whole(trace)
    at_once, decoder = decoded([data])
    as_received, _ = decoded(chunk.data for chunk in trace.chunks)
    cut = random.Random(path.name)
    marks = [0, *sorted(cut.sample(range(1, len(data)), min(len(data) - 1, 400))), len(data)]
    at_random, _ = decoded(data[start:end] for start, end in pairwise(marks))
    assert plain(as_received) == plain(at_once)
    assert plain(at_random) == plain(at_once)
    if len(data) < 60_000:
        assert plain(decoded(in_bytes(data))[0]) == plain(at_once)
    assert decoder.banner is not None
    assert decoder.banner.startswith("Asterisk Call Manager/")
    assert Counter(frame.name for frame in at_once) == reference(data)
    assert decoder.counts == Counts(used=len(at_once), bytes=len(data))


@given(st.sampled_from(SMALL), st.data())
@settings(max_examples=60, deadline=None)
def test_any_cuts_give_the_same_frames(path, data):
    recorded = whole(load_trace(path))
    marks = sorted(data.draw(st.sets(st.integers(1, len(recorded) - 1), max_size=60)))
    pieces = [recorded[start:end] for start, end in zip([0, *marks], [*marks, len(recorded)], strict=True)]
    assert plain(decoded(pieces)[0]) == plain(decoded([recorded])[0])


def test_unwanted_events_are_only_counted_and_the_others_are_the_same():
    data = whole(load_trace(TRACES / "asterisk-22" / "j_attended_transfer.ami.gz"))
    wanted = frozenset({"Newchannel", "Hangup", "AttendedTransfer"})
    everything, _ = decoded([data])
    some, decoder = decoded([data], wanted)
    assert plain(some) == plain([frame for frame in everything if frame.is_response or frame.name in wanted])
    assert decoder.counts.skipped == len(everything) - len(some)
    rest = Counter(frame.name for frame in everything if frame.name and frame.name not in wanted)
    assert decoder.skipped_events == rest


def test_names_that_are_not_ascii_come_out_right():
    data = whole(load_trace(TRACES / "asterisk-22" / "g2_inbound_utf8_name.ami.gz"))
    for pieces in ([data], in_bytes(data)):
        names = {frame.get("CallerIDName") for frame in decoded(pieces)[0] if frame.name == "Newchannel"}
        assert any("а" <= letter.lower() <= "я" for name in names for letter in name), names


def test_invalid_utf8_does_not_cost_the_frame():
    frames, counts = after_banner(b"Event: Newchannel\r\nCallerIDName: \xc8\xe2\xe0\xed\r\nUniqueid: 1.2\r\n\r\n")
    assert [frame.get("Uniqueid") for frame in frames] == ["1.2"]
    assert frames[0].get("CallerIDName") == "\ufffd" * 4
    assert counts.malformed == 0


def test_header_names_are_case_insensitive_and_repeats_are_kept():
    block = b"Event: AgentCalled\r\nVariable: a=1\r\nUniqueID:7.1\r\nvariable:  b=2 \r\nUniqueid: 9.9\r\nEmpty:\r\n\r\n"
    (frame,), _ = after_banner(block)
    assert frame.get("uniqueid") == frame.get("UNIQUEID") == "7.1"
    assert frame.get_all("Variable") == ["a=1", " b=2 "]
    assert (frame.get("Empty", "?"), frame.get("Absent", "?")) == ("", "?")


@pytest.mark.parametrize(
    ("broken", "why"),
    [
        (b"Event: Hangup\r\nno colon here\r\nCause: 16", "a line without a colon"),
        (b"Event: Hangup\r\n: no name\r\nCause: 16", "a line without a name"),
        (b"Event: Hangup\r\nChannel: PJSIP/1\x0001\r\nCause: 16", "NUL in a value"),
        (b"Event: Hang\x00up\r\nCause: 16", "NUL in the name"),
        (b"Event: \r\nCause: 16", "no name"),
        (b"Cause: 16\r\nChannel: x", "neither event nor response"),
        (b"\xff\xfe\x00\x01 garbage", "garbage"),
        (b"GET / HTTP/1.1\r\nHost: example", "another protocol"),
        (b"Response: Success\r\nnot a header", "a response with a broken line"),
    ],
)
def test_a_broken_block_is_refused_and_nothing_else_is_lost(broken, why):
    frames, counts = after_banner(HANGUP + broken + b"\r\n\r\n" + HANGUP)
    assert [frame.name for frame in frames] == ["Hangup", "Hangup"], why
    assert (counts.used, counts.malformed, counts.oversize) == (2, 1, 0)


def test_a_broken_event_that_nobody_wants_is_refused_where_its_name_shows_it():
    frames, decoder = decoded([BANNER + b"Event: \r\nA: b\r\n\r\nEvent: \0\r\n\r\n" + HANGUP], frozenset({"Hangup"}))
    assert [frame.name for frame in frames] == ["Hangup"]
    assert (decoder.counts.malformed, decoder.counts.skipped) == (2, 0)


def test_stray_empty_lines_and_an_event_whose_name_comes_late_are_harmless():
    late = b"Privilege: call,all\r\nEvent: Newstate\r\nUniqueid: 1.1\r\n\r\n"
    frames, counts = after_banner(b"\r\n\r\n\r\n" + HANGUP + b"\r\n" + HANGUP + late)
    assert [frame.name for frame in frames] == ["Hangup", "Hangup", "Newstate"]
    assert counts.malformed == 0
    _, decoder = decoded([BANNER + late + b"\r\n" + late], frozenset({"Hangup"}))
    assert (decoder.counts.used, decoder.counts.skipped) == (0, 2)


@pytest.mark.parametrize("size", [99, 100, 101, 102, 103, 104, 105, 5000])
def test_a_block_above_the_bound_is_refused_and_one_at_it_is_not(size):
    head = b"Event: Newchannel\r\nChannel: "
    block = head + b"x" * (size - len(head))
    frames, counts = after_banner(block + b"\r\n\r\n" + HANGUP, limit=100)
    fits = size <= 100
    assert [frame.name for frame in frames] == ["Newchannel"] * fits + ["Hangup"]
    assert counts.oversize == (not fits)


def test_memory_stays_bounded_while_an_endless_block_streams_through():
    decoder = Decoder(max_frame_bytes=64 * 1024)
    decoder.feed(BANNER + b"Event: Newchannel\r\nChannel: ")
    piece = b"x" * 4096
    tracemalloc.start()
    for _ in range(2000):
        assert decoder.feed(piece) == []
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 4 * 64 * 1024
    assert [frame.name for frame in decoder.feed(b"\r\n\r\n" + HANGUP)] == ["Hangup"]
    assert decoder.counts.oversize == 1


def test_a_megabyte_of_one_header_costs_only_its_block():
    flood = b"Event: VarSet\r\nValue: " + b"y" * 2**20 + b"\r\n\r\n"
    data = BANNER + HANGUP + flood + HANGUP
    pieces = [data[at : at + 1460] for at in range(0, len(data), 1460)]
    frames, decoder = decoded(pieces)
    assert [frame.name for frame in frames] == ["Hangup", "Hangup"]
    assert decoder.counts.oversize == 1


def test_invented_event_names_do_not_fill_the_memory():
    decoder = Decoder(frozenset({"Hangup"}))
    decoder.feed(BANNER)
    for number in range(5000):
        decoder.feed(b"Event: Nonsense%d\r\nA: b\r\n\r\nEvent: %s\r\nA: b\r\n\r\n" % (number, b"n" * 1000))
    assert decoder.counts.skipped == 10_000
    assert len(decoder.skipped_events) < 600
    assert sum(decoder.skipped_events.values()) == 10_000
    assert max(map(len, decoder.skipped_events)) <= 64


def test_a_server_that_never_ends_its_first_line_is_bounded():
    decoder = Decoder(max_frame_bytes=1000)
    for _ in range(100):
        assert decoder.feed(b"z" * 500) == []
    assert decoder.banner is None
    decoder.feed(b"\n")
    assert decoder.banner is not None
    assert len(decoder.banner) <= 1000


NOISE = st.one_of(
    st.binary(max_size=80),
    st.sampled_from([b"\r\n\r\n", b"\r\n", b"Event: ", b"\0", b":", HANGUP, BANNER]),
    st.sampled_from([b"Response: Follows\r\n", b"--END COMMAND--", b"\r\n\r\nEvent: Hangup", b"x" * 150]),
)


@given(st.lists(NOISE, max_size=40))
@example([b"\n", b"Response: Follows\r\n", b"\r\n\r\n", b"Event: x\r\n\r\n"])
@example([b"\n", b"Response: Follows\r\nPrivilege:", b"--END COMMAND--", b"\r\n\r\n"])
@example([b"\n", b"Response: Follows\r\n", b"\0" * 77, b"\0" * 80, b"\0" * 22, b"\r\n\r\n", b"Event: "])
@example([b"\n", b"Response: Follows\r\n", b"x" * 260, b"\r\nEvent: " + b"y" * 55, b"z"])
@example([b"\n", b"x" * 204 + b"Res", b"ponse: Follows\r\n", b"\r\n\r\n", b"Event: Hangup\r\n\r\n"])
@settings(max_examples=400, deadline=None)
def test_whatever_comes_nothing_raises_and_cuts_do_not_matter(pieces):
    limit = 200
    data = b"".join(pieces)
    one, first = decoded([data], limit=limit)
    many, second = decoded(pieces, limit=limit)
    slow, third = decoded(in_bytes(data), limit=limit)
    if b"\n" in data[:limit]:
        assert plain(one) == plain(many) == plain(slow)
        assert first.counts == second.counts == third.counts
    for decoder in (first, second, third):
        assert decoder.counts.bytes == len(data)
        assert len(decoder._rest) <= limit + 100


@given(st.binary(max_size=300).filter(lambda noise: b"\r\n\r\n" not in noise + b"\r\n\r"))
@settings(max_examples=200, deadline=None)
def test_garbage_costs_only_its_own_block(noise):
    frames, decoder = decoded([BANNER + HANGUP + noise + b"\r\n\r\n" + HANGUP + HANGUP])
    assert plain(frames)[0] == plain(frames)[-1] == plain(decoded([BANNER + HANGUP])[0])[0]
    names = [frame.name for frame in frames]
    assert names.count("Hangup") >= 3 or (noise.startswith(b"Response: Follows") and names.count("Hangup") >= 2)
    assert decoder.counts.used + decoder.counts.malformed >= 3
