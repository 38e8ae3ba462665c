"""Holds that nobody heard, from the list that comes with a link; and who is at the other end after a gap."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from connector_webitel.new.history import missed
from connector_webitel.new.holds import unheard
from connector_webitel.new.state import CallBox, Leg, State
from connector_webitel.new.translate import translate
from cti_model.calls import Cause, Connection, ConnectionState, Device, DeviceKind, Direction, Tally
from cti_model.events import CallEvent
from cti_model.fold import born
from msgspec.structs import replace

BEGIN = datetime(2025, 11, 20, 9, 0, tzinfo=UTC)
AGENT = {"type": "user", "number": "101", "name": "Agent", "id": "12"}


def at(second: float) -> datetime:
    return BEGIN + timedelta(seconds=second)


def ms(second: float) -> str:
    return str(int(at(second).timestamp() * 1000))


def talking(held_since: float | None, held_s: int, heard: float, *seen: str) -> Leg:
    """As it was told: held for so long in all, and again since then; `heard`: when the newest event was, and which."""
    connection = Connection(
        connection_id="c",
        device=Device("101", DeviceKind.EXTENSION, "u"),
        direction=Direction.IN,
        state=ConnectionState.CONNECTED if held_since is None else ConnectionState.HELD,
        started_at=BEGIN,
        changed_at=at(held_since or 0),
        tally=Tally(hold_us=held_s * 1_000_000),
    )
    box = CallBox(replace(born("x", "acme", "webitel", BEGIN, "a"), connections=(connection,)))
    held = held_since is not None
    return Leg("a", box=box, connection_id="c", held=held, at=at(heard), seen=set(seen))


@pytest.mark.parametrize(
    ("state", "newest", "hold_sec", "held_since", "told_s", "wanted"),
    [
        ("active", 50, 0, None, 0, []),
        ("active", 50, 9, None, 9, []),
        ("active", 50, 20, None, 0, [("hold", 30), ("active", 50)]),
        ("bridge", 50, 29, None, 9, [("hold", 30), ("active", 50)]),
        ("active", 8, 20, None, 0, [("hold", 0), ("active", 8)]),  # not before it talked
        ("hold", 50, 0, None, 0, [("hold", 50)]),
        ("hold", 50, 9, None, 0, [("hold", 41)]),
        ("hold", 50, 0, 50, 0, []),
        ("hold", 90, 20, 50, 0, [("active", 70), ("hold", 90)]),
        ("active", 60, 10, 50, 0, [("active", 60)]),
        ("active", 60.7, 10, 50, 0, [("active", 60.7)]),
        ("active", 90, 19, 50, 9, [("active", 60)]),
        ("active", 90, 0, 50, 0, [("active", 90)]),  # the other side was passed on meanwhile, which is not counted
        ("bridge", 90, 0, 50, 0, []),  # and so it was here: it is still on hold
        ("bridge", 90, 10, 50, 0, [("active", 60)]),
        ("update", 90, 0, 50, 0, []),  # older engines store any event
        ("active", 40, 0, 50, 0, []),  # older than what was told
    ],
)
def test_what_a_list_says_of_holds(state, newest, hold_sec, held_since, told_s, wanted):
    item = {"state": state, "timestamp": at(newest).isoformat(), "hold_sec": hold_sec}
    told = unheard(item, talking(held_since, told_s, held_since or 0), at(100))
    assert [each[:2] for each in told] == [(event, at(second)) for event, second in wanted]
    for _, instant, bounds in told:  # what is reckoned lies between what was told and the newest event
        assert bounds == ((None, None) if instant == at(newest) else (at(held_since or 0), at(newest)))


def test_a_list_that_has_nothing_newer_than_what_was_heard_changes_nothing():
    """The bridge was heard: who is on hold is so all the same."""
    item = {"state": "bridge", "timestamp": at(60).isoformat(), "hold_sec": 30}
    assert unheard(item, talking(50, 0, 60, "bridge"), at(100)) == []


def test_a_hold_whose_end_alone_was_heard_is_in_the_next_list():
    item = {"state": "active", "timestamp": at(60).isoformat(), "hold_sec": 20}
    told = unheard(item, talking(None, 0, 60, "active"), at(100))
    assert [each[:2] for each in told] == [("hold", at(40)), ("active", at(60))]


@pytest.mark.parametrize(
    ("state", "held", "wanted"), [("hold", False, ["hold"]), ("bridge", True, ["active"]), ("hold", True, [])]
)
def test_a_list_without_seconds_says_only_whether(state, held, wanted):
    told = unheard({"state": state}, talking(10 if held else None, 0, 10), at(100))
    assert [each[:2] for each in told] == [(event, at(100)) for event in wanted]


def called(event: str, second: float, **data: Any) -> dict[str, Any]:
    return {"call": {"id": "a", "event": event, "timestamp": ms(second), "app_id": "fs-1", "data": data}}


def test_who_is_put_on_hold_was_answered_though_nobody_heard_it():
    state, told = State("acme", "webitel"), list[CallEvent]()
    caller = {"type": "dest", "number": "79161234567", "name": "", "id": ""}
    told += translate(
        state, "101", called("ringing", 0, direction="inbound", parent_id="c", **{"from": caller, "to": AGENT}), at(0)
    )
    told += translate(state, "101", called("hold", 5), at(5))
    told += translate(state, "101", called("hangup", 9, cause="NORMAL_CLEARING"), at(9))
    [mine] = [each for each in told[-1].call.connections if each.device.number == "101"]
    assert (mine.tally.ring_us, mine.tally.hold_us, mine.cause) == (5_000_000, 4_000_000, Cause.NORMAL)


def test_who_is_sent_to_another_number_talks_over_a_gateway_though_a_colleague_was_dialled():
    state, told = State("acme", "webitel"), list[CallEvent]()
    colleague = {"type": "user", "number": "102", "name": "", "id": "13"}
    told += translate(
        state, "101", called("ringing", 0, direction="outbound", **{"from": AGENT, "to": colleague}), at(0)
    )
    to = {"type": "", "number": "84951234567", "name": "", "id": ""}
    told += translate(state, "101", called("bridge", 5, bridged_id="far", to=to), at(5))
    far = [each for each in told[-1].call.connections if "far" in each.native_ids]
    assert [(each.device.kind, each.device.number) for each in far] == [(DeviceKind.TRUNK, "84951234567")]


def test_whom_a_called_operator_talked_with_first_is_who_called_them():
    """The history names who was there last."""
    source = {"type": "user", "number": "102", "name": "", "id": "13"}
    item = {"id": "b", "direction": "inbound", "parent_id": "a", "bridged_id": "z", "from": source, "to": AGENT}
    item |= {
        name: ms(second)
        for name, second in {"created_at": 1, "answered_at": 3, "bridged_at": 3, "hangup_at": 9}.items()
    }
    told = missed(State("acme", "webitel"), "101", [item], at(60), at(60))
    assert {uid for each in told[-1].call.connections for uid in each.native_ids} == {"a", "b"}


def test_a_hold_of_no_time_is_none():
    held = [{"start": ms(3), "finish": ms(3), "sec": 0}]
    item = {
        "id": "b",
        "direction": "inbound",
        "parent_id": "a",
        "from": {"number": "79161234567"},
        "to": AGENT,
        "hold": held,
    }
    item |= {
        name: ms(second)
        for name, second in {"created_at": 1, "answered_at": 3, "bridged_at": 3, "hangup_at": 9}.items()
    }
    told = missed(State("acme", "webitel"), "101", [item], at(60), at(60))
    [mine] = [each for each in told[-1].call.connections if each.device.number == "101"]
    assert (mine.tally.hold_us, mine.tally.talk_us) == (0, 6_000_000)
