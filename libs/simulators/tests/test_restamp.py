"""Each replay is a new call: ids map one to one within a replay and are shared with no other."""

import re
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cti_simulators.asterisk.restamp import Ids, Restamp, on_floor
from cti_simulators.asterisk.script import script
from cti_simulators.traces import find_traces, load_trace

TRACES = Path(__file__).parents[3] / "tests" / "data" / "traces"
PATHS = [path for path in find_traces(TRACES) if not path.name.startswith("x_load")]
SHIFT = 3_000_000.0
# Found here by their headers' names and a channel's `Technology/`, not by the patterns of the code under test.
UNIQUEID = re.compile(rb"^\w*(?:Uniqueid|UniqueID|UniqueId|Linkedid|LinkedID)[12]?: (\d+\.\d+)", re.MULTILINE)
BRIDGE = re.compile(rb"^Bridge\w*[Ii]d: ([0-9a-f-]{36})", re.MULTILINE)
CHANNEL = re.compile(rb"^\w*(?:Channel|Newname|LocalOneChannel)[12]?: (\S+/\S+?)(?:<\w+>)?\r", re.MULTILINE)


def shifted(then: float) -> float:
    return then + SHIFT


def ids(data: bytes) -> list[bytes]:
    found = [(match.start(), match[1]) for each in (UNIQUEID, BRIDGE, CHANNEL) for match in each.finditer(data)]
    return [text for _, text in sorted(found)]


def recorded(path: Path) -> bytes:
    return b"".join(block for beat in script(load_trace(path)) for block in beat.blocks)


def unmarked(data: bytes) -> bytes:
    """The bytes with all that looks like an id or an instant blanked."""
    data = re.sub(rb"20\d\d-\d\d-\d\d[T ]\d\d:\d\d:\d\d", b"DATE", data)
    return re.sub(rb"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|(?<=-)[0-9a-f]{8}|\d{10}(\.\d+)?", b"ID", data)


@pytest.mark.parametrize("path", PATHS, ids=lambda path: f"{path.parent.name}-{path.name.split('.')[0]}")
def test_ids_map_one_to_one_and_are_new_in_each_replay(path):
    data = recorded(path)
    server = Ids("test")
    once, twice = Restamp(server, shifted)(data), Restamp(server, shifted)(data)
    old, first, second = ids(data), ids(once), ids(twice)
    assert len(old) == len(first) == len(second)
    pairs = set(zip(old, first, strict=True))
    assert len(pairs) == len({new for _, new in pairs}) == len({was for was, _ in pairs}) == len(set(old))
    bare = {text for text in old if not re.search(rb"-[0-9a-f]{8}|\.\d|-[0-9a-f]{12}", text)}
    assert not (set(first) & set(second)) - bare
    fresh = {text for text in first if b"/" not in text}  # channels' names count from 0 again on another server
    assert not fresh & set(old)
    assert unmarked(once) == unmarked(twice) == unmarked(data)


def test_a_replay_can_be_restamped_block_by_block():
    beats = script(load_trace(TRACES / "asterisk-22" / "j_attended_transfer.ami.gz"))
    blocks = [block for beat in beats for block in beat.blocks]
    at_once, by_block = Restamp(Ids("test"), shifted), Restamp(Ids("test"), shifted)
    assert at_once(b"".join(blocks)) == b"".join(map(by_block, blocks))
    assert at_once.uniqueids == by_block.uniqueids == set(UNIQUEID.findall(at_once(b"".join(blocks))))


def test_both_halves_of_a_local_channel_and_its_zombie_keep_their_common_name():
    restamp = Restamp(Ids("test"), shifted)
    out = restamp(
        b"Channel: Local/102@internal-0000000a;1\r\nChannel: Local/102@internal-0000000a;2\r\n"
        b"Newname: Bridge/SIP/101-0000000b<ZOMBIE>\r\nLine: (PJSIP/1-0000000c,PJSIP/2-0000000c&SIP/t-0000000b!x)\r\n"
    )
    assert Counter(re.findall(rb"-([0-9a-f]{8})", out)) == {b"00000001": 2, b"00000002": 2, b"00000003": 2}
    assert b"<ZOMBIE>" in out
    assert b"internal-00000001;2" in out


