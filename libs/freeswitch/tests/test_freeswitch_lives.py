"""FreeSWITCH stops, is started anew, recovers calls under their old ids; and ids that are used again."""

from datetime import UTC, datetime, timedelta

from cti_freeswitch.event import Event
from cti_freeswitch.reconcile import doubtful, lost, reconcile
from cti_freeswitch.restore import restore
from cti_freeswitch.snapshot import Snapshot
from cti_freeswitch.state import State
from cti_freeswitch.translate import settle, translate
from cti_model.calls import Cause
from cti_model.events import CallEvent

BEGIN = datetime(2026, 1, 1, 9, 0, tzinfo=UTC)


def us(second: float) -> str:
    return str(int((BEGIN.timestamp() + second) * 1_000_000))


class Box:
    """The events of one FreeSWITCH after another."""

    def __init__(self) -> None:
        self.state, self.core, self.second = State("t", "p"), "first", 0
        self.told: list[CallEvent] = []

    def hear(self, name: str, uid: str = "", created: int = 0, **more: str) -> list[CallEvent]:
        self.second += 1
        headers = {"Event-Name": name, "Core-UUID": self.core} | {k.replace("__", "-"): v for k, v in more.items()}
        told = translate(self.state, Event(headers | (self.leg(uid, created) if uid else {})), self.now)
        self.told += told
        return told

    def leg(self, uid: str, created: int) -> dict[str, str]:
        headers = {"Unique-ID": uid, "Channel-Name": "sofia/internal/101@d", "Channel-Presence-ID": "101@d"}
        headers |= {"Call-Direction": "inbound", "Caller-Destination-Number": "102", "Core-UUID": self.core}
        return headers | ({"Caller-Channel-Created-Time": us(created)} if created else {})

    @property
    def now(self) -> datetime:
        return BEGIN + timedelta(seconds=self.second)

    @property
    def living(self) -> list[str]:
        return [box.call.call_id for box in self.state.boxes.values()]

    def ends(self, uid: str) -> None:
        self.hear("CHANNEL_HANGUP", uid, Hangup__Cause="NORMAL_CLEARING")
        self.hear("CHANNEL_HANGUP_COMPLETE", uid, Hangup__Cause="NORMAL_CLEARING")
        self.told += settle(self.state, self.now + timedelta(seconds=1))


def test_the_first_heartbeat_of_a_new_life_does_not_end_the_calls_that_it_has():
    here = Box()
    here.hear("HEARTBEAT")
    here.hear("CHANNEL_CREATE", "old", 1)
    lost(here.state, here.now)
    here.core, here.second = "second", 10
    here.told += reconcile(here.state, Snapshot({}, {}, frozenset({"old"})), here.now)
    here.hear("CHANNEL_CREATE", "new", 12)
    (alive,) = here.living
    here.hear("HEARTBEAT")
    assert here.living == [alive]
    here.hear("HEARTBEAT")
    assert here.living == [alive]


def test_without_a_comparison_a_heartbeat_of_a_new_life_ends_what_the_old_one_had_and_no_more():
    here = Box()
    here.hear("HEARTBEAT")
    here.hear("CHANNEL_CREATE", "old", 1)
    (old,) = here.living
    here.core = "second"
    here.hear("CHANNEL_CREATE", "new", 3)
    told = here.hear("HEARTBEAT")
    assert {each.call.call_id for each in told} == {old}
    assert [each.fact.cause for each in told if each.kind == "connection_cleared"] == [Cause.LOST]
    assert len(here.living) == 1
    assert old not in here.living


def test_an_elegant_shutdown_ends_nothing_until_it_is_done():
    here = Box()
    here.hear("HEARTBEAT")
    here.hear("CHANNEL_CREATE", "a", 1)
    here.hear("CHANNEL_CREATE", "b", 2)
    here.ends("a")
    assert len(here.living) == 1
    told = here.hear("SHUTDOWN", Event__Info="System Shutting Down")
    assert [each.fact.cause for each in told if each.kind == "cleared"] == [Cause.LOST]
    assert here.living == []
    assert here.hear("CHANNEL_HANGUP", "b", 2, Hangup__Cause="SYSTEM_SHUTDOWN") == []


