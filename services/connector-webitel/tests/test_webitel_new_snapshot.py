"""The list of an operator's calls brings the picture in line with it, and never back."""

from datetime import UTC, datetime, timedelta
from typing import Any

from connector_webitel.new.snapshot import compare
from connector_webitel.new.state import State
from connector_webitel.new.translate import translate
from cti_model.calls import Cause, ConnectionState
from cti_model.events import CallEvent, Origin

BEGIN = datetime.fromtimestamp(1763630000, UTC)
ITEM: dict[str, Any] = {
    "id": "c1",
    "app_id": "fs-1",
    "state": "hold",
    "direction": "inbound",
    "parent_id": "cust",
    "destination": "0800",
    "from": {"type": "dest", "number": "380501112233", "name": "Ivan"},
    "to": {"type": "user", "number": "101", "name": "Agent"},
    "variables": {"crm_id": "7"},
    "created_at": 1763630000000,
    "answered_at": 1763630005000,
    "bridged_at": 1763630005100,
    "hangup_at": 0,
    "queue": None,
    "task": None,
}
NOW = BEGIN + timedelta(seconds=60)


def test_a_call_on_hold_is_told_with_its_own_instants_and_once():
    state = State("acme", "webitel")
    told = compare(state, "101", {"items": [ITEM]}, (), NOW, NOW)
    call = told[-1].call
    assert {each.origin for each in told} == {Origin.RECONCILED}
    assert (call.connections[1].answered_at, call.connections[1].state) == (
        BEGIN + timedelta(seconds=5),
        ConnectionState.HELD,
    )
    assert call.info == {"crm_id": "7"}
    assert compare(state, "101", {"items": [ITEM]}, {"c1"}, NOW, NOW + timedelta(seconds=1)) == []


def test_what_left_the_list_has_ended_since_it_was_last_heard_of():
    state = State("acme", "webitel")
    compare(state, "101", {"items": [ITEM]}, (), NOW, NOW)
    since = NOW + timedelta(seconds=10)
    told: list[CallEvent] = compare(state, "101", {"items": []}, {"c1"}, since, since + timedelta(seconds=30))
    mine = told[-1].call.connections[1]
    assert (mine.cause, mine.ended_at) == (Cause.LOST, since)
    assert (told[-1].not_before, told[-1].not_after) == (since, since + timedelta(seconds=30))


def test_what_ended_before_a_link_was_ever_heard_was_shown_until_now_and_ended_after_its_last_change():
    state = State("acme", "webitel")
    compare(state, "101", {"items": [ITEM]}, (), NOW, NOW)
    later = NOW + timedelta(seconds=30)
    told = compare(state, "101", {"items": []}, {"c1"}, None, later)
    assert (told[-1].occurred_at, told[-1].not_before, told[-1].not_after) == (later, NOW, later)


def test_nothing_ends_before_it_began():
    """The last list that agreed may be older than the call."""
    state = State("acme", "webitel")
    compare(state, "101", {"items": [ITEM]}, (), NOW, NOW)
    told = compare(state, "101", {"items": []}, {"c1"}, BEGIN - timedelta(seconds=30), NOW + timedelta(seconds=9))
    assert told[-1].occurred_at == NOW


def test_a_leg_of_another_operator_stays():
    state = State("acme", "webitel")
    compare(state, "101", {"items": [ITEM]}, (), NOW, NOW)
    assert compare(state, "102", {"items": []}, {"c1"}, NOW, NOW) == []


def test_a_call_that_is_not_in_doubt_stays():
    state = State("acme", "webitel")
    call = {"id": "c9", "event": "ringing", "timestamp": str(int(NOW.timestamp() * 1000)), "data": ITEM}
    translate(state, "101", {"call": call}, NOW)
    assert compare(state, "101", {"items": []}, (), NOW, NOW) == []


def test_a_call_that_only_its_queue_task_keeps_is_over():
    assert (
        compare(State("acme", "webitel"), "101", {"items": [ITEM | {"hangup_at": 1763630009000}]}, (), NOW, NOW) == []
    )
