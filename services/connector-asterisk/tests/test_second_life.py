"""Another Asterisk behind the same link, which may use Uniqueids again: its clock was set back meanwhile."""

from datetime import UTC, datetime, timedelta

import pytest
from connector_asterisk.births import setting_of
from connector_asterisk.channels import State
from connector_asterisk.items import SnapshotChannel
from connector_asterisk.reconcile import lost, reconcile
from connector_asterisk.snapshot import Snapshot
from connector_asterisk.testing import Wire, named
from connector_asterisk.translate import settle, translate
from connector_asterisk.wire import Frame
from cti_model.calls import Cause, Party
from cti_model.events import CallEvent, Cleared, ConnectionCleared, Origin, Originated

SECOND = 1_795_169_400
NOW = datetime.fromtimestamp(SECOND + 2, UTC)
LATER = NOW + timedelta(hours=5)
UID = f"{SECOND}.0"
ONCE = SnapshotChannel(uid=UID, name="PJSIP/101-00000000", state=4, linkedid=UID, duration=2, exten="103")
AGAIN = SnapshotChannel(uid=UID, name="PJSIP/102-00000000", state=4, linkedid=UID, duration=2, exten="104")


def test_a_uniqueid_is_another_one_when_the_clock_is_set_otherwise():
    assert setting_of(UID, NOW) == setting_of(UID, NOW + timedelta(minutes=29)) == ""
    assert setting_of(UID, LATER) == setting_of(f"pbx1-{UID}", LATER) == "5"
    assert setting_of("13.0", NOW) == str(round((SECOND - 13) / 3600)), "a clock that was never set"
    assert setting_of("asterisk-12", NOW) == setting_of("", NOW) == ""


def known(at: datetime = NOW) -> State:
    state = State("t", "p")
    reconcile(state, Snapshot(channels=(ONCE,), boot="2026-11-20 10:09:47"), at)
    lost(state, at + timedelta(seconds=1))
    return state


def frame(name: str, **headers: str) -> Frame:
    return Frame(name, "\r\n".join((f"Event: {name}", *(f"{k}: {v}" for k, v in headers.items()))).encode())


def booted(state: State) -> list[CallEvent]:
    """Asterisk 22 says that it is three seconds old."""
    return translate(state, frame("FullyBooted", Uptime="3"), LATER)


def test_the_call_of_before_ends_and_the_new_one_is_another():
    state = known()
    (ended,) = booted(state)
    assert isinstance(ended.fact, Cleared)
    told = reconcile(state, Snapshot(channels=(AGAIN,), boot="2026-11-20 10:09:47"), LATER)
    assert [each.kind for each in told] == ["originated"]
    assert told[0].call.call_id != ended.call.call_id
    assert told[0].call.version == 1
    assert told[0].call.connections[0].connection_id != ended.call.connections[0].connection_id
    after = translate(state, frame("Hangup", Channel=AGAIN.name, Uniqueid=UID, Linkedid=UID, Cause="16"), LATER)
    after += settle(state, LATER + timedelta(seconds=1))
    assert [each.kind for each in after] == ["connection_cleared", "cleared"]


def test_an_asterisk_that_does_not_say_its_age_says_when_it_began():
    state = known()
    told = reconcile(state, Snapshot(channels=(AGAIN,), boot="2026-11-20 10:09:51"), LATER)
    assert [each.kind for each in told] == ["cleared", "originated"]
    ended, began = told
    assert ended.origin is Origin.RECONCILED
    assert (ended.not_before, ended.occurred_at) == (NOW + timedelta(seconds=1), LATER)
    assert {each.cause for each in ended.call.connections} == {Cause.LOST}
    assert isinstance(began.fact, Originated)
    assert began.fact.leg.device.number == "102"
    assert not state.ended


@pytest.mark.parametrize("boot", ["2026-11-20 10:09:47", ""], ids=["the same", "not said"])
def test_the_same_asterisk_goes_on(boot):
    assert reconcile(known(), Snapshot(channels=(ONCE,), boot=boot), NOW + timedelta(seconds=3)) == []


def test_what_the_next_asterisk_calls_as_one_that_hung_up_before_is_told():
    wire = Wire()
    wire.now = NOW
    phone = named("PJSIP/101-00000000", UID)
    wire.dials(phone, "103")
    wire.hang_up(phone)
    lost(wire.state, wire.now)
    wire.now = LATER
    assert [each.kind for each in wire.dials(phone, "103")] == ["originated"]
    assert isinstance(wire.hang_up(phone)[0].fact, ConnectionCleared)
    assert len({each.call.call_id for each in wire.told}) == 2
    assert Party("101") == wire.told[-1].call.connections[0].party
