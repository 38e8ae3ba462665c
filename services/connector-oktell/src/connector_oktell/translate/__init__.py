"""What frames mean: an operator's line, the calls of all operators, and their states. Pure.

`hear` takes an event, `take_line` an answer about the line, `tick` the time; each changes the state in place and gives
what is to be told.
"""

import re
from datetime import datetime
from typing import Any, Final

from cti_model.events import CallEvent, Origin

from connector_oktell.translate.calls import apply
from connector_oktell.translate.doubt import doubted
from connector_oktell.translate.ending import conclude, next_conclusion, number_state
from connector_oktell.translate.line import Step
from connector_oktell.translate.lineinfo import line_info
from connector_oktell.translate.members import composition
from connector_oktell.translate.records import JOURNAL, records_due, records_found
from connector_oktell.translate.state import Box, Deed, Desk, Order, State
from connector_oktell.translate.turn import Turn
from connector_oktell.wire import Frame, number, rows, text

_CALLEE: Final = re.compile(r"Абонент:\s*([+0-9*#]{1,32})")
_STARTS: Final = ("phoneevent_acmcallstarted", "phoneevent_ringstarted")


def hear(state: State, desk: Desk, event: Frame, at: datetime) -> list[CallEvent]:
    """What an event about an operator's line changes at once; mostly it only makes the line be asked about."""
    desk.polls.hint(event.name, at)
    desk.line.hint(event.name)
    if event.name == "flashstatechanged":
        kind = number(event.fields, "flashtypeid")
        desk.flash = (kind, at) if kind is not None else desk.flash
    elif event.name in _STARTS:
        desk.goal = _goal(event) or desk.goal
    elif event.name == "pbxnumberstatechanged":
        return numbers(state, rows(event.fields, "numbers"), at)
    elif event.name == "confcompositionchanged":
        turn = Turn(state, at, at)
        composition(turn, desk, event.fields)
        return turn.told
    return []


def _goal(event: Frame) -> str:
    """Whom a call out is for, where an event of its beginning tells: only its text does, recorded, in a back-ring."""
    said = _CALLEE.search(text(event.fields, "callerinfo"))
    if said is not None:
        return said[1]
    return text(event.fields, "number") if event.name == "phoneevent_acmcallstarted" else ""


def numbers(
    state: State, listed: list[dict[str, Any]], at: datetime, origin: Origin = Origin.OBSERVED
) -> list[CallEvent]:
    """The states of numbers of the company, as an event or a list has them."""
    turn = Turn(state, at, at, origin)
    for each in listed:
        name = text(each, "num") or text(each, "number")
        now = number(each, "numstateid")
        now = number(each, "state") if now is None else now
        if name and now is not None:
            number_state(turn, name, now)
    return turn.told


def take_line(state: State, desk: Desk, answer: Frame, at: datetime) -> tuple[list[CallEvent], Step | None]:
    """What an answer about an operator's line changes, and the step of the line; none where it says nothing."""
    info = line_info(answer.fields) if answer.ok else None
    if info is None:
        return [], None
    before = desk.line.view
    step = desk.line.take(info)
    origin = Origin.RECONCILED if desk.blind else Origin.OBSERVED
    occurred_at = at if desk.blind else desk.polls.began_at(before.phone, step.new.phone, at)
    ended_at = at if desk.blind else min(occurred_at, desk.polls.ended_at(before.phone, at))
    since = desk.sure_at if desk.blind else None
    turn = Turn(state, occurred_at, at, origin, (since, None) if since is not None and since < at else (None, None))
    apply(turn, desk, step, ended_at)
    if step.happened:
        desk.polls.told(occurred_at)
    desk.polls.answered(at)
    desk.sure_at, desk.blind = at, False
    return turn.told, step


def tick(state: State, at: datetime) -> list[CallEvent]:
    """Time has passed: calls that somebody left a while ago may be over."""
    turn = Turn(state, at, at)
    conclude(state, at, turn)
    return turn.told


def lost(desk: Desk) -> None:
    """An operator's connection is over: what happens from now on is not seen."""
    desk.blind = True
    desk.sure_at = desk.heard_at or desk.sure_at
    desk.polls.forget()
    for each in desk.wanted.values():
        each.at = each.at or desk.sure_at  # asked for, and not answered: again when the line is asked about next


__all__ = [
    "JOURNAL",
    "Box",
    "Deed",
    "Desk",
    "Order",
    "State",
    "Step",
    "doubted",
    "hear",
    "lost",
    "next_conclusion",
    "numbers",
    "records_due",
    "records_found",
    "take_line",
    "tick",
]
