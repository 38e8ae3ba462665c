"""When two operators' lines tell two stories of one call, Oktell is asked about both again. Pure.

One of the two has missed an event, or was asked before its state had followed. Each pair of stories is doubted once:
when the answers stay as they are, the next comparison has the word.
"""

from datetime import datetime, timedelta
from enum import Enum, auto
from typing import Final

from connector_oktell.translate.line import Phone, Step, View
from connector_oktell.translate.state import Desk, State

_SOON: Final = timedelta(seconds=1)
"""A line that is asked about within this time anyway need not be asked before."""


class _Stance(Enum):
    """What a line has with another one."""

    NOTHING = auto()
    DIALS = auto()
    RINGS = auto()
    TALKS = auto()
    HOLDS = auto()


_STANCES: Final = {
    Phone.TALK: _Stance.TALKS,
    Phone.RING: _Stance.RINGS,
    Phone.CALL: _Stance.DIALS,
    Phone.BACKCALL: _Stance.DIALS,
    Phone.BACKRING: _Stance.DIALS,
}
_FIT: Final = frozenset(
    frozenset(each)
    for each in (
        (_Stance.NOTHING,),
        (_Stance.DIALS, _Stance.NOTHING),  # the other telephone rings a moment later, or another one does
        (_Stance.DIALS,),  # both call each other
        (_Stance.DIALS, _Stance.RINGS),
        (_Stance.TALKS,),
        (_Stance.TALKS, _Stance.HOLDS),
        (_Stance.HOLDS,),
    )
)


def doubted(state: State, desk: Desk, step: Step, at: datetime) -> list[Desk]:
    """The lines to be asked about again at once, after an answer about this one."""
    found: list[Desk] = []
    for other in _concerned(state, desk, step):
        if other is desk or other.blind or not state.linked(other.device, at):
            continue
        pair = (desk, other) if desk.device < other.device else (other, desk)
        names, views = (pair[0].device, pair[1].device), (pair[0].line.view, pair[1].line.view)
        if _fit(desk, step, other):
            state.doubts.pop(names, None)
        elif state.doubts.get(names) != views:
            unasked = [each for each in pair if not _asked_soon(each, at)]
            found += [each for each in unasked if each not in found]
            if unasked:
                state.doubts[names] = views
    return found


def _concerned(state: State, desk: Desk, step: Step) -> list[Desk]:
    """Whose story may be another than this one's: all others tell nothing of this line, nor it of them."""
    views = [each for each in (step.old, step.new) if each.abonent is not None or each.held is not None]
    mine = {each.number for view in views for each in (view.abonent, view.held) if each is not None}
    chain = step.new.abonent.chain if step.new.abonent is not None and step.new.abonent.external else ""
    doubts = {name for names in state.doubts if desk.device in names for name in names}
    return [
        other
        for other in state.desks.values()
        if other.device in mine or other.device in doubts or _names(other.line.view, desk.device, chain)
    ]


def _names(view: View, number: str, chain: str) -> bool:
    far, held = view.abonent, view.held
    if far is None and held is None:
        return False
    if far is not None and (far.number == number or (chain != "" and far.chain == chain)):
        return True
    return held is not None and held.number == number


def _asked_soon(desk: Desk, at: datetime) -> bool:
    return desk.polls.next_at is not None and desk.polls.next_at <= at + _SOON


def _fit(desk: Desk, step: Step, other: Desk) -> bool:
    mine, theirs = _stance(step.new, other.device), _stance(other.line.view, desk.device)
    if (mine, theirs) == (_Stance.NOTHING, _Stance.DIALS):
        return _stance(step.old, other.device) is not _Stance.RINGS  # it rang for them, and does no more
    return frozenset((mine, theirs)) in _FIT and not _same_outside(step.new, other.line.view)


def _stance(view: View, number: str) -> _Stance:
    held, far = view.held, view.abonent
    if held is not None and held.number == number and not held.external:
        return _Stance.HOLDS
    if far is None or far.number != number or far.external or far.conference:
        return _Stance.NOTHING
    return _STANCES.get(view.phone, _Stance.NOTHING)


def _same_outside(mine: View, theirs: View) -> bool:
    """Whether both have the same outside party in the same chain, though one of them talks with it."""
    a, b = mine.abonent, theirs.abonent
    if a is None or b is None or not (a.external and b.external) or a.conference or b.conference:
        return False
    talk = Phone.TALK in (mine.phone, theirs.phone) and not (mine.phone.idle or theirs.phone.idle)
    return talk and bool(a.chain) and (a.chain, a.number) == (b.chain, b.number)