@pytest.mark.parametrize(
    "line",
    [
        b"Value: a-0000000a is no channel",
        b"Exten: 79161234567",
        b"DLSR: 4.2377(sec)",
        b"LastSR: 41182.724485548713967616",
        b"TheirLastSR: 2698927569",
        b"LastCall: 0",
        b"RemoteAddress: IPV4/UDP/127.0.0.1/6100",
        b"Duration: 00:00:12",
    ],
)
def test_what_is_no_id_stays(line):
    assert Restamp(Ids("test"), shifted)(line + b"\r\n") == line + b"\r\n"


def test_instants_move_with_the_clock():
    now = datetime(2031, 1, 2, 3, 4, 5, 678000, UTC).timestamp()
    recorded_at = datetime(2026, 11, 20, 10, 2, 24, 261000, UTC).timestamp()
    restamp = Restamp(Ids("test"), lambda then: now + (then - recorded_at) / 2)
    out = restamp(
        b"EventTV: 2026-11-20T10:02:26.261+0000\r\nAnswerTime: 2026-11-20 10:02:24\r\nTimestamp: %.6f\r\n"
        b"LastCall: %d\r\nUniqueid: %d.41\r\n" % (recorded_at + 10, recorded_at, recorded_at)
    )
    assert out == (
        b"EventTV: 2031-01-02T03:04:06.678+0000\r\nAnswerTime: 2031-01-02 03:04:05\r\nTimestamp: %.6f\r\n"
        b"LastCall: %d\r\nUniqueid: %d.1\r\n" % (now + 5, int(now), int(now))
    )


def test_two_servers_never_share_a_bridge():
    line = b"BridgeUniqueid: 1a2f1746-e700-4b39-a58c-822e46f77012\r\n"
    assert Restamp(Ids("one"), shifted)(line) != Restamp(Ids("other"), shifted)(line)
    assert Restamp(Ids("one"), shifted)(line) == Restamp(Ids("one"), shifted)(line)


def test_a_script_has_every_call_event_and_nothing_of_the_recorders_session():
    for path in PATHS:
        trace = load_trace(path)
        data, kept = b"".join(chunk.data for chunk in trace.chunks), recorded(path)
        for name in (b"Newchannel", b"Hangup", b"VarSet", b"OriginateResponse", b"BridgeEnter", b"Hold"):
            event = b"Event: " + name + b"\r\n"
            assert kept.count(event) == data.count(event), (path, name)
        for alien in (
            b"Response: Success\r\nActionID",
            b"Goodbye",
            b"Call Manager",
            b"FullyBooted",
            b"CoreShowChannel",
        ):
            assert alien not in kept, (path, alien)
        assert not kept or kept.endswith(b"\r\n\r\n")


def test_another_floor_means_other_telephones_and_nothing_else():
    old = (
        b"Channel: PJSIP/101-0000a101\r\nCallerIDName: Operator 104\r\nExten: PJSIP_102\r\n"
        b"AppData: PJSIP/101&SIP/103,20\r\n"
        b"Uniqueid: 1795538268.101\r\nBridgeUniqueid: a101f746-e700-4b39-101c-822e46f77101\r\nCause: 102\r\n"
        b"Exten: 74950000101\r\nExten: 105\r\nEventTV: 2026-11-20T10:02:26.101+0000\r\n"
    )
    assert on_floor(old, 0) == old
    assert on_floor(old, 2) == (
        old.replace(b"PJSIP/101", b"PJSIP/121")
        .replace(b"Operator 104", b"Operator 124")
        .replace(b"PJSIP_102", b"PJSIP_122")
        .replace(b"SIP/103", b"SIP/123")
    )
