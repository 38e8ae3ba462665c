"""How a line leaves a call, and how a call ends that nobody tells the end of."""

from datetime import datetime, timedelta

from cti_model.calls import Cause, Connection, ConnectionState, DeviceKind, Direction
from cti_model.events import TransferKind, Transferred

from connector_oktell.translate.outside import waits_outside
from connector_oktell.translate.state import Box, Deed, Desk, Left, Order, State
from connector_oktell.translate.turn import Turn

LINGER = timedelta(seconds=1)
"""So long after somebody left, whoever takes their place may still show: the slowest question is asked after 0.7 s."""
_SWEEP = timedelta(seconds=1)  # every call against every operator: not at each frame
_ORDER_HOLDS = timedelta(seconds=10)
_BUSY = (5, 6)
_GONE = (0, 7)  # signed out, no telephone
_RINGS = ConnectionState.ALERTING


def leave(turn: Turn, desk: Desk, box: Box) -> None:
    """The operator's line is not in the call any more. Who else is there is looked at a little later."""
    own = box.extension(desk.device)
    order = _order(turn, desk)
    desk.box = None if desk.box is box else desk.box
    desk.held = None if desk.held is box else desk.held
    box.due = turn.occurred_at + LINGER
    if own is None:
        return
    if order is not None and order.deed is Deed.TRANSFER and own.talking:
        _passed_on(turn, box, own, order.to)
        return
    if own.state is _RINGS and own.direction is Direction.IN and order is None and _may_be_taken(turn, box, own):
        return  # whether another telephone took the call shows in a moment
    cause, by = _why(turn, box, own, order)
    if by == own.connection_id:
        box.released_by = by
    if own.talking:
        box.left = Left(own.connection_id, desk.device, turn.occurred_at)
    turn.clear(box, own, cause, by)


def _order(turn: Turn, desk: Desk) -> Order | None:
    order = desk.order
    if order is None or turn.observed_at - order.at > _ORDER_HOLDS:
        return None
    desk.order = None
    return order


def _may_be_taken(turn: Turn, box: Box, own: Connection) -> bool:
    """Whether others ring too, or another line that is listened to can tell that it took the call from here."""
    kind = DeviceKind.EXTENSION
    others = [each for each in box.living() if each is not own and each.device.kind is kind]
    listened = (each for each in turn.state.desks if turn.state.linked(each, turn.observed_at))
    return any(each.direction is Direction.IN for each in others) or any(each != own.device.number for each in listened)


def _passed_on(turn: Turn, box: Box, own: Connection, to: str) -> None:
    """A blind transfer that we were asked for."""
    by = own.connection_id
    fact = Transferred(kind=TransferKind.BLIND, to=to, by=by, by_number=own.device.number)
    turn.say(box, fact)
    turn.clear(box, own, Cause.TRANSFERRED, by)
    waits_outside(turn, box)
    box.left = Left(by, own.device.number, turn.occurred_at, told=True)


def _why(turn: Turn, box: Box, own: Connection, order: Order | None) -> tuple[Cause, str]:
    """The cause of an end and who made it. Oktell tells neither: what is known are our own commands (inferred)."""
    by = own.connection_id
    if own.state is _RINGS and own.direction is Direction.IN:
        if order is not None:
            return Cause.REJECTED, by
        taken = any(each.talking and each.direction is Direction.IN for each in box.living() if each is not own)
        return (Cause.ANSWERED_ELSEWHERE, "") if taken else (Cause.NORMAL, box.released_by)
    if order is not None:
        return Cause.NORMAL, by
    return (Cause.NORMAL if own.answered_at is not None else _why_in_vain(turn, box, own)), box.released_by


def _why_in_vain(turn: Turn, box: Box, own: Connection) -> Cause:
    """Why nobody answered a call out. A colleague who is listened to, and never rang, was busy (inferred)."""
    called = [each for each in box.call.connections if each.direction is Direction.IN]
    if any(each.cause is Cause.REJECTED for each in called):
        return Cause.REJECTED
    number, state = own.remote.number, turn.state
    rang = bool(called) or own.state is not ConnectionState.INITIATED or number == own.device.number
    if rang or not state.linked(number, turn.observed_at):
        return Cause.NO_ANSWER
    return Cause.UNREACHABLE if state.numbers.get(number) in _GONE else Cause.BUSY


def conclude(state: State, at: datetime, told: Turn) -> None:
    """Look at the calls that somebody left a while ago, and now and then at those that nobody is listened to in."""
    sweep = state.swept_at is None or at - state.swept_at >= _SWEEP
    state.swept_at = at if sweep else state.swept_at
    for box in tuple(state.boxes.values()):
        if box.due is not None and box.due <= at:
            left_at, box.due = box.due - LINGER, None
            _conclude(told, box, left_at, at)
        elif (
            sweep and box.due is None and not any(state.watchers(box, at)) and not _goes_on_unseen(told.state, box, at)
        ):
            box.due = at + LINGER


def next_conclusion(state: State) -> datetime | None:
    """When there is something to look at."""
    return min((box.due for box in state.boxes.values() if box.due is not None), default=None)


def _conclude(turn: Turn, box: Box, left_at: datetime, at: datetime) -> None:
    watched = {desk.device for desk in turn.state.watchers(box, at)}
    for each in box.living():
        desk = turn.state.desks.get(each.device.number)
        ours = each.device.kind is DeviceKind.EXTENSION and desk is not None and turn.state.linked(desk.device, at)
        if ours and each.device.number not in watched:
            cause, by = _why(turn, box, each, None)
            turn.clear(box, each, cause, by, left_at)
    living = box.living()
    if not living or (watched and len(living) > 1) or _goes_on_unseen(turn.state, box, at):
        return
    if watched:
        return  # alone in the call: its own line tells when it is over
    seen = any(not each.alive for each in box.call.connections)
    for each in living:
        turn.clear(box, each, Cause.NORMAL if seen else Cause.LOST, box.released_by, left_at)


def _goes_on_unseen(state: State, box: Box, at: datetime) -> bool:
    """Whether two or more are there of whom one's number is told to be busy: its end will be told too."""
    living = box.living()
    inside = [each.device.number for each in living if each.device.kind is DeviceKind.EXTENSION]
    return len(living) > 1 and any(state.numbers.get(each) in _BUSY and not state.linked(each, at) for each in inside)


def number_state(turn: Turn, number: str, now: int) -> None:
    """The state of a number of the company: one that is not busy any more has left its calls (inferred)."""
    was = turn.state.numbers.get(number)
    turn.state.numbers[number] = now
    if was not in _BUSY or now in _BUSY or turn.state.linked(number, turn.observed_at):
        return
    for box in tuple(turn.state.boxes.values()):
        connection = box.extension(number)
        if connection is not None:
            box.due = turn.occurred_at + LINGER
            cause = Cause.NORMAL if connection.answered_at is not None else Cause.NO_ANSWER
            turn.clear(box, connection, cause, box.released_by)
