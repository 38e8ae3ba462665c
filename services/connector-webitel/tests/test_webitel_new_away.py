"""Two operators in one call, and the link of one of them is away while the other leaves; calls of a former leader."""

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
from connector_webitel.new.history import Gap, missed
from connector_webitel.new.picture import Picture
from connector_webitel.new.session import EngineSession
from connector_webitel.new.state import State
from cti_model.calls import Call, Cause
from cti_model.events import CallEvent
from cti_model.operators import OperatorEventKind, operator_event

BEGIN = datetime(2025, 11, 20, 9, 6, 40, tzinfo=UTC)
ENDS = {number: {"type": "user", "number": number, "name": number, "id": number} for number in ("101", "102")}
CALLER = {"id": "a", "app_id": "fs-1", "direction": "outbound", "destination": "102", "from": ENDS["101"], "to": None}
CALLED = {"id": "b", "app_id": "fs-1", "direction": "inbound", "parent_id": "a", "from": ENDS["101"], "to": ENDS["102"]}


def ms(second: float) -> int:
    return int((BEGIN + timedelta(seconds=second)).timestamp() * 1000)


def listed(leg: dict[str, Any]) -> dict[str, Any]:
    """Answered, as a list has it."""
    return {**leg, "state": "active", "created_at": ms(1), "answered_at": ms(3), "hangup_at": 0}


class Stage:
    """A picture and its links; both operators are signed in."""

    def __init__(self) -> None:
        self.picture = Picture(State("acme", "webitel"))
        self.told: list[CallEvent] = []
        self.gaps: list[Gap] = []
        self._heard: dict[str, datetime] = {}
        for device in ENDS:
            self.operator(device, OperatorEventKind.ADMITTED, 0)

    def operator(self, device: str, kind: OperatorEventKind, second: float) -> None:
        at = BEGIN + timedelta(seconds=second)
        self.picture.state.seats.hear(operator_event("acme", "webitel", f"u{device}", device, kind, at))

    def link(self, device: str, second: float, *legs: dict[str, Any], asks: bool = False) -> EngineSession:
        """A link is let in, and gets its list."""
        away = self.gaps.append if asks else None
        session = EngineSession(self.picture, device, "T", self._heard, away=away)
        session.greet()
        hello = {"event": "hello", "data": {"session": {"user_id": int(device)}, "use_cc": False}}
        items = {"items": [listed(each) for each in legs]}
        self.hear(session, second, hello, {"status": "OK", "seq_reply": 1})
        self.hear(session, second, {"status": "OK", "seq_reply": 2, "data": items})
        return session

    def hear(self, session: EngineSession, second: float, *frames: dict[str, Any]) -> None:
        data = b"".join(msgspec.json.encode(each) + b"\n" for each in frames)
        self.told += session.receive(data, BEGIN + timedelta(seconds=second)).events

    def event(self, session: EngineSession, second: float, uid: str, event: str, data: dict[str, Any]) -> None:
        call = {"id": uid, "event": event, "timestamp": str(ms(second)), "app_id": "fs-1", "data": data}
        self.hear(session, second, {"event": "call", "data": {"call": call}})

    def quiet(self, session: EngineSession, second: float) -> None:
        self.told += session.quiet(BEGIN + timedelta(seconds=second)).events

    @property
    def calls(self) -> list[Call]:
        return list({each.call.call_id: each.call for each in self.told}.values())


def talking(stage: Stage) -> EngineSession:
    """101 talks with 102, whose link is away since before that, and leaves; 101's link is returned."""
    away, there = stage.link("102", 0), stage.link("101", 0)
    away.over()
    stage.event(there, 1, "a", "ringing", CALLER)
    stage.event(there, 3, "a", "active", {})
    stage.event(there, 3, "a", "bridge", {"bridged_id": "b", "to": {"number": "102"}})
    stage.event(there, 9, "a", "hangup", {"cause": "NORMAL_CLEARING"})
    stage.quiet(there, 60)
    return there


def test_a_call_goes_on_while_the_link_of_who_is_still_in_it_is_away():
    stage = Stage()
    talking(stage)
    [call] = stage.calls
    assert [(each.device.number, each.alive) for each in call.connections] == [("101", False), ("102", True)]


def test_the_link_that_comes_back_has_it_as_the_same_call():
    stage = Stage()
    there = talking(stage)
    back = stage.link("102", 90, CALLED)
    [call] = stage.calls
    assert call.connections[1].talking
    assert stage.picture.state.legs["b"].app_id == "fs-1"
    stage.event(back, 100, "b", "hangup", {"cause": "NORMAL_CLEARING", "hangup_by": "B"})
    stage.quiet(there, 103)
    [call] = stage.calls
    assert (call.ended_at, call.connections[1].ended_at) == (BEGIN + timedelta(seconds=100),) * 2