def test_calls_that_are_recovered_before_the_comparison_go_on():
    here = Box()
    here.hear("HEARTBEAT")
    here.hear("CHANNEL_CREATE", "a", 1)
    (known,) = here.living
    lost(here.state, here.now)
    here.core, here.second = "second", 10
    dump = Event(here.leg("a", 9) | {"Channel-Call-State": "ACTIVE"})
    here.told += reconcile(here.state, Snapshot({"a": "ACTIVE"}, {"a": dump}), here.now)
    here.hear("HEARTBEAT")
    assert here.living == [known]


def test_a_call_that_is_recovered_after_its_end_was_told_is_a_new_call():
    here = Box()
    here.hear("CHANNEL_CREATE", "a", 1)
    (known,) = here.living
    here.told += reconcile(here.state, Snapshot({}, {}, frozenset({"a"})), here.now)
    assert here.living == []
    here.hear("CHANNEL_CREATE", "a", 30)
    (again,) = here.living
    assert again != known
    versions = [each.call.version for each in here.told if each.call.call_id == again]
    assert versions == list(range(1, len(versions) + 1))
    assert here.told[-1].call.connections[0].connection_id != here.told[0].call.connections[0].connection_id


def test_an_id_that_is_used_again_is_another_call_and_a_late_event_of_the_first_is_nothing():
    here = Box()
    here.hear("CHANNEL_CREATE", "a", 1)
    (first,) = here.living
    here.ends("a")
    assert here.hear("CHANNEL_ANSWER", "a", 1) == []
    assert here.hear("CHANNEL_ANSWER", "a") == []
    here.hear("CHANNEL_CREATE", "a", 5)
    (second,) = here.living
    assert second != first
    here.ends("a")
    assert here.living == []


def test_who_took_an_id_again_is_asked_for_by_the_comparison():
    here = Box()
    here.hear("CHANNEL_CREATE", "a", 1)
    here.ends("a")
    assert doubtful(here.state, {"a": "ACTIVE"}) == ["a"]
    late = Snapshot({"a": "HANGUP"}, {"a": Event(here.leg("a", 1))})
    assert reconcile(here.state, late, here.now) == []
    again = Snapshot({"a": "ACTIVE"}, {"a": Event(here.leg("a", 30))})
    here.told += reconcile(here.state, again, here.now + timedelta(seconds=60))
    assert len(here.living) == 1


def test_a_late_event_of_what_a_former_leader_told_is_nothing_and_its_id_may_be_used_again():
    before, here = Box(), Box()
    before.hear("CHANNEL_CREATE", "a", 1)
    restore(here.state, [before.told[-1].call])
    (first,) = here.living
    here.second = 10
    here.told += reconcile(here.state, Snapshot({}, {}, frozenset({"a"})), here.now)
    assert here.living == []
    assert here.hear("CHANNEL_CREATE", "a", 1) == []
    assert here.hear("CHANNEL_ANSWER", "a", 1) == []
    here.hear("CHANNEL_CREATE", "a", 30)
    (second,) = here.living
    assert second != first


def test_a_late_event_of_a_channel_whose_begin_nobody_told_is_nothing():
    """So of a far leg that only an operator's own link told of, and that its own link is late to tell of."""
    here = Box()
    here.hear("CHANNEL_CREATE", "a")
    here.ends("a")
    assert here.hear("CHANNEL_CREATE", "a", 1) == []
    assert here.living == []


def test_what_vanishes_says_nothing_afterwards():
    here = Box()
    here.hear("CHANNEL_CREATE", "a", 1)
    here.hear("CHANNEL_ANSWER", "a", 1)
    valet = {"Event__Subclass": "valet_parking::info", "Valet__Extension": "6001"}
    here.hear("CUSTOM", "a", 1, Action="hold", **valet)
    here.hear("CUSTOM", "a", 1, Action="exit", **valet)
    here.told += reconcile(here.state, Snapshot({}, {}, frozenset({"a"})), here.now)
    assert here.told[-1].kind == "cleared"
    assert settle(here.state, here.now + timedelta(seconds=1)) == []
