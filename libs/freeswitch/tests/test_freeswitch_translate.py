"""What no recording has: pickup, `att_xfer`, loopback in the middle, parking slots, chosen variables, a restart."""

from datetime import UTC, datetime, timedelta

import pytest
from cti_freeswitch.event import Event
from cti_freeswitch.reading import Reading
from cti_freeswitch.reconcile import reconcile
from cti_freeswitch.restore import restore
from cti_freeswitch.snapshot import Snapshot
from cti_freeswitch.state import State
from cti_freeswitch.translate import settle, translate
from cti_model.calls import Call, Cause, ConnectionState, Direction, Outcome
from cti_model.events import CallEvent, TransferKind
from cti_model.records import records

BEGIN = datetime(2026, 1, 1, 9, 0, tzinfo=UTC)
Headers = dict[str, str]


def leg(uid: str, user: str = "", *, out: bool = False, by: str = "", to: str = "", name: str = "") -> Headers:
    headers = {
        "Unique-ID": uid,
        "Channel-Name": name or (f"sofia/internal/{user}@d" if user else "sofia/trunk/0501112233@d"),
        "Call-Direction": "outbound" if out else "inbound",
        "Caller-Caller-ID-Number": "0501112233" if out else user or "0501112233",
        "Caller-Destination-Number": to,
    }
    if user:
        headers["Channel-Presence-ID"] = f"{user}@d"
    if by:
        headers["variable_originator"] = by
    return headers


class Wire:
    """Sends events to a translator of its own and keeps what it told."""

    def __init__(self, reading: Reading | None = None) -> None:
        self.state = State("t", "p", reading=reading)
        self.now = BEGIN
        self.told: list[CallEvent] = []

    def send(self, name: str, about: Headers | None = None, after_s: float = 1.0, **more: str) -> list[CallEvent]:
        self.now += timedelta(seconds=after_s)
        headers = {"Event-Name": name, **(about or {}), **{key.replace("__", "-"): each for key, each in more.items()}}
        told = translate(self.state, Event(headers), self.now)
        self.told += told
        return told

    def bridge(self, one: Headers, other: Headers) -> list[CallEvent]:
        pair = {"Bridge__A__Unique__ID": one["Unique-ID"], "Bridge__B__Unique__ID": other["Unique-ID"]}
        return self.send("CHANNEL_BRIDGE", one, **pair)

    def ends(self, *legs: Headers, cause: str = "NORMAL_CLEARING", by: Headers | None = None) -> list[CallEvent]:
        told = []
        for each in legs:
            said = "recv_bye" if each is by else "send_bye"
            told += self.send("CHANNEL_HANGUP", each, 0.001, Hangup__Cause=cause)
            told += self.send("CHANNEL_HANGUP_COMPLETE", each, 0.001, variable_sip_hangup_disposition=said)
        return told

    def quiet(self) -> None:
        self.now += timedelta(seconds=1)
        self.told += settle(self.state, self.now)

    def calls(self) -> list[Call]:
        calls: dict[str, Call] = {}
        for event in self.told:
            calls[event.call.call_id] = event.call
        return list(calls.values())


def rung(wire: Wire, caller: Headers, called: Headers) -> None:
    wire.send("CHANNEL_CREATE", caller)
    wire.send("CHANNEL_CREATE", called)
    wire.send("CHANNEL_PROGRESS", called)


def test_a_telephone_picks_up_the_call_that_another_rings_for():
    wire = Wire()
    a, b = leg("a", to="101"), leg("b", "101", out=True, by="a", to="101")
    c = leg("c", "102", to="*8101")
    rung(wire, a, b)
    wire.send("CHANNEL_CREATE", c)
    wire.bridge(a, c)
    wire.ends(b, cause="PICKED_OFF")
    wire.ends(c, a, by=c)
    wire.quiet()
    rows = {row.device: row for call in wire.calls() for row in records(call)}
    assert rows["101"].outcome is Outcome.ANSWERED_ELSEWHERE
    assert (rows["102"].direction, rows["102"].remote_number) == (Direction.IN, "0501112233")
    assert rows["102"].outcome is Outcome.ANSWERED
    assert not any(call.alive for call in wire.calls())


