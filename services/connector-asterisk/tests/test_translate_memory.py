"""What the translator keeps stays bounded by what is alive, however long a conference or a wait in a queue goes on."""

import gc

from connector_asterisk.channels import Channel
from connector_asterisk.testing import Wire, dest, named


def comes(wire: Wire, number: int) -> dict[str, str]:
    """A telephone dials the conference or the queue and is through at once; its channel."""
    channel = named(f"PJSIP/1{number % 90:02}-{number:08x}", f"1.{number}")
    wire.dials(channel, "3001", after_s=1)
    wire.send("Newstate", channel, ChannelState="6")
    return channel


def channels_in_memory() -> int:
    gc.collect()
    return sum(isinstance(each, Channel) for each in gc.get_objects())


def test_those_who_left_a_conference_that_never_ends_are_forgotten():
    wire, before = Wire(), channels_in_memory()
    there: list[dict[str, str]] = []
    for number in range(400):
        channel = comes(wire, number)
        wire.send("BridgeEnter", channel, BridgeUniqueid="conference")
        there.append(channel)
        if len(there) > 3:
            gone = there.pop(0)
            wire.send("BridgeLeave", gone, BridgeUniqueid="conference")
            wire.send("Hangup", gone, after_s=5, Cause="16")
    wire.quiet()
    assert len(wire.state.channels) == 3
    assert channels_in_memory() - before < 12


def test_a_caller_whom_a_queue_offers_for_hours_does_not_keep_who_did_not_answer():
    wire, before = Wire(), channels_in_memory()
    caller = comes(wire, 1)
    wire.send("QueueCallerJoin", caller, Queue="support", Position="1")
    for number in range(2, 300):
        member = named(f"PJSIP/200-{number:08x}", f"1.{number}", caller["Uniqueid"])
        wire.rings(caller, member)
        wire.send("DialEnd", caller, dest(member), after_s=15, DialStatus="NOANSWER")
        wire.send("Hangup", member, Cause="16")
    wire.quiet()
    assert len(wire.state.channels) == 1
    assert len(wire.state.channels[caller["Uniqueid"]].dials) <= 2
    assert channels_in_memory() - before < 6
