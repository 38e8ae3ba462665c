"""A line's change as facts about calls. One call is one conversation, whoever of its parties is listened to."""

from datetime import datetime, timedelta

from cti_model.calls import Cause, Connection, ConnectionState, DeviceKind, Direction
from cti_model.events import (
    Delivered,
    Established,
    Held,
    Originated,
    Retrieved,
    TransferKind,
    Transferred,
)

from connector_oktell.translate.ending import LINGER, leave
from connector_oktell.translate.joining import confer, join
from connector_oktell.translate.line import Phone, Step
from connector_oktell.translate.lineinfo import Abonent
from connector_oktell.translate.state import Box, Deed, Desk
from connector_oktell.translate.turn import Turn

_BREAKS = (3, 4, 13)  # flash types: broken by hanging up, the held one left, disconnected from flash
_FLASH_HOLDS = timedelta(seconds=3)


def apply(turn: Turn, desk: Desk, step: Step, ended_at: datetime) -> None:
    """Tell what a step of the operator's line means. `ended_at`: when its former state ended."""
    _holds(turn, desk, step, ended_at)
    phone, far = step.new.phone, step.new.abonent
    if phone.idle:
        if desk.box is not None:
            leave(turn, desk, desk.box)
        desk.goal = "" if step.new.held is None else desk.goal
    elif far is not None and far.conference:
        _confers(turn, desk, far)
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
    for box in turn.state.boxes.values():
        if box.extension(desk.device) is not None and box.far(held) is not None:
            return box
    if desk.held is not None or not held.number:
        return desk.held
    box = turn.open(held)
    _begins(turn, desk, box, held, Phone.TALK)
    return box


def _no_longer_held(turn: Turn, desk: Desk, step: Step, before: Box) -> None:
    far = step.new.abonent
    own = before.extension(desk.device)
    if far is not None and far.conference:
        confer(turn, desk, before, desk.box)
        desk.box = before
    elif far is not None and before.far(far) is not None and not step.new.phone.idle:
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
    box = _find(turn, desk, step, far)
    if box is None:
        box = turn.open(far)
    turn.alias(box, far.chain)
    if desk.box is not None and desk.box is not box and desk.box is not desk.held:
        leave(turn, desk, desk.box)
    passed = _passed_on_by(turn, desk, box, far)
    desk.box = box
    _begins(turn, desk, box, far, step.new.phone, passed)


def _confers(turn: Turn, desk: Desk, far: Abonent) -> None:
    """The line is in a conference: the call that it was in becomes one, or it comes to one that others are in."""
    known = next((each for each in turn.state.boxes.values() if each.conference == far.conference), None)
    box = known or desk.box or turn.open(far)
    if desk.box is not None and desk.box is not box:
        leave(turn, desk, desk.box)
    box.conference, desk.box = far.conference, box
    turn.alias(box, far.chain)
    own = box.extension(desk.device)
    if own is None or not own.talking:
        turn.say(box, Established(leg=turn.own_leg(desk, box, Direction.IN, far)))


def _find(turn: Turn, desk: Desk, step: Step, far: Abonent) -> Box | None:
    boxes = turn.state.boxes.values()
    both = [each for each in boxes if each.extension(desk.device) is not None and each.far(far) is not None]
    if both:
        return desk.box if desk.box in both else next((b for b in both if b is not desk.held), both[0])
    for box in boxes:
        mine = box.extension(desk.device) is not None
        if far.chain in box.chains and box is not desk.held and (mine or not _consults(box, far)):
            return box
    talked_on = step.old.phone is Phone.TALK and step.new.phone is Phone.TALK and desk.held is None
    return desk.box if talked_on and desk.box is not desk.held else None


def _consults(box: Box, far: Abonent) -> bool:
    """Whether the other side is a colleague who talks with somebody else in that call: then this is another call."""
    other = box.far(far)
    talks = [each for each in box.living() if each.talking]
    return other is not None and other.device.kind is DeviceKind.EXTENSION and other in talks and len(talks) > 1


def _passed_on_by(turn: Turn, desk: Desk, box: Box, far: Abonent) -> str:
    """The number of who left a moment ago, whose place this line takes; told as a transfer, once."""
    left = box.left
    if left is None or turn.occurred_at - left.at > LINGER or left.number == desk.device:
        return ""
    if box.extension(desk.device) is not None or box.far(far) is None:
        return ""
    box.left = None
    fact = Transferred(kind=TransferKind.BLIND, to=desk.device, by=left.connection_id, by_number=left.number)
    turn.say(box, fact)
    return left.number


