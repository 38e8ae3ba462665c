"""Which of the known calls a line is in. Pure; looks only."""

from cti_model.calls import DeviceKind

from connector_oktell.translate.line import Phone, Step
from connector_oktell.translate.lineinfo import Abonent
from connector_oktell.translate.state import Box, Desk, State
from connector_oktell.translate.turn import Turn


def find(state: State, desk: Desk, step: Step, far: Abonent) -> Box | None:
    """The call of an operator's line with its present other side; None: it is a new one.

    It is never the one that they hold, whoever is called: that goes on beside it.
    """
    boxes = [each for each in state.boxes.values() if each is not desk.held]
    if far.conference:
        return next((each for each in boxes if each.conference == far.conference), None)
    both = [each for each in boxes if _of_both(each, desk, far)]
    if both:
        return desk.box if desk.box in both else both[0]
    for box in boxes:
        mine = box.extension(desk.device) is not None
        if far.chain in box.chains and (mine or not _consults(box, far)):
            return box
    talked_on = step.old.phone is Phone.TALK and step.new.phone in (Phone.TALK, Phone.CALL) and desk.held is None
    return desk.box if talked_on and not desk.blind else None


def _of_both(box: Box, desk: Desk, far: Abonent) -> bool:
    """Whether both are in a call, and the line has not left it for one of another chain."""
    if box.extension(desk.device) is None or box.far(far, desk.device) is None:
        return False
    return desk.is_in(box) or far.chain in box.chains or not far.chain


def of_held(state: State, desk: Desk, held: Abonent) -> Box | None:
    """The call of an operator with whom they hold; the one that they held before where nothing fits better."""
    for box in state.boxes.values():
        if box.extension(desk.device) is not None and box.far(held, desk.device) is not None:
            return box
    return desk.held


def _consults(box: Box, far: Abonent) -> bool:
    """Whether the other side is a colleague who talks with somebody else in that call: then this is another call."""
    talks = [each for each in box.living() if each.talking]
    inside = [each for each in talks if each.device.kind is DeviceKind.EXTENSION and each.device == far.device]
    return bool(inside) and len(talks) > 1


def parent(turn: Turn, desk: Desk, box: Box, far: Abonent) -> str | None:
    """The call that the one who calls holds, or talks in, while this one begins."""
    if desk.held is not None and desk.held is not box:
        return desk.held.call.call_id
    other = turn.state.desks.get(far.number) if not far.external else None
    for mine in (other.held, other.box) if other is not None and other is not desk else ():
        if mine is not None and mine is not box:
            return mine.call.call_id
    return None