def test_a_call_waits_for_the_history_of_who_has_just_come_back():
    """102's leg ended while their link was away: only the history knows, and 101 leaves before it answers."""
    stage = Stage()
    away, there = stage.link("102", 0), stage.link("101", 0)
    away.over()
    stage.event(there, 1, "a", "ringing", CALLER)
    stage.event(there, 3, "a", "active", {})
    stage.event(there, 3, "a", "bridge", {"bridged_id": "b", "to": {"number": "102"}})
    stage.link("102", 7, asks=True)
    stage.event(there, 9, "a", "hangup", {"cause": "NORMAL_CLEARING"})
    stage.quiet(there, 60)
    assert [call.alive for call in stage.calls] == [True]
    past = listed(CALLED) | {"hangup_at": ms(6), "cause": "NORMAL_CLEARING", "bridged_id": "a", "bridged_at": ms(3)}
    stage.told += missed(stage.picture.state, "102", [past], BEGIN + timedelta(seconds=7), BEGIN)
    stage.picture.state.answered("102")
    stage.quiet(there, 63)
    [call] = stage.calls
    ended = [each.ended_at for each in call.connections]
    assert ended == [BEGIN + timedelta(seconds=9), BEGIN + timedelta(seconds=6)]
    assert not call.alive


def test_who_talks_on_as_their_own_list_says_did_so_all_the_time():
    """What 102's link told of 101 is 101's: with an announcement, after 102 had left."""
    stage = Stage()
    away, there = stage.link("101", 0), stage.link("102", 0)
    away.over()
    stage.event(there, 1, "b", "ringing", CALLED)
    stage.event(there, 3, "b", "active", {})
    stage.event(there, 9, "b", "hangup", {"cause": "NORMAL_CLEARING"})
    back = stage.link("101", 60, CALLER | {"bridged_at": ms(3)})
    stage.event(back, 70, "a", "hangup", {"cause": "NORMAL_CLEARING"})
    [call] = stage.calls
    assert call.connections[0].tally.talk_us == 67_000_000


@pytest.mark.parametrize("asks", [False, True])
def test_what_the_list_does_not_have_is_over_or_asked_about(asks):
    stage = Stage()
    talking(stage)
    back = stage.link("102", 90, asks=asks)
    stage.quiet(back, 95)
    [call] = stage.calls
    assert call.alive is asks
    assert stage.picture.state.awaited == ({"b"} if asks else set())
    if not asks:
        assert (call.connections[1].cause, call.ended_at) == (Cause.NORMAL, BEGIN + timedelta(seconds=9))


@pytest.mark.parametrize("kind", [OperatorEventKind.RELEASED, OperatorEventKind.REFUSED])
def test_who_is_not_signed_in_any_more_keeps_no_call(kind):
    stage = Stage()
    there = talking(stage)
    stage.operator("102", kind, 61)
    stage.quiet(there, 62)
    stage.quiet(there, 65)
    assert [call.alive for call in stage.calls] == [False]


def test_a_colleague_who_is_not_signed_in_keeps_no_call():
    stage = Stage()
    stage.operator("102", OperatorEventKind.RELEASED, 0)
    talking(stage)
    assert [(call.alive, call.ended_at) for call in stage.calls] == [(False, BEGIN + timedelta(seconds=9))]


def test_who_signs_in_later_and_is_still_in_it_has_another_call():
    stage = Stage()
    stage.operator("102", OperatorEventKind.RELEASED, 0)
    talking(stage)
    stage.operator("102", OperatorEventKind.ADMITTED, 90)
    stage.link("102", 90, CALLED)
    former, present = stage.calls
    assert (former.alive, present.alive, present.connections[-1].talking) == (False, True, True)
    assert former.call_id != present.call_id
    assert present.connections[-1].device.number == "102"


def test_a_list_that_lags_brings_nothing_back():
    stage = Stage()
    there = stage.link("101", 0)
    stage.event(there, 1, "a", "ringing", CALLER)
    stage.event(there, 9, "a", "hangup", {"cause": "NORMAL_CLEARING"})
    stage.quiet(there, 12)
    told = len(stage.told)
    stage.link("101", 12, CALLER)
    assert len(stage.told) == told


@pytest.mark.parametrize(("later", "begins"), [(5, False), (60, True)])
def test_another_leader_gives_no_call_the_id_of_one_that_is_over(later, begins):
    """Such a leg lives if it is still listed when no list lags so much any more."""
    stage, second = Stage(), Stage()
    stage.operator("102", OperatorEventKind.RELEASED, 0)
    there = stage.link("101", 0)
    stage.event(there, 1, "a", "ringing", CALLER)
    stage.event(there, 9, "a", "hangup", {})
    stage.quiet(there, 12)
    second.picture.remember(stage.calls, BEGIN + timedelta(seconds=9 + later))
    second.link("101", 9 + later, CALLER)
    assert [call.call_id for call in second.calls] != [call.call_id for call in stage.calls]
    assert len(second.calls) == begins


def test_a_call_of_the_former_leader_waits_for_the_link_of_who_is_in_it():
    stage, second = Stage(), Stage()
    there = stage.link("101", 0)
    stage.event(there, 1, "a", "ringing", CALLER)
    second.picture.restore(stage.calls)
    other = second.link("102", 0)
    second.quiet(other, 1)
    second.quiet(other, 300)  # 101 was admitted, and Webitel is slow
    back = second.link("101", 301, CALLER)
    assert second.told == []
    second.event(back, 310, "a", "hangup", {})
    second.quiet(back, 313)
    assert [call.alive for call in second.calls] == [False]


def test_a_leg_that_the_former_leader_heard_the_end_of_does_not_return_by_a_list_that_lags():
    stage, second = Stage(), Stage()
    talking(stage)  # 101 has left, 102 talks on
    second.picture.restore(stage.calls)
    second.link("101", 61, CALLER)
    assert second.told == []
    assert "a" not in second.picture.state.legs
