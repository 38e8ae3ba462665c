"""The parts of a call brought to the state that an operator's line is in: it rings, is called, waits, is through."""

from cti_model.calls import Connection, ConnectionState, Direction
from cti_model.events import Delivered, Established, Originated, Queued, TransferKind

from connector_oktell.translate.finding import parent
from connector_oktell.translate.line import Phone
from connector_oktell.translate.lineinfo import Abonent
from connector_oktell.translate.passing import one_leaves, picked_up
from connector_oktell.translate.state import Box, Desk
from connector_oktell.translate.turn import Turn

_State = ConnectionState


def begins(turn: Turn, desk: Desk, box: Box, far: Abonent, phone: Phone, passed: str = "") -> None:
    """Bring both parts to it. `passed`: the number of who passed the call on to this line."""
    match phone:
        case Phone.RING:
            _rings(turn, desk, box, far, passed)
        case Phone.BACKRING:
            if box.extension(desk.device) is None:
                leg = turn.own_leg(desk, box, Direction.OUT, far)
                turn.say(box, Delivered(leg=leg, consultation_of=parent(turn, desk, box, far)))
        case Phone.CALL | Phone.BACKCALL:
            _calls(turn, desk, box, far)
            if phone is Phone.CALL and far.ivr:
                _waits(turn, desk, box, far)
        case Phone.TALK:
            _talks(turn, desk, box, far)
        case _:
            pass


def _rings(turn: Turn, desk: Desk, box: Box, far: Abonent, passed: str) -> None:
    own, other = box.extension(desk.device), box.far(far, desk.device)
    if other is None and not far.conference:
        leg = turn.far_leg(desk, box, Direction.OUT, far)
        turn.say(box, Originated(leg=leg, dialled=desk.device, consultation_of=parent(turn, desk, box, far)))
    if own is None:
        turn.say(box, Delivered(leg=turn.own_leg(desk, box, Direction.IN, far, passed)))


def waits_alone(turn: Turn, box: Box) -> None:
    """Somebody has left: lines that were passed on to a telephone that only rings talk with nobody from now on."""
    for desk in turn.state.desks.values():
        view = desk.line.view
        if desk.box is box and view.phone is Phone.CALL and view.abonent is not None:
            _calls(turn, desk, box, view.abonent)


def _calls(turn: Turn, desk: Desk, box: Box, far: Abonent) -> None:
    own = box.extension(desk.device)
    passed_on = own is not None and own.state is _State.CONNECTED and not far.ivr
    if passed_on:
        one_leaves(turn, desk, box, far, TransferKind.BLIND)
    alone = passed_on and not any(each.talking for each in box.living() if each.device.number != desk.device)
    if own is None or alone or (own.state is _State.ALERTING and own.direction is Direction.OUT):
        leg, above = turn.own_leg(desk, box, Direction.OUT, far), parent(turn, desk, box, far)
        turn.say(box, Originated(leg=leg, dialled=far.number or desk.goal, consultation_of=above))
    if box.far(far, desk.device) is None and _is_reached(turn, desk, far):
        turn.say(box, Delivered(leg=turn.far_leg(desk, box, Direction.IN, far)))


def _is_reached(turn: Turn, desk: Desk, far: Abonent) -> bool:
    """Whether who is called is told to ring: strangers as soon as they are called, since nothing tells more of them.

    A colleague when the line names them; whose own line is listened to there. A number alone may be a menu or a queue.
    """
    if far.external:
        return bool(far.number)
    return (
        far.user and not far.ivr and far.number != desk.device and not turn.state.linked(far.number, turn.observed_at)
    )


def _waits(turn: Turn, desk: Desk, box: Box, far: Abonent) -> None:
    """The line waits for an answer in a scenario of Oktell's: that is how a queue looks from the line (inferred)."""
    own, queue = box.extension(desk.device), far.name or far.number
    if own is not None and not (own.state is _State.QUEUED and own.queue == queue):
        turn.say(box, Queued(connection_id=own.connection_id, queue=queue))


def _talks(turn: Turn, desk: Desk, box: Box, far: Abonent) -> None:
    """Both sides talk. Whoever was not seen to begin the call: the other side (as the first client infers it)."""
    own, other = box.extension(desk.device), box.far(far, desk.device)
    if far.ivr and (own is None or (own.direction is Direction.OUT and not own.talking)):
        _calls(turn, desk, box, far)  # a menu is nobody: the call goes on to somebody, or ends unanswered
        return
    if own is not None and own.direction is Direction.OUT and own.state is not _State.CONNECTED:
        _calls(turn, desk, box, far)
    elif other is None and own is None:
        turn.say(box, Originated(leg=turn.far_leg(desk, box, Direction.OUT, far), dialled=desk.device))
    own, other = box.extension(desk.device), box.far(far, desk.device)
    if not (_talking(own) and _talking(other)):
        _are_through(turn, desk, box, far)


def _are_through(turn: Turn, desk: Desk, box: Box, far: Abonent) -> None:
    mine, other = turn.own_leg(desk, box, Direction.IN, far), box.far(far, desk.device)
    theirs = turn.far_leg(desk, box, Direction.IN if mine.direction is Direction.OUT else Direction.OUT, far)
    answers, with_it = (mine, theirs) if mine.direction is Direction.IN else (theirs, mine)
    own = box.extension(desk.device)
    if own is not None and own.answered_at is not None and (other is None or other.answered_at is None):
        answers, with_it = theirs, mine  # passed on before: it is the new one who answers
    one_leaves(turn, desk, box, far)
    picked_up(turn, box, answers)
    if other is None and answers is mine:
        turn.say(box, Established(leg=theirs, connected=(mine.connection_id,)))
        return
    turn.say(box, Established(leg=answers, connected=(with_it.connection_id,)))


def _talking(connection: Connection | None) -> bool:
    return connection is not None and connection.talking
