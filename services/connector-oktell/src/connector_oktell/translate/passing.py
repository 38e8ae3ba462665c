"""A call that goes on with somebody else: passed on, handed over, picked up. Oktell names none of it (inferred)."""

from cti_model.calls import Cause, Connection, ConnectionState, DeviceKind, Direction
from cti_model.events import Cleared, Conferenced, Diverted, Leg, TransferKind, Transferred
from msgspec.structs import replace

from connector_oktell.translate.ending import LINGER
from connector_oktell.translate.line import Phone, Step
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
    if box.call.connection(answers.connection_id) is None and answers.device.kind is _INSIDE:
        for each in _ringing(box):
            _diverted(turn, box, each, answers.device.number)


def carried_over(turn: Turn, desk: Desk, box: Box, step: Step) -> None:
    """A line that called a pickup code is through to the caller of another call: its part comes over from its own."""
    source = desk.box
    mine = source.extension(desk.device) if source is not None else None
    rings = _ringing(box)
    if source is None or mine is None or mine.talking or mine.direction is Direction.IN or not rings:
        return
    if step.new.phone is not Phone.TALK or box.extension(desk.device) is not None:
        return
    was = rings[0]
    joined = replace(mine, direction=Direction.IN, remote=was.remote, internal=was.internal, queue=was.queue)
    _diverted(turn, box, was, desk.device, (joined,))
    turn.say(source, Conferenced(departed=(mine.connection_id,), merged_into=box.call.call_id))
    if not source.living():
        turn.say(source, Cleared())
        turn.state.close(source)
    desk.box = box


def _ringing(box: Box) -> list[Connection]:
    rings = [each for each in box.living() if each.state is ConnectionState.ALERTING]
    return [each for each in rings if each.direction is Direction.IN and each.device.kind is _INSIDE]


def _diverted(turn: Turn, box: Box, rang: Connection, to: str, joined: tuple[Connection, ...] = ()) -> None:
    elsewhere = Cause.ANSWERED_ELSEWHERE
    turn.say(box, Diverted(connection_id=rang.connection_id, to=to, cause=elsewhere, joined=joined))
    if not turn.state.linked(rang.device.number, turn.observed_at):
        turn.clear(box, rang, elsewhere, "")


def one_leaves(turn: Turn, desk: Desk, box: Box, far: Abonent, kind: TransferKind = TransferKind.ATTENDED) -> None:
    """The other side of a talk is another than before: who was there passed the operator on, or was passed on."""
    if box.far(far, desk.device) is not None:
        return
    for each in box.living():
        number = each.device.number
        if number == desk.device or not each.talking:
            continue
        if each.device.kind is _INSIDE and turn.state.linked(number, turn.observed_at):
            continue  # its own line tells
        _replaced(turn, box, each, far.number, kind)


def _replaced(turn: Turn, box: Box, gone: Connection, to: str, kind: TransferKind) -> None:
    inside = gone.device.kind is _INSIDE
    number = gone.device.number if inside else gone.party.number
    if inside:
        turn.say(box, Transferred(kind=kind, to=to, by=gone.connection_id, by_number=number))
    turn.clear(box, gone, Cause.TRANSFERRED if inside else Cause.NORMAL, gone.connection_id)
