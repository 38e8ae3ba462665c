"""What call events mean: frames as the SDK of 26.4.29 accepts them, leg by leg."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from connector_webitel.new.state import State
from connector_webitel.new.translate import next_conclusion, tick, translate
from cti_model.calls import Call, CallDirection, Cause, ConnectionState, DeviceKind, Direction, EndedBy
from cti_model.events import CallEvent, DigitsEntered, Originated, Transferred
from cti_model.fold import refold

BEGIN = datetime(2025, 11, 20, 9, 6, 40, tzinfo=UTC)
CUSTOMER = {"type": "dest", "number": "380501112233", "name": "Ivan", "id": ""}
AGENT = {"type": "user", "number": "101", "name": "Agent", "id": "12"}
INCOMING = {"direction": "inbound", "destination": "0800", "parent_id": "cust", "from": CUSTOMER, "to": AGENT}
CLICK = {
    "direction": "outbound",
    "destination": "205",
    "from": AGENT,
    "to": {"type": "dest", "number": "205", "name": "205", "id": ""},
    "payload": {"crm_id": "7"},
    "originate": True,
    "params": {"autoAnswer": "true"},
}


class Told:
    """A picture and what it told. Each event is a second after the one before, unless its instant is given."""

    def __init__(self) -> None:
        self.state = State("acme", "webitel")
        self.events: list[CallEvent] = []
        self.seconds = 0

    def hear(self, uid: str, event: str, data: Any = None, *, device: str = "101", at: int | None = None) -> None:
        self.seconds += 1
        instant = BEGIN + timedelta(seconds=self.seconds if at is None else at)
        call = {"id": uid, "event": event, "timestamp": str(int(instant.timestamp()) * 1000), "app_id": "fs-1"}
        now = BEGIN + timedelta(seconds=self.seconds)
        self.events += translate(self.state, device, {"call": call | {"data": data or {}}}, now)

    def wait(self) -> None:
        while (due := next_conclusion(self.state)) is not None:
            self.events += tick(self.state, due)

    @property
    def kinds(self) -> list[str]:
        return [each.kind for each in self.events]

    @property
    def calls(self) -> list[Call]:
        last = {each.call.call_id: each.call for each in self.events}
        for call in last.values():
            assert refold(each for each in self.events if each.call.call_id == call.call_id) == call
        return list(last.values())


def test_an_incoming_call_answered_held_and_ended_by_the_customer():
    told = Told()
    told.hear("c2", "ringing", INCOMING)
    told.hear("c2", "active")
    told.hear("c2", "hold")
    told.hear("c2", "active")
    told.hear("c2", "hangup", {"cause": "NORMAL_CLEARING", "sip": 200, "hangup_by": "A"})
    told.wait()
    [call] = told.calls
    customer, agent = call.connections
    assert call.direction is CallDirection.INBOUND
    assert (customer.device.kind, customer.party.number) == (DeviceKind.TRUNK, "380501112233")
    assert (agent.device.number, agent.direction, agent.remote.name) == ("101", Direction.IN, "Ivan")
    assert (agent.tally.ring_us, agent.tally.talk_us, agent.tally.hold_us) == (1_000_000, 2_000_000, 1_000_000)
    assert (agent.cause, agent.ended_by) == (Cause.NORMAL, EndedBy.REMOTE)
    assert not call.alive
    assert told.state.legs == told.state.boxes == {}


def test_a_click_to_call_talks_when_the_far_end_answers():
    told = Told()
    told.hear("c1", "ringing", CLICK)
    told.hear("c1", "active")
    assert told.calls[0].answered_at is None
    told.hear("c1", "bridge", {"bridged_id": "far1", "to": {"number": "205", "name": "Bob"}, "direction": "outbound"})
    told.hear("c1", "dtmf", {"digit": "5"})
    told.hear("c1", "hangup", {"cause": "NORMAL_CLEARING", "hangup_by": "A"})
    told.wait()
    [call] = told.calls
    agent = call.connections[0]
    assert call.direction is CallDirection.INTERNAL
    assert call.info == {"crm_id": "7"}
    assert agent.answered_at == BEGIN + timedelta(seconds=3)
    assert agent.ended_by is EndedBy.SELF
    assert any(isinstance(each.fact, DigitsEntered) for each in told.events)


@pytest.mark.parametrize(
    ("name", "cause"),
    [
        ("USER_BUSY", Cause.BUSY),
        ("NETWORK_OUT_OF_ORDER", Cause.CONGESTION),
        ("NUMBER_CHANGED", Cause.UNREACHABLE),
        ("MEDIA_TIMEOUT", Cause.NO_ANSWER),
        ("NORMAL_CLEARING", Cause.CANCELLED),
    ],
)
def test_why_a_call_out_came_to_nothing(name: str, cause: Cause):
    told = Told()
    told.hear("c1", "ringing", CLICK)
    told.hear("c1", "active")
    told.hear("c1", "hangup", {"cause": name})
    told.wait()
    assert [(each.cause, each.answered_at) for each in told.calls[0].connections] == [(cause, None)]


def test_two_operators_of_one_call_tell_one_call_whoever_is_heard_first():
    colleague = {"type": "user", "number": "102", "name": "Colleague", "id": "13"}
    out = {"direction": "outbound", "destination": "102", "from": AGENT, "to": colleague}
    rings = {"direction": "inbound", "destination": "102", "parent_id": "a", "from": AGENT, "to": colleague}
    ids = set()
    for first in (True, False):
        told = Told()
        both = [("a", out, "101"), ("b", rings, "102")]
        for uid, data, device in both if first else both[::-1]:
            told.hear(uid, "ringing", data, device=device)
        told.hear("b", "active", device="102")
        told.hear("a", "active")
        told.hear("a", "bridge", {"bridged_id": "b", "to": {"number": "102", "name": "Colleague"}})
        [call] = told.calls
        assert sorted(each.device.number for each in call.connections) == ["101", "102"]
        assert {each.state for each in call.connections} == {ConnectionState.CONNECTED}
        assert call.direction is CallDirection.INTERNAL
        ids.add(call.call_id)
    assert len(ids) == 1


def asking_a_third() -> Told:
    """Of a call that waits on hold, so far."""
    told = Told()
    told.hear("c2", "ringing", INCOMING)
    told.hear("c2", "active")
    told.hear("c2", "hold")
    told.hear("c3", "ringing", CLICK)
    told.hear("c3", "active")
    return told


def test_an_attended_transfer_makes_one_call_of_two():
    told = asking_a_third()
    told.hear("c3", "bridge", {"bridged_id": "far3", "to": {"number": "207", "name": "Ann"}})
    told.hear("c2", "hangup", {"cause": "NORMAL_CLEARING", "transfer_to": "far3"})
    told.hear("c3", "hangup", {"cause": "NORMAL_CLEARING", "transfer_from": "cust"})
    told.wait()
    first, second = told.calls
    begun = next(each.fact for each in told.events if isinstance(each.fact, Originated))
    assert begun.consultation_of == first.call_id
    assert second.merged_into == first.call_id
    assert [each.device.number for each in first.connections] == ["380501112233", "101", "207"]
    assert {each.cause for each in (first.connections[1], second.connections[0])} == {Cause.TRANSFERRED}
    assert told.state.legs == told.state.boxes == {}


def test_a_call_that_somebody_was_passed_on_to_goes_on_though_its_operator_left_first():
    """Only the consultation's end says that there was a transfer."""
    told = asking_a_third()
    told.hear("far3", "ringing", INCOMING | {"parent_id": "c3", "from": AGENT, "to": {"number": "103"}}, device="103")
    told.hear("far3", "active", device="103")
    told.hear("c3", "bridge", {"bridged_id": "far3", "to": {"number": "103"}})
    told.hear("c2", "hangup", {"cause": "NORMAL_CLEARING"})
    told.hear("c3", "hangup", {"cause": "NORMAL_CLEARING", "transfer_from": "cust"})
    told.wait()
    first, second = told.calls
    assert (first.alive, second.alive, second.merged_into) == (True, False, first.call_id)
    assert [each.device.number for each in first.connections if each.alive] == ["380501112233", "103"]


