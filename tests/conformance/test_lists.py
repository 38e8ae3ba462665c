"""The lists that are computed from a recording are those that the recorded Asterisk gave at the same moments.

Beside a recording stands what its command line showed (`core show channels concise`) at marked moments; in one of each
version the manager's own list was asked for.
"""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from connector_asterisk.items import SnapshotChannel
from connector_asterisk.snapshot import LISTED, Overheard
from connector_asterisk.wire import Decoder
from cti_simulators.traces import find_traces, load_trace
from msgspec.structs import replace

from tests.conformance.lists import Lists
from tests.conformance.table import TRACES

STATES = {0: "Down", 4: "Ring", 5: "Ringing", 6: "Up"}
UNSEEN = ("CBAnn/",)  # no event tells of a conference's announcer
AROUND_S = (0.05, 0.6)  # the command was given and answered somewhere around the mark


def marked() -> list[Path]:
    found = [path for path in find_traces(TRACES) if path.parent.name.startswith("asterisk-")]
    # What lived when a recording began is in none of its events; three users' views of one call have no dialplan.
    found = [path for path in found if not path.name.startswith(("v2_", "z3_cti_user_", "x_load"))]
    return [path for path in found if (load_trace(path).truth() or {}).get("snapshots")]


@pytest.mark.parametrize("path", marked(), ids=lambda path: f"{path.parent.name}-{path.name.split('.')[0]}")
def test_what_the_command_line_showed(path):
    trace = load_trace(path)
    old, lists, decoder = path.parent.name == "asterisk-11", Lists(), Decoder(None)
    frames = [(chunk.t, frame) for chunk in trace.chunks for frame in decoder.feed(chunk.data)]
    for mark in trace.truth()["snapshots"]:
        shown = {line.rpartition("!")[2]: line.split("!") for line in mark["core_show_channels_concise"] if "!" in line}
        shown = {uid: fields for uid, fields in shown.items() if not fields[0].startswith(UNSEEN)}
        agreed = False
        while not agreed:
            at = frames[0][0] if frames else mark["t"] + AROUND_S[1]
            if at > mark["t"] - AROUND_S[0]:
                now = datetime.fromtimestamp(mark["t"], UTC)
                agreed = agrees(lists.snapshot(now).channels or (), shown, old=old)
            if not agreed:
                assert frames, mark["label"]
                assert at <= mark["t"] + AROUND_S[1], f"{mark['label']}: {lists.snapshot(now).channels}, shown {shown}"
                lists.see(frames[0][1], datetime.fromtimestamp(at, UTC))
                del frames[0]


def agrees(ours: tuple[SnapshotChannel, ...], shown: dict[str, list[str]], *, old: bool) -> bool:
    """Whether names, states, applications, numbers, talks and ages are those of the command's lines.

    A line: name!context!exten!priority!state!application!data!number!!!!seconds!bridge (11: the other's name)!id.
    """
    if {each.uid for each in ours} != set(shown):
        return False
    for each in ours:
        name, _, _, _, state, application, *rest = shown[each.uid]
        number, seconds, bridge = rest[-7], int(rest[-3]), rest[-2].replace("(None)", "")
        talks = [other.name for other in ours if other is not each and each.bridge_id == other.bridge_id != ""]
        mate = ",".join(talks) if old else each.bridge_id
        if (each.name, STATES[each.state], mate) != (name, state, bridge):
            return False
        if each.application != application.replace("(None)", "") or abs((each.duration or 0) - seconds) > 1:
            return False
        if each.application in ("Dial", "Queue") and each.data != "!".join(rest[:-7]):
            return False
        if each.caller.number != number and not name.startswith("Local/"):  # 11 tells no later number of one of these
            return False
    return True


@pytest.mark.parametrize("version", ["asterisk-11", "asterisk-13", "asterisk-22"])
def test_what_the_manager_was_told(version):
    lists, asked, compared = Lists(), Overheard(), 0
    decoder = Decoder(None)
    for chunk in load_trace(TRACES / version / "z1_snapshots_mid_call.ami.gz").chunks:
        at = datetime.fromtimestamp(chunk.t, UTC)
        for frame in decoder.feed(chunk.data):
            told = asked.feed(frame) if frame.name in LISTED or frame.is_response else None
            if told is not None and told.channels is not None:
                ours = {each.uid: each for each in lists.snapshot(at).channels or ()}
                for each in told.channels:
                    mine = ours.pop(each.uid)
                    alike = replace(mine, duration=each.duration, exten=each.exten)
                    assert alike == each
                    assert abs((mine.duration or 0) - (each.duration or 0)) <= 1
                assert not ours
                compared += 1
            lists.see(frame, at)
    assert compared == 1
