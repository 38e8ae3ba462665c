"""A call that goes on with somebody else: passed on, handed over, picked up. Oktell names none of it (inferred)."""

from cti_model.calls import Cause, Connection, ConnectionState, DeviceKind, Direction
from cti_model.events import Diverted, Leg, TransferKind, Transferred

from connector_oktell.translate.ending import LINGER
from connector_oktell.translate.lineinfo import Abonent
from connector_oktell.translate.state import Box, Desk
from connector_oktell.translate.turn import Turn

_INSIDE = DeviceKind.EXTENSION


def passed_on_by(turn: Turn, desk: Desk, box: Box, far: Abonent) -> str:
    """The number of who left a moment ago, whose place this line takes; told as a transfer, once."""
    left = box.left
    if left is None or turn.occurred_at - left.at > LINGER or left.number == desk.device:
        return ""
    if box.extension(desk.device) is not None or box.far(far, desk.device) is None:
        return ""
    box.left = None
    fact = Transferred(kind=TransferKind.BLIND, to=desk.device, by=left.connection_id, by_number=left.number)
    if not left.told:
        turn.say(box, fact)
    return left.number


def picked_up(turn: Turn, box: Box, answers: Leg) -> None:
    """A telephone that did not ring answers while another one rings: it took the call from there."""
    if box.call.connection(answers.connection_id) is not None or answers.device.kind is not _INSIDE:
        return
    for each in box.living():
        rings = each.state is ConnectionState.ALERTING and each.direction is Direction.IN
        if not rings or each.device.kind is not _INSIDE:
            continue
        elsewhere = Cause.ANSWERED_ELSEWHERE
        turn.say(box, Diverted(connection_id=each.connection_id, to=answers.device.number, cause=elsewhere))
        if not turn.state.linked(each.device.number, turn.observed_at):
            turn.clear(box, each, elsewhere, "")


def one_leaves(turn: Turn, desk: Desk, box: Box, far: Abonent) -> None:
    """The other side of a talk is another than before: who was there passed the operator on, or was passed on."""
    if box.far(far, desk.device) is not None:
        return
    for each in box.living():
        number = each.device.number
        if number == desk.device or not each.talking:
            continue
        if each.device.kind is _INSIDE and turn.state.linked(number, turn.observed_at):
            continue  # its own line tells
        _replaced(turn, box, each, far.number)


def _replaced(turn: Turn, box: Box, gone: Connection, to: str) -> None:
    inside = gone.device.kind is _INSIDE
    number = gone.device.number if inside else gone.party.number
    if inside:
        fact = Transferred(kind=TransferKind.ATTENDED, to=to, by=gone.connection_id, by_number=number)
        turn.say(box, fact)
    turn.clear(box, gone, Cause.TRANSFERRED if inside else Cause.NORMAL, gone.connection_id)