def test_a_blind_transfer_shows_when_the_next_operator_rings_for_the_same_customer():
    told = Told()
    told.hear("c2", "ringing", INCOMING)
    told.hear("c2", "active")
    told.hear("c2", "hangup", {"cause": "NORMAL_CLEARING"})
    told.hear("c4", "ringing", INCOMING, device="102")
    told.hear("c4", "active", device="102")
    [call] = told.calls
    fact = next(each.fact for each in told.events if isinstance(each.fact, Transferred))
    assert (fact.to, fact.by_number) == ("102", "101")
    assert [each.state for each in call.connections] == [
        ConnectionState.CONNECTED,
        ConnectionState.NULL,
        ConnectionState.CONNECTED,
    ]


def test_events_are_ordered_by_their_own_clock():
    told = Told()
    told.hear("c2", "active", at=2)
    assert told.events == []
    told.hear("c2", "ringing", INCOMING, at=1)
    told.hear("c2", "active", at=4)
    told.hear("c2", "hold", at=3)
    told.hear("c2", "ringing", INCOMING, at=1)
    [call] = told.calls
    assert call.connections[1].answered_at == BEGIN + timedelta(seconds=2)
    assert call.connections[1].state is ConnectionState.CONNECTED


def test_what_comes_after_the_end_is_nothing():
    told = Told()
    told.hear("c2", "ringing", INCOMING)
    told.hear("c2", "hangup", {"cause": "ORIGINATOR_CANCEL"})
    before = list(told.events)
    told.hear("c2", "active")
    told.hear("c2", "ringing", INCOMING)
    assert told.events == before
    assert told.calls[0].connections[1].cause is Cause.CANCELLED


