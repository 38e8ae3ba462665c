"""A line's change as facts about calls. One call is one conversation, whoever of its parties is listened to."""

from datetime import datetime, timedelta

from cti_model.calls import Direction
from cti_model.events import Established, Held, Retrieved

from connector_oktell.translate.beginning import begins, waits_alone
from connector_oktell.translate.ending import leave
from connector_oktell.translate.finding import find, of_held
from connector_oktell.translate.joining import confer, gather, join
from connector_oktell.translate.line import Phone, Step
from connector_oktell.translate.lineinfo import Abonent
from connector_oktell.translate.outside import rings_inside, waits_outside
from connector_oktell.translate.passing import carried_over, passed_on_by
from connector_oktell.translate.state import Box, Deed, Desk
from connector_oktell.translate.turn import Turn

_BREAKS = (3, 4, 13)  # flash types: broken by hanging up, the held one left, disconnected from flash
_FLASH_HOLDS = timedelta(seconds=3)


def apply(turn: Turn, desk: Desk, step: Step, ended_at: datetime) -> None:
    """Tell what a step of the operator's line means. `ended_at`: when its former state ended."""
    before, held = desk.box, desk.held
    _step(turn, desk, step, ended_at)
    if before is not None and before is not desk.box:
        waits_alone(turn, before)
    for box in (before, held, desk.box):
        if box is not None and rings_inside(box):
            waits_outside(turn, box)


def _step(turn: Turn, desk: Desk, step: Step, ended_at: datetime) -> None:
    _holds(turn, desk, step, ended_at)
    phone, far = step.new.phone, step.new.abonent
    if phone.idle:
        if desk.box is not None:
            leave(turn, desk, desk.box)
        desk.goal = "" if step.new.held is None else desk.goal
    elif far is not None and far.conference and phone is Phone.TALK:
        _confers(turn, desk, step, far)
    elif far is not None:
        _speaks(turn, desk, step, far)


# --- hold ---------------------------------------------------------------------------------------------------------


def _holds(turn: Turn, desk: Desk, step: Step, ended_at: datetime) -> None:
    now, before = step.new.held, desk.held
    held = _box_of_held(desk, turn, now) if now is not None else None
    if held is before:
        return
    desk.held = held
    if before is not None:
        _no_longer_held(turn, desk, step, before)
    if held is not None:
        own = held.extension(desk.device)
        if own is not None:
            turn.say(held, Held(connection_id=own.connection_id), ended_at)
        desk.box = None if desk.box is held else desk.box


def _box_of_held(desk: Desk, turn: Turn, held: Abonent) -> Box | None:
    """The operator's call with the held one; a call that is new to us is one that came in and was answered."""
    known = of_held(turn.state, desk, held)
    if known is not None or not held.number:
        return known
    box = turn.open(held)
    begins(turn, desk, box, held, Phone.TALK)
    return box


def _no_longer_held(turn: Turn, desk: Desk, step: Step, before: Box) -> None:
    far = step.new.abonent
    own = before.extension(desk.device)
    if far is not None and far.conference:
        confer(turn, desk, before, desk.box)
        desk.box = before
    elif far is not None and before.far(far, desk.device) is not None and not step.new.phone.idle:
        if own is not None:
            turn.say(before, Retrieved(connection_id=own.connection_id))
        if desk.box is not None and desk.box is not before and desk.held is not desk.box:
            leave(turn, desk, desk.box)
        desk.box = before
    elif step.new.phone.idle and desk.box is not None and not _broken(turn, desk):
        join(turn, desk, before, desk.box)
    else:
        leave(turn, desk, before)


def _broken(turn: Turn, desk: Desk) -> bool:
    """Whether the newest flash event says that the held one was let go, not joined."""
    if desk.order is not None and desk.order.deed is Deed.JOIN:
        return False
    return desk.flash is not None and desk.flash[0] in _BREAKS and turn.observed_at - desk.flash[1] < _FLASH_HOLDS


# --- the present other side ---------------------------------------------------------------------------------------


def _speaks(turn: Turn, desk: Desk, step: Step, far: Abonent) -> None:
    box = find(turn.state, desk, step, far)
    if box is None:
        box = turn.open(far)
    turn.alias(box, far.chain)
    box.conference = far.conference or box.conference
    if desk.box is not None and desk.box is not box and desk.box is not desk.held:
        carried_over(turn, desk, box, step)
    if desk.box is not None and desk.box is not box and desk.box is not desk.held:
        leave(turn, desk, desk.box)
    passed = passed_on_by(turn, desk, box, far)
    desk.box = box
    begins(turn, desk, box, far, step.new.phone, passed)


def _confers(turn: Turn, desk: Desk, step: Step, far: Abonent) -> None:
    """The line is in a conference: the call that it was in becomes one, or it comes to one that others are in."""
    known, talk = find(turn.state, desk, step, far), desk.box
    own = talk.extension(desk.device) if talk is not None else None
    if talk is not None and known is not None and talk is not known and own is not None and own.talking:
        gather(turn, talk, known)
        known = talk
    box = known or desk.box or turn.open(far)
    if desk.box is not None and desk.box is not box:
        leave(turn, desk, desk.box)
    box.conference, desk.box = far.conference, box
    turn.alias(box, far.chain)
    own = box.extension(desk.device)
    if own is None or not own.talking:
        turn.say(box, Established(leg=turn.own_leg(desk, box, Direction.IN, far)))