def test_att_xfer_is_a_consultation_within_the_call_and_then_a_transfer():
    wire = Wire()
    a, b = leg("a", to="101"), leg("b", "101", out=True, by="a", to="101")
    rung(wire, a, b)
    wire.send("CHANNEL_ANSWER", b)
    wire.bridge(a, b)
    c = leg("c", "103", out=True, by="b", to="103")
    wire.send("CHANNEL_CREATE", c)
    (delivered,) = wire.send("CHANNEL_PROGRESS", c)
    asked, mine = delivered.call.connections[-1], delivered.call.connections[1]
    assert asked.consulted_by == mine.connection_id
    wire.bridge(b, c)
    told = wire.bridge(a, c)
    (transferred,) = [event.fact for event in told if event.kind == "transferred"]
    assert (transferred.kind, transferred.by, transferred.to) == (TransferKind.ATTENDED, mine.connection_id, "103")
    wire.ends(b)
    wire.ends(a, c, by=a)
    wire.quiet()
    (call,) = wire.calls()
    assert not call.alive
    assert call.connection(mine.connection_id).cause is Cause.TRANSFERRED


def test_loopback_channels_between_two_telephones_are_no_parties():
    wire = Wire()
    a = leg("a", "101", to="9803")
    half = {"variable_other_loopback_leg_uuid": "l2"}
    l1 = leg("l1", out=True, by="a", to="9803", name="loopback/9803-a") | half
    l2 = leg("l2", to="9803", name="loopback/9803-b") | {"variable_other_loopback_leg_uuid": "l1"}
    b = leg("b", "102", out=True, by="l2", to="102")
    for each in (a, l1, l2, b):
        wire.send("CHANNEL_CREATE", each)
    wire.send("CHANNEL_PROGRESS", b)
    for each in (b, l2, l1, a):
        wire.send("CHANNEL_ANSWER", each, 0.001)
    wire.bridge(l2, b)
    wire.bridge(a, l1)
    wire.ends(b, l2, l1, a, by=b)
    wire.quiet()
    (call,) = wire.calls()
    assert [(each.device.number, each.outcome) for each in call.connections] == [
        ("101", Outcome.ANSWERED),
        ("102", Outcome.ANSWERED),
    ]
    assert not call.alive


def test_a_parking_slot():
    wire = Wire()
    a, b = leg("a", to="101"), leg("b", "101", out=True, by="a", to="101")
    rung(wire, a, b)
    wire.bridge(a, b)
    more = {"Event__Subclass": "valet_parking::info", "Action": "hold", "Valet__Extension": "6001"}
    (parked,) = wire.send("CUSTOM", a, **more)
    assert (parked.kind, parked.fact.slot, parked.fact.by) == ("parked", "6001", "101")
    wire.ends(b)
    c = leg("c", "102", to="6001")
    wire.send("CHANNEL_CREATE", c)
    kinds = [event.kind for event in wire.bridge(c, a)]
    assert "unparked" in kinds
    living = [each for call in wire.calls() if call.alive for each in call.connections if each.alive]
    assert {each.device.number for each in living} == {"trunk", "102"}
    assert {each.state for each in living} == {ConnectionState.CONNECTED}


def test_a_fifo_that_calls_its_members_rings_them_for_who_waits():
    wire = Wire()
    a = leg("a", to="5100")
    ours = {"variable_fifo_bridge_uuid": "a", "variable_fifo_name": "sales@d"}
    b, c = leg("b", "101", out=True, to="101") | ours, leg("c", "102", out=True, to="102") | ours
    wire.send("CHANNEL_CREATE", a)
    wire.send("CHANNEL_ANSWER", a)
    wire.send("CUSTOM", a, Event__Subclass="fifo::info", FIFO__Action="push", FIFO__Name="sales@d")
    for each in (b, c):
        wire.send("CHANNEL_CREATE", each)
        wire.send("CHANNEL_PROGRESS", each)
    wire.send("CHANNEL_ANSWER", b)
    wire.ends(c, cause="LOSE_RACE")
    wire.bridge(b, a)
    wire.ends(b, a, by=b)
    wire.quiet()
    (call,) = wire.calls()
    found = {row.device: (row.direction, row.queue, row.remote_number, row.outcome) for row in records(call)}
    assert found == {
        "101": (Direction.IN, "sales", "0501112233", Outcome.ANSWERED),
        "102": (Direction.IN, "sales", "0501112233", Outcome.ANSWERED_ELSEWHERE),
    }


def test_two_domains_conferences_of_the_same_number_are_two():
    wire = Wire()
    for uid, user, room in (("a", "101", "3001@one.org"), ("b", "102", "3001@two.org"), ("c", "103", "3001@one.org")):
        channel = leg(uid, user, to="3001")
        wire.send("CHANNEL_CREATE", channel)
        wire.send("CHANNEL_ANSWER", channel)
        more = {"Event__Subclass": "conference::maintenance", "Action": "add-member", "Conference__Name": room}
        wire.send("CUSTOM", channel, **more)
    living = [{each.device.number for each in call.connections} for call in wire.calls() if call.alive]
    assert sorted(living, key=len) == [{"102"}, {"101", "103"}]


