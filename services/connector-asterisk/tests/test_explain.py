"""Every fact of a recording names the frame that it came from, where that frame really stands."""

import json
from pathlib import Path

import pytest
from connector_asterisk.replay import events_of, replay
from cti_simulators.traces import find_traces, load_trace

TRACES = Path(__file__).parents[3] / "tests" / "data" / "traces"
PATHS = [path for path in find_traces(TRACES) if not path.name.startswith("x_load")]
# Frames that are about several channels: a list tells what of all of them was missed.
_OF_SEVERAL = ("DialBegin", "BridgeEnter", "Masquerade", "Pickup", "Bridge", "CoreShowChannelsComplete")


def explained(path: Path) -> list[dict]:
    chunks = [(chunk.t, chunk.data) for chunk in load_trace(path).chunks]
    return [json.loads(line) for line in replay(chunks, "explain")]


@pytest.mark.parametrize("path", PATHS, ids=lambda path: f"{path.parent.name}-{path.name.split('.')[0]}")
def test_each_fact_names_a_frame_of_the_recording(path):
    data = b"".join(chunk.data for chunk in load_trace(path).chunks)
    blocks = data.split(b"\r\n", 1)[1].split(b"\r\n\r\n")
    events = list(events_of((chunk.t, chunk.data) for chunk in load_trace(path).chunks))
    lines = explained(path)
    assert [(line["call"], line["version"], line["fact"]) for line in lines] == [
        (event.call.call_id, event.call.version, event.kind) for event in events
    ]
    joined: dict[str, set[str]] = {}
    for line, event in zip(lines, events, strict=True):
        frame = line["frame"]
        block = blocks[frame["number"] - 1]
        assert data[frame["offset"] :].startswith(block), "number and offset name the same block"
        assert f"Event: {frame['event']}".encode() in block
        native = event.native_ids[0].encode() if event.native_ids else b""
        if line["fact"] in ("originated", "delivered", "established", "held", "retrieved", "connection_cleared"):
            assert native in block or frame["event"] in _OF_SEVERAL
        assert frame["event"] in line["why"]
        joined.setdefault(line["call"], set()).update(line.get("joined", ()))
        assert {each.connection_id for each in event.call.connections} <= joined[line["call"]]


def test_the_reason_why_a_telephone_belongs_to_a_call_is_in_words():
    lines = explained(TRACES / "asterisk-22" / "t4_forward_in_dialplan.ami.gz")
    (rings,) = [line for line in lines if line["fact"] == "delivered"]
    assert rings["device"] == "102"
    assert "dialled by PJSIP/trunk-" in rings["why"]
    assert "through Local/102@internal-" in rings["why"]
    assert rings["frame"]["ChannelState"] == "5"
    (click,) = [
        line
        for line in explained(TRACES / "asterisk-22" / "q1_originate_ok.ami.gz")
        if line["fact"] == "originated" and line["device"] == "101"
    ]
    assert "Originate" in click["why"]
