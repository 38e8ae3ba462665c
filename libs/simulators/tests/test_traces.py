"""The loader: plain or gzipped, whole or cut, and clear words for what is no trace."""

import gzip
from pathlib import Path

import pytest
from cti_simulators.traces import BadTrace, find_traces, load_trace

TRACES = Path(__file__).parents[3] / "tests" / "data" / "traces"
TIMES = '{"off": 0, "len": 5, "t": 10.5}\n{"off": 5, "len": 3, "t": 11}\n'


def written(folder: Path, data: bytes = b"abcdefgh", times: str = TIMES) -> Path:
    (folder / "x.times.jsonl").write_text(times)
    (folder / "x.ami").write_bytes(data)
    return folder / "x.ami"


def test_every_recording_loads_whole():
    paths = list(find_traces(TRACES))
    assert len(paths) > 200
    for path in paths:
        trace = load_trace(path)
        assert sum(len(chunk.data) for chunk in trace.chunks) == len(gzip.decompress(path.read_bytes()))
        moments = [chunk.t for chunk in trace.chunks]
        assert moments == sorted(moments)
        assert b"Action: " in trace.sent[0] or "garbage" in trace.name


def test_plain_and_gzipped_files_are_the_same(tmp_path):
    path = written(tmp_path)
    plain = load_trace(path).chunks
    for name in ("x.ami", "x.times.jsonl"):
        (tmp_path / f"{name}.gz").write_bytes(gzip.compress((tmp_path / name).read_bytes()))
        (tmp_path / name).unlink()
    trace = load_trace(tmp_path / "x.ami.gz")
    assert trace.chunks == plain
    assert [(chunk.t, chunk.data) for chunk in plain] == [(10.5, b"abcde"), (11.0, b"fgh")]
    assert (trace.name, trace.sent, trace.truth()) == ("x", (), None)


def test_what_a_killed_recorder_left_behind_is_not_lost(tmp_path):
    assert [(c.t, c.data) for c in load_trace(written(tmp_path, b"abcdefghij")).chunks][-1] == (11.0, b"ij")
    assert [(c.t, c.data) for c in load_trace(written(tmp_path, b"abcdefg")).chunks][-1] == (11.0, b"fg")
    (tmp_path / "x.times.jsonl").unlink()
    assert [(c.t, c.data) for c in load_trace(tmp_path / "x.ami").chunks] == [(0.0, b"abcdefg")]


@pytest.mark.parametrize(
    ("times", "says"),
    [
        ("nonsense\n", "line 1"),
        ('{"off": 0, "len": 8}\n', "off, len, t"),
        ("[1, 2, 3]\n", "not an object"),
        ('{"off": 0, "len": "x", "t": 1}\n', "line 1"),
        ('{"off": 0, "len": 5, "t": 1}\n{"off": 6, "len": 2, "t": 1}\n', "does not go on at byte 5"),
        ('{"off": 0, "len": 8, "t": 1}\n{"off": 8, "len": 2, "t": 1}\n', "ends at byte 8"),
    ],
)
def test_a_broken_times_file_is_named(tmp_path, times, says):
    with pytest.raises(BadTrace, match=says) as raised:
        load_trace(written(tmp_path, times=times))
    assert str(tmp_path) in str(raised.value)


def test_a_missing_or_damaged_file_is_named(tmp_path):
    with pytest.raises(BadTrace, match=r"none\.ami"):
        load_trace(tmp_path / "none.ami")
    for damaged in (b"not gzip", gzip.compress(b"x" * 1000)[:20], b"\x1f\x8b\x08" + b"\0" * 7 + b"\xff" * 9):
        (tmp_path / "y.ami.gz").write_bytes(damaged)
        with pytest.raises(BadTrace, match=r"y\.ami\.gz"):
            load_trace(tmp_path / "y.ami.gz")
