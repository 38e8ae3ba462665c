"""Two calls of one operator become one: an attended transfer, or a conference of three."""

from cti_model.calls import Cause, Connection
from cti_model.events import Cleared, Conferenced, InformationChanged, Retrieved, TransferKind, Transferred

from connector_oktell.translate.ending import LINGER
from connector_oktell.translate.state import Box, Desk
from connector_oktell.translate.turn import Turn


def join(turn: Turn, desk: Desk, main: Box, consultation: Box) -> None:
    """The operator drops out; the held party and the consulted one talk with each other, in the main call."""
    mine, own = main.extension(desk.device), consultation.extension(desk.device)
    joined = _others(consultation, own)
    ids = tuple(each.connection_id for each in joined)
    to = joined[0].party.number or joined[0].device.number if joined else ""
    by = mine.connection_id if mine is not None else ""
    kind = TransferKind.ATTENDED
    turn.say(main, Transferred(kind=kind, to=to, by=by, by_number=desk.device, joined=joined))
    into = main.call.call_id
    turn.say(consultation, Transferred(kind=kind, to=to, by_number=desk.device, departed=ids, merged_into=into))
    _merge(turn, desk, main, consultation)
    for box, connection in ((consultation, own), (main, mine)):
        if connection is not None:
            turn.clear(box, connection, Cause.TRANSFERRED, connection.connection_id)
    desk.box = desk.held = desk.order = None
    main.due = turn.occurred_at + LINGER


def confer(turn: Turn, desk: Desk, main: Box, consultation: Box | None) -> None:
    """The operator, the held party and the consulted one talk together, in the main call."""
    mine = main.extension(desk.device)
    if mine is not None:
        turn.say(main, Retrieved(connection_id=mine.connection_id))
    if consultation is None or consultation is main:
        return
    own = consultation.extension(desk.device)
    joined = _others(consultation, own)
    turn.say(main, Conferenced(joined=joined))
    ids = tuple(each.connection_id for each in joined)
    turn.say(consultation, Conferenced(departed=ids, merged_into=main.call.call_id))
    _merge(turn, desk, main, consultation)
    if own is not None:
        turn.clear(consultation, own, Cause.NORMAL, own.connection_id)


def gather(turn: Turn, main: Box, other: Box) -> None:
    """All of another call come to this one, which becomes the conference: a ghost whom those who talk now hear."""
    joined = tuple(other.living())
    turn.say(main, Conferenced(joined=joined))
    ids = tuple(each.connection_id for each in joined)
    turn.say(other, Conferenced(departed=ids, merged_into=main.call.call_id))
    _alias(turn, main, other)
    for desk in turn.state.desks.values():
        desk.box = main if desk.box is other else desk.box
    main.conference = other.conference
    turn.say(other, Cleared())
    turn.state.close(other)


def _others(box: Box, own: Connection | None) -> tuple[Connection, ...]:
    return tuple(each for each in box.living() if own is None or each.connection_id != own.connection_id)


def _merge(turn: Turn, desk: Desk, main: Box, consultation: Box) -> None:
    """The main call goes on under the consultation's ids too."""
    _alias(turn, main, consultation)
    for other in turn.state.desks.values():
        if other is not desk and other.box is consultation:
            other.box = main


def _alias(turn: Turn, main: Box, other: Box) -> None:
    new = tuple(each for each in other.call.native_ids if each not in main.call.native_ids)
    if new:
        turn.say(main, InformationChanged(native_ids=new))
    main.chains |= other.chains