def _begins(turn: Turn, desk: Desk, box: Box, far: Abonent, phone: Phone, passed: str = "") -> None:
    """Bring the operator's and the other side's parts to the state that the line is in."""
    own, other = box.extension(desk.device), box.far(far)
    parent = _parent(turn, desk, box, far)
    match phone:
        case Phone.RING:
            if other is None:
                leg = turn.far_leg(desk, box, Direction.OUT, far)
                turn.say(box, Originated(leg=leg, dialled=desk.device, consultation_of=parent))
            if own is None:
                turn.say(box, Delivered(leg=turn.own_leg(desk, box, Direction.IN, far, passed)))
        case Phone.BACKRING:
            if own is None:
                leg = turn.own_leg(desk, box, Direction.OUT, far)
                turn.say(box, Delivered(leg=leg, consultation_of=parent))
        case Phone.CALL | Phone.BACKCALL:
            _calls(turn, desk, box, far, parent)
        case Phone.TALK:
            _talks(turn, desk, box, far, parent)
        case _:
            pass


def _parent(turn: Turn, desk: Desk, box: Box, far: Abonent) -> str | None:
    """The call that the one who calls holds, or talks in, while this one begins."""
    if desk.held is not None and desk.held is not box:
        return desk.held.call.call_id
    other = turn.state.desks.get(far.number) if not far.external else None
    for mine in (other.held, other.box) if other is not None else ():
        if mine is not None and mine is not box:
            return mine.call.call_id
    return None


def _calls(turn: Turn, desk: Desk, box: Box, far: Abonent, parent: str | None) -> None:
    own = box.extension(desk.device)
    if own is None or (own.state is ConnectionState.ALERTING and own.direction is Direction.OUT):
        leg = turn.own_leg(desk, box, Direction.OUT, far)
        turn.say(box, Originated(leg=leg, dialled=far.number or desk.goal, consultation_of=parent))
    if box.far(far) is None and far.number:
        turn.say(box, Delivered(leg=turn.far_leg(desk, box, Direction.IN, far)))


def _talks(turn: Turn, desk: Desk, box: Box, far: Abonent, parent: str | None) -> None:
    """Both sides talk. Whoever was not seen to begin the call: the other side (as the first client infers it)."""
    own, other = box.extension(desk.device), box.far(far)
    if own is not None and own.direction is Direction.OUT and own.state is not ConnectionState.CONNECTED:
        _calls(turn, desk, box, far, parent)
    elif other is None and own is None:
        turn.say(box, Originated(leg=turn.far_leg(desk, box, Direction.OUT, far), dialled=desk.device))
    own, other = box.extension(desk.device), box.far(far)
    if _talking(own) and _talking(other):
        return
    mine = turn.own_leg(desk, box, Direction.IN, far)
    theirs = turn.far_leg(desk, box, Direction.IN if mine.direction is Direction.OUT else Direction.OUT, far)
    answers, with_it = (mine, theirs) if mine.direction is Direction.IN else (theirs, mine)
    _one_leaves(turn, desk, box, other)
    if other is None and answers is mine:
        turn.say(box, Established(leg=theirs, connected=(mine.connection_id,)))
        return
    turn.say(box, Established(leg=answers, connected=(with_it.connection_id,)))


def _talking(connection: Connection | None) -> bool:
    return connection is not None and connection.talking


def _one_leaves(turn: Turn, desk: Desk, box: Box, other: Connection | None) -> None:
    """The other side of a talk is another than before: who was there passed the operator on, or was passed on."""
    if other is not None:
        return
    for each in box.living():
        number = each.device.number
        if number == desk.device or not each.talking:
            continue
        if each.device.kind is DeviceKind.EXTENSION and turn.state.linked(number, turn.observed_at):
            continue  # its own line tells
        _replaced(turn, desk, box, each)


def _replaced(turn: Turn, desk: Desk, box: Box, gone: Connection) -> None:
    inside = gone.device.kind is DeviceKind.EXTENSION
    number = gone.device.number if inside else gone.party.number
    now = desk.line.view.abonent
    to = now.number if now is not None else ""
    if inside:
        fact = Transferred(kind=TransferKind.ATTENDED, to=to, by=gone.connection_id, by_number=number)
        turn.say(box, fact)
    turn.clear(box, gone, Cause.TRANSFERRED if inside else Cause.NORMAL, gone.connection_id)
