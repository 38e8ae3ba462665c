"""Oktell as the operators' connections tell it, for tests of what is made of it."""

from datetime import UTC, datetime, timedelta
from typing import Any

from connector_oktell.translate import Deed, Desk, Order, State, hear, take_line, tick
from connector_oktell.translate.lineinfo import ZERO
from connector_oktell.wire import Frame
from cti_model.events import CallEvent, fact_kind
from cti_model.fold import refold

CLIENT, COLLEAGUE, ME = "79050001122", "103", "101"
C1, C2 = "883f3822-0000-4000-8000-000000000001", "d3050000-0000-4000-8000-000000000002"
BEGIN = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)


def outside(number: str) -> bool:
    return len(number) > 4


def answer(chain: str = ZERO, number: str = "", held: str = "", held_chain: str = "", **flags: Any) -> dict[str, Any]:
    """What `getextendedlineinfo` says: the other side in that chain, and whom the operator holds."""
    abonent: dict[str, Any] = {"number": number, "isextline": outside(number)} if number else {}
    if number and not outside(number):
        abonent["userid"] = f"id-{number}"
    flashed = {"number": held, "isextline": outside(held), "chainid": held_chain} if held else None
    return {
        "result": 1,
        "chainid": chain,
        "isflashing": bool(held),
        "flashed": flashed,
        "abonent": {**abonent, **flags},
    }


IDLE = answer()


class Play:
    """Oktell as the operators' connections tell it, a tenth of a second between two things."""

    def __init__(self) -> None:
        self.state = State("t", "oktell")
        self.at = BEGIN
        self.events: list[CallEvent] = []
        self.steps: list[str] = []
        self.repeats = True

    def desk(self, device: str) -> Desk:
        desk = self.state.desk(device)
        desk.heard_at = self.at
        return desk

    def hears(self, name: str, device: str = ME, **fields: Any) -> None:
        self.at += timedelta(milliseconds=100)
        self.events += hear(self.state, self.desk(device), Frame(name, fields), self.at)

    def is_told(self, said: dict[str, Any], device: str = ME) -> None:
        """The answer about the line: the same again changes nothing."""
        self.at += timedelta(milliseconds=100)
        told, step = take_line(self.state, self.desk(device), Frame("getextendedlineinforesult", said), self.at)
        assert step is not None
        self.steps += [str(each) for each in step.happened]
        self.events += told
        if self.repeats:
            again, _ = take_line(self.state, self.desk(device), Frame("getextendedlineinforesult", said), self.at)
            assert again == []

    def waits(self, seconds: float = 2.0) -> None:
        self.at += timedelta(seconds=seconds)
        for each in self.state.desks.values():
            each.heard_at = self.at
        self.events += tick(self.state, self.at)

    def orders(self, deed: Deed, to: str = "", device: str = ME) -> None:
        self.desk(device).order = Order(deed, self.at, to)

    @property
    def facts(self) -> list[str]:
        """Every fact, with the telephone that it is about."""
        return [self._named(each) for each in self.events]

    def _named(self, event: CallEvent) -> str:
        leg = getattr(event.fact, "leg", None)
        about = leg.connection_id if leg is not None else getattr(event.fact, "connection_id", "")
        connection = event.call.connection(about) if about else None
        number = (connection.party.number or connection.device.number) if connection is not None else ""
        return f"{fact_kind(event.fact)} {number}".strip()

    def calls(self) -> dict[str, Any]:
        return {each.call.call_id: each.call for each in self.events}


def started() -> Play:
    """Three operators whose lines are idle."""
    play = Play()
    for device in (ME, COLLEAGUE, "102"):
        take_line(play.state, play.desk(device), Frame("x", IDLE), play.at)
    return play


def holds_the_law(play: Play) -> None:
    """The state that the last event of each call carries is the fold of its facts; each second is in one bucket."""
    for call_id, call in play.calls().items():
        events = [each for each in play.events if each.call.call_id == call_id]
        assert refold(events) == call
        for each in call.connections:
            if each.ended_at is not None and each.started_at:
                spent = (each.ended_at - each.started_at) // timedelta(microseconds=1)
                assert each.tally.total_us == spent
    assert [e.call.version for e in play.events if e.call.call_id == play.events[0].call.call_id] == list(
        range(1, 1 + sum(e.call.call_id == play.events[0].call.call_id for e in play.events))
    )


def begin_b(play: Play, second_chain: str) -> None:
    play.hears("phoneevent_ringstarted", chainid=C1, callerid=CLIENT)
    play.is_told(answer(C1, CLIENT, isringing=True))
    play.hears("phoneevent_ringstopped")
    play.hears("phoneevent_commstarted")
    play.is_told(answer(C1, CLIENT, iscommutated=True))
    play.hears("phoneevent_commstopped")
    play.hears("flashstatechanged", flashtypeid=1)
    play.hears("phoneevent_acmcallstarted")
    play.is_told(answer(second_chain, COLLEAGUE, CLIENT, C1, iswaitingforanswer=True))
    play.hears("phoneevent_commstarted")
    play.is_told(answer(second_chain, COLLEAGUE, CLIENT, C1, iscommutated=True))


def end_b(play: Play) -> None:
    play.hears("phoneevent_commstopped")
    play.hears("flashstatechanged", flashtypeid=5)
    play.hears("userstatechanged", userstateid=1)
    play.is_told(IDLE)


B_FACTS = [
    f"originated {CLIENT}",
    "delivered 101",
    "established 101",
    "held 101",
    "originated 101",
    "delivered 103",
    "established 103",
    "transferred",
    "transferred",
    "information_changed",
    "connection_cleared 101",
    "cleared",
    "connection_cleared 101",
]
