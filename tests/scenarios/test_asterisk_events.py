"""The simulated Asterisk says what the real one says: the same headers, and the same events in each scenario."""

from collections import Counter
from functools import cache

import pytest
from cti_simulators.traces import find_traces, load_trace

from tests.scenarios import asterisk
from tests.scenarios.cases import CASES

CORE = frozenset(
    """
    Newchannel Newstate NewCallerid DialBegin DialState DialEnd Dial BridgeCreate BridgeEnter BridgeLeave BridgeDestroy
    BridgeMerge Hold Unhold MusicOnHoldStart MusicOnHoldStop AttendedTransfer BlindTransfer Transfer Masquerade Rename
    Pickup ParkedCall UnParkedCall ParkedCallTimeOut QueueCallerJoin QueueCallerLeave QueueCallerAbandon AgentCalled
    AgentConnect AgentComplete AgentRingNoAnswer Join Leave ConfbridgeStart ConfbridgeJoin ConfbridgeLeave
    ConfbridgeEnd HangupRequest SoftHangupRequest Hangup OriginateResponse LocalBridge LocalOptimizationBegin
    LocalOptimizationEnd DTMFBegin DTMFEnd QueueMemberPause QueueMemberPaused QueueMemberAdded QueueMemberRemoved
    """.split()  # noqa: SIM905
)


def blocks_of(chunks):
    data = b"".join(data for _, data in chunks).decode("utf-8", "replace")
    for block in data.split("\r\n\r\n"):
        lines = [line.partition(":") for line in block.split("\r\n") if ":" in line]
        if lines and lines[0][0] == "Event":
            yield [(key, value.strip()) for key, _, value in lines]


@cache
def shapes(dialect):
    """The header lists of every event that a version sent in any recording, without ActionID."""
    found = set()
    for path in find_traces(asterisk.TRACES / f"asterisk-{dialect}"):
        found.update(map(shape, blocks_of((chunk.t, chunk.data) for chunk in load_trace(path).chunks)))
    return frozenset(found)


def shape(block):
    privilege = dict(block).get("Privilege", "")
    return (block[0][1], privilege, tuple(key for key, _ in block if key not in ("ActionID", "TechCause")))


ELSE = {
    ("13", "j3_attended_transfer_to_external"): "the telephone's BYE crossed Asterisk's",
    ("11", "r5_blindtransfer_action"): "no such action",
    ("11", "r2_atxfer_action"): "another hang-up cause of a Local channel's half",
    ("11", "n7_queue_local_members"): "causes 0 after a Local channel was optimised away in a queue",
    ("22", "u_dtmf"): "one digit came by SIP INFO",
    ("13", "u_dtmf"): "one digit came by SIP INFO",
}
"""Recordings in which something happened that the scenario does not tell."""


@pytest.mark.parametrize("dialect", asterisk.DIALECTS)
def test_every_event_has_the_headers_of_a_recorded_one(dialect):
    ours = {
        shape(block)
        for case in CASES
        if (dialect, case) not in ELSE
        for block in blocks_of(asterisk.play(dialect, case))
    }
    assert ours - shapes(dialect) == set()


@pytest.mark.parametrize("dialect", asterisk.DIALECTS)
@pytest.mark.parametrize("case", CASES)
def test_the_same_events_as_in_the_recording(dialect, case):
    if (dialect, case) in ELSE:
        pytest.skip(ELSE[dialect, case])
    trace = load_trace(asterisk.TRACES / f"asterisk-{dialect}" / f"{case}.ami.gz")
    recorded = Counter(map(gist, blocks_of((chunk.t, chunk.data) for chunk in trace.chunks)))
    ours = Counter(map(gist, blocks_of(asterisk.play(dialect, case))))
    for each in (recorded, ours):
        for key in [key for key in each if key[0] not in CORE]:
            del each[key]
    assert (ours - recorded, recorded - ours) == (Counter(), Counter())


@pytest.mark.parametrize("dialect", asterisk.DIALECTS)
@pytest.mark.parametrize("case", CASES)
def test_each_channel_tells_in_the_order_of_the_recording(dialect, case):
    if (dialect, case) in ELSE:
        pytest.skip(ELSE[dialect, case])
    trace = load_trace(asterisk.TRACES / f"asterisk-{dialect}" / f"{case}.ami.gz")
    recorded = lives((chunk.t, chunk.data) for chunk in trace.chunks)
    ours = lives(asterisk.play(dialect, case))
    if (dialect, case) in RACES:
        assert ours != recorded, "agrees now: take it off the list"
    else:
        assert ours == recorded


RACES = frozenset(
    (dialect, case)
    for dialect, cases in {
        "22": "j3_attended_transfer_to_external n7_queue_local_members r3_ami_call_control r2_atxfer_action "
        "t5_inbound_via_local m2_feature_attended",
        "13": "m1_feature_blind m2_feature_attended i_outbound_hold_by_external n7_queue_local_members "
        "n10_queue_transfer p_confbridge q1_originate_ok "
        "r2_atxfer_action t1_local_optimised t4_forward_in_dialplan t5_inbound_via_local y_bridge_action",
        "11": "i_outbound_hold_by_external t5_inbound_via_local",
    }.items()
    for case in cases.split()
)
"""Recordings in which threads of Asterisk overtook each other: a telephone rang before the `DialBegin`, the other side
of a Local channel moved, a `BridgeEnter` came before its `ConfbridgeJoin`. The simulator always tells one order."""


def lives(chunks):
    """What each channel (telephone, how many of its kind before) told, in order. `>`: as the one that is dialled."""
    found, names, kinds = {}, {}, Counter()
    for block in blocks_of(chunks):
        values = dict(block)
        event = values["Event"]
        if event == "Newchannel":
            kind = values["Channel"].partition("-")[0] + values["Channel"].partition(";")[2]
            names[values["Uniqueid"]] = (kind, kinds[kind])
            kinds[kind] += 1
        for header, mark in (("Uniqueid", ""), ("UniqueID", ""), ("DestUniqueid", ">"), ("DestUniqueID", ">")):
            if event in CORE and not event.startswith("DTMF") and values.get(header) in names:
                told = found.setdefault(names[values[header]], [])
                told.append(mark + event + values.get("ChannelStateDesc", "") * (event == "Newstate"))
    return found


def gist(block):
    """What an event says of whom: the name, whose telephone, and how it ended."""
    values = dict(block)
    if values["Event"] in ("BridgeEnter", "BridgeLeave"):  # which side a Local channel leaves to the other is a race
        return (values["Event"], values["BridgeType"])
    who = values.get("Channel") or values.get("Channel1") or values.get("DestChannel") or ""
    said = [values.get(key, "") for key in ("ChannelStateDesc", "DialStatus", "Cause", "State", "Status", "Reason")]
    return (values["Event"], who.partition("-")[0], *said)
