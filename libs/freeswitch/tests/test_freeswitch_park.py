"""Who waits in `park`: taken out of it, or sent on (from source; the taking is recorded)."""

from datetime import timedelta

from cti_model.calls import ConnectionState

from .test_freeswitch_translate import Wire, leg


def test_who_waits_in_park_and_is_sent_to_another_number_waits_no_more():
    wire = Wire()
    a = leg("a", "101", to="9199")
    wire.send("CHANNEL_CREATE", a)
    wire.send("CHANNEL_ANSWER", a)
    assert [event.kind for event in wire.send("CHANNEL_PARK", a)] == ["parked"]
    wire.send("CHANNEL_UNPARK", a)
    b = leg("b", "102", out=True, by="a", to="102")
    wire.send("CHANNEL_CREATE", b, 0.1)
    wire.send("CHANNEL_PROGRESS", b)
    assert [event.kind for event in wire.told][-2:] == ["unparked", "delivered"]
    assert wire.told[-2].fact.timed_out
    [mine] = [each for each in wire.told[-1].call.connections if each.device.number == "101"]
    assert mine.state is not ConnectionState.QUEUED


def test_who_is_taken_out_of_park_is_taken_back():
    """`CHANNEL_UNPARK` comes right before the bridge (recorded: 3 ms)."""
    wire = Wire()
    a, c = leg("a", "101", to="9199"), leg("c", "102", to="9199")
    for each in (a, c):
        wire.send("CHANNEL_CREATE", each)
        wire.send("CHANNEL_ANSWER", each)
    wire.send("CHANNEL_PARK", a)
    wire.send("CHANNEL_UNPARK", a)
    wire.now += timedelta(milliseconds=30)
    wire.send("CHANNEL_BRIDGE", c, 0.0, Bridge__A__Unique__ID="c", Bridge__B__Unique__ID="a")
    assert [event.fact.timed_out for event in wire.told if event.kind == "unparked"] == [False]
