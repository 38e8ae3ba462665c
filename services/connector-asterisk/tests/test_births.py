"""When a channel truly began, where it is told late; and when nothing may be concluded."""

from datetime import UTC, datetime, timedelta

from connector_asterisk.births import Births
from connector_asterisk.testing import Wire, named
from cti_model.events import Delivered

EPOCH = 1_795_169_400
AHEAD = timedelta(seconds=3, milliseconds=200)  # our clock against the PBX's


def at(seconds: float) -> datetime:
    return datetime.fromtimestamp(EPOCH + seconds, UTC) + AHEAD


def uid(seconds: int, number: int, system: str = "") -> str:
    return f"{system}{EPOCH + seconds}.{number}"


def watched(*frames: float) -> Births:
    births = Births()
    for second in frames:
        births.hear(at(second))
        births.of(uid(int(second), 1), at(second))
    return births


def test_a_channel_that_is_heard_of_at_once_began_then():
    births = watched(0.1, 3.4, 7.9)
    births.hear(at(12.5))
    assert births.of(uid(12, 4), at(12.5)) is None


def test_a_channel_told_behind_a_blocking_action_began_in_its_second():
    births = watched(0.0, 3.4)
    births.hear(at(20))
    for name in (uid(15, 4), uid(15, 5, "pbx1-")):
        born = births.of(name, at(20.001))
        assert born is not None
        assert abs(born - at(15.5)) <= timedelta(seconds=0.5)


def test_without_a_channel_told_in_time_the_clocks_cannot_be_compared():
    births = Births()
    births.hear(at(0))
    births.hear(at(20))
    assert births.of(uid(15, 4), at(20)) is None


def test_a_clock_that_was_set_back_is_no_blocking_action():
    births = watched(*(float(second) for second in range(10)))
    for second in range(10, 15):  # frames come all the time, only their seconds are old
        births.hear(at(second + 0.5))
        assert births.of(uid(second - 8, second), at(second + 0.5)) is None


def test_an_id_without_seconds_tells_nothing():
    births = watched(0.0)
    births.hear(at(20))
    for name in ("asterisk-12.3", "", "17.1", "abc"):
        assert births.of(name, at(20)) is None


def test_a_click_to_call_that_blocked_the_session_rang_when_its_channel_was_made():
    wire = Wire()
    wire.now = at(0)
    early = named("PJSIP/102-00000001", uid(0, 1))
    wire.dials(early, "103")
    wire.hang_up(early)
    late = named("PJSIP/101-00000002", uid(5, 2))
    wire.send("Newchannel", late, after_s=9, ChannelState="0", Exten="s")
    wire.send("DialBegin", {f"Dest{key}": value for key, value in late.items()})
    (rings,) = wire.send("Newstate", late, ChannelState="5", CallerIDNum="8495", ConnectedLineNum="8495")
    assert isinstance(rings.fact, Delivered)
    assert rings.occurred_at == at(5)
    ended = wire.hang_up(late, after_s=0)
    assert ended[-1].call.ended_at == wire.now - timedelta(seconds=1)
    stamped = named("PJSIP/104-00000003", uid(14, 3))
    wire.now = at(30)
    (told,) = wire.send("Newchannel", stamped, ChannelState="4", Exten="1", Timestamp=str(EPOCH + 14.25))
    assert told.occurred_at == datetime.fromtimestamp(EPOCH + 14.25, UTC), "the PBX's own clock is better"