def test_a_call_that_an_announcement_answers_is_answered_though_nobody_is_bridged():
    told = Told()
    told.hear("c1", "ringing", {"direction": "outbound", "destination": "3000", "from": AGENT})
    told.hear("c1", "active")
    told.hear("c1", "hangup", {"cause": "NORMAL_CLEARING", "hangup_by": "A"})
    told.wait()
    [agent] = told.calls[0].connections
    assert (agent.answered_at, agent.tally.talk_us) == (BEGIN + timedelta(seconds=2), 1_000_000)


def test_whichever_leg_of_an_attended_transfer_ends_first_and_whatever_it_names():
    for ends in ([("c2", "from", "far3"), ("c3", "to", "cust")], [("c3", "to", "cust"), ("c2", "from", "far3")]):
        told = Told()
        told.hear("c2", "ringing", INCOMING)
        told.hear("c2", "active")
        told.hear("c2", "hold")
        told.hear("c3", "ringing", CLICK)
        told.hear("c3", "bridge", {"bridged_id": "far3", "to": {"number": "207", "name": "Ann"}})
        for uid, word, far in ends:
            told.hear(uid, "hangup", {"cause": "NORMAL_CLEARING", f"transfer_{word}": far})
        told.wait()
        first, second = told.calls
        assert second.merged_into == first.call_id
        assert first.connections[1].redirecting_id == "101"
        assert {each.cause for each in (first.connections[1], second.connections[0])} == {Cause.TRANSFERRED}
        assert told.state.legs == told.state.boxes == told.state.left == {}


def test_a_caller_who_rings_somebody_else_was_passed_on_by_who_talks_with_them():
    told = Told()
    told.hear("c2", "ringing", INCOMING)
    told.hear("c2", "active")
    told.hear("c4", "ringing", INCOMING, device="102")
    told.hear("c2", "hangup", {"cause": "NORMAL_CLEARING", "hangup_by": "A"})
    [call] = told.calls
    _, by, to = call.connections
    assert (by.redirection_id, by.ended_by, to.redirecting_id) == ("102", EndedBy.SELF, "101")
