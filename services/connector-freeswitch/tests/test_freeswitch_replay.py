"""`trunkline replay freeswitch`: what it prints, and what it says of files that are none."""

import json
import sys
from pathlib import Path

import pytest
from connector_freeswitch.replay import replay
from cti_devstack.cli import main
from cti_simulators.traces import load_trace

TRACES = Path(__file__).parents[3] / "tests" / "data" / "traces" / "freeswitch-1.10"
CALL = TRACES / "blind_transfer.esl.jsonl.gz"


def lines(emit: str, path: Path = CALL) -> list[dict]:
    return [json.loads(line) for line in replay(((chunk.t, chunk.data) for chunk in load_trace(path).chunks), emit)]


def test_every_fact_stands_beside_the_event_that_told_it():
    told, explained = lines("events"), lines("explain")
    assert [each["fact"] for each in explained] == [each["fact"]["type"] for each in told]
    (passed,) = [each for each in explained if each["fact"] == "transferred"]
    assert passed["device"] == "101"
    assert "bl_xfer:103" in passed["frame"]["variable_transfer_source"]
    assert all(each["frame"] for each in explained)


def test_calls_and_records():
    (call,) = lines("calls")
    assert [row["device"] for row in lines("records")] == ["101", "103"]
    assert call["direction"] == "inbound"


@pytest.mark.parametrize("name", ["out_hold.esl-plain.txt.gz", "out_hold.esl.jsonl.gz"])
def test_the_command_reads_both_kinds_of_recording(name, monkeypatch, capfdbinary):
    monkeypatch.setattr(sys, "argv", ["trunkline", "replay", "freeswitch", str(TRACES / name)])
    with pytest.raises(SystemExit) as end:
        main()
    assert end.value.code == 0
    assert capfdbinary.readouterr().out.count(b"\n") == 2


@pytest.mark.parametrize(
    "content", [b'{"t": 1, "dir"', b'{"t": "x"}\n', b"Content-Length: 999999999\n\n", b"x" * 70_000]
)
def test_a_file_that_is_none_is_named(content, tmp_path, monkeypatch, capsys):
    path = tmp_path / "broken.esl.jsonl"
    path.write_bytes(content)
    monkeypatch.setattr(sys, "argv", ["trunkline", "replay", "freeswitch", str(path)])
    with pytest.raises(SystemExit) as end:
        main()
    assert end.value.code == 2
    assert "broken.esl.jsonl" in capsys.readouterr().err