@pytest.mark.parametrize(
    "name",
    [
        "sofia/internal/102@d:5060;transport=tcp",
        "sofia/int%20ernal/102%40d",
        "verto.rtc/\u0442\u0435\u0441\u0442",
        "x",
        "/",
        "sofia//",
    ],
)
def test_channel_names_with_odd_characters(name):
    wire = Wire()
    a, b = leg("a", "101", to="102"), leg("b", "102", out=True, by="a", to="102", name=name)
    rung(wire, a, b)
    wire.send("CHANNEL_ANSWER", b)
    wire.bridge(a, b)
    wire.ends(b, a, by=b)
    wire.quiet()
    (call,) = wire.calls()
    assert [(each.device.number, each.outcome) for each in call.connections] == [
        ("101", Outcome.ANSWERED),
        ("102", Outcome.ANSWERED),
    ]


def test_only_chosen_variables_are_carried():
    wire = Wire(Reading(variables=("crm_id",)))
    a = leg("a", "101", to="102") | {"variable_crm_id": "17", "variable_secret": "x"}
    wire.send("CHANNEL_CREATE", a)
    wire.send("CALL_UPDATE", a)
    wire.send("CALL_UPDATE", a)
    (call,) = wire.calls()
    assert call.info == {"crm_id": "17"}
    assert [event.kind for event in wire.told] == ["originated", "information_changed"]


def test_another_core_is_another_freeswitch():
    wire = Wire()
    wire.send("HEARTBEAT", Core__UUID="one")
    wire.send("CHANNEL_CREATE", leg("a", "101", to="102"), Core__UUID="one")
    wire.send("HEARTBEAT", Core__UUID="one")
    assert wire.calls()[0].alive
    wire.send("HEARTBEAT", Core__UUID="two")
    (call,) = wire.calls()
    assert (call.alive, call.connections[0].cause) == (False, Cause.LOST)


def test_a_held_leg_that_is_replaced_is_not_retrieved():
    wire = Wire()
    a, b = leg("a", to="101"), leg("b", "101", out=True, by="a", to="101")
    rung(wire, a, b)
    wire.bridge(a, b)
    wire.send("CHANNEL_HOLD", b)
    wire.send("CHANNEL_UNHOLD", b)
    wire.ends(b, a)
    wire.quiet()
    assert "retrieved" not in [event.kind for event in wire.told]
    wire = Wire()
    rung(wire, a, b)
    wire.bridge(a, b)
    wire.send("CHANNEL_HOLD", b)
    wire.send("CHANNEL_UNHOLD", b)
    wire.quiet()
    assert [event.kind for event in wire.told][-2:] == ["held", "retrieved"]


@pytest.mark.parametrize("how", ["start", "resume"])
def test_the_caller_gives_up_in_a_queue_while_an_agent_rings(how):
    wire = Wire()
    a = leg("a", to="5000")
    cc = {"variable_cc_side": "agent", "variable_cc_queue": "support@d", "variable_cc_member_session_uuid": "a"}
    b = leg("b", "101", out=True, to="101") | cc
    wire.send("CHANNEL_CREATE", a)
    wire.send("CHANNEL_ANSWER", a)
    more = {"Event__Subclass": "callcenter::info", "CC__Action": f"member-queue-{how}", "CC__Queue": "support@d"}
    wire.send("CUSTOM", a, **more)
    wire.send("CHANNEL_CREATE", b)
    wire.send("CHANNEL_PROGRESS", b)
    wire.ends(a, by=a)
    wire.ends(b, cause="ORIGINATOR_CANCEL")
    wire.quiet()
    (call,) = wire.calls()
    (row,) = records(call)
    assert (row.outcome, row.queue) == (Outcome.ABANDONED, "support")


def test_a_call_whose_end_a_leader_could_not_tell_any_more_is_ended_by_its_successor():
    wire = Wire()
    caller, called = leg("a", "101", to="102"), leg("b", "102", out=True, by="a", to="102")
    rung(wire, caller, called)
    wire.send("CHANNEL_ANSWER", called)
    wire.bridge(caller, called)
    wire.ends(called, caller)
    wire.quiet()
    before = next(event for event in reversed(wire.told) if event.kind == "connection_cleared")
    successor = State("t", "p")
    restore(successor, [before.call])
    [event] = reconcile(successor, Snapshot({}), wire.now)
    assert event.kind == "cleared"
    assert event.occurred_at == max(each.ended_at for each in event.call.connections)
