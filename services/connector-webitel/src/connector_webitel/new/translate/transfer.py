"""Transfers: of an attended one both of the operator's legs end, and say with `transfer_to`/`transfer_from` who stays.

Of a blind one nothing says anything: what we know is what was asked of us.
"""

from cti_model.calls import Cause, Connection
from cti_model.events import TransferKind, Transferred

from connector_webitel.new.state import CallBox, Leg
from connector_webitel.new.translate.turn import Turn
from connector_webitel.new.wire import Fields, text


def attended(turn: Turn, leg: Leg, data: Fields) -> bool:
    """Whether a leg's `hangup` says that its call was passed on; then both calls are told as one."""
    state = turn.state
    reached = state.legs.get(text(data, "transfer_to"))
    if reached is None and not text(data, "transfer_from"):
        return False
    if reached is not None and reached.box is not None and leg.box is not None and reached.box is not leg.box:
        _merge(turn, leg, reached.box, leg.box)
    turn.end(leg, Cause.TRANSFERRED, leg.connection_id)
    return True


def passed_on(turn: Turn, leg: Leg) -> bool:
    """Whether a leg ends because its user had its call passed on by a command of ours."""
    if not leg.sent_to or leg.box is None:
        return False
    by, number = leg.connection_id, leg.device
    turn.say(leg.box, Transferred(kind=TransferKind.BLIND, to=leg.sent_to, by=by, by_number=number), leg.uid)
    turn.end(leg, Cause.TRANSFERRED, by)
    return True


def _merge(turn: Turn, leg: Leg, source: CallBox, target: CallBox) -> None:
    """Who was consulted goes over into the call that began first."""
    mine = {each.connection_id for each in turn.state.own(source) if each.device == leg.device}
    moving = tuple(each for each in source.call.connections if each.alive and each.connection_id not in mine)
    ids = tuple(each.connection_id for each in moving)
    to = _reached(moving[0]) if moving else ""
    kind, number = TransferKind.ATTENDED, leg.device
    turn.say(target, Transferred(kind=kind, to=to, by=leg.connection_id, by_number=number, joined=moving), leg.uid)
    away = Transferred(kind=kind, to=to, by_number=number, departed=ids, merged_into=target.call.call_id)
    turn.say(source, away, leg.uid)
    for each in turn.state.legs.values():
        if each.connection_id in ids:
            each.box = target


def _reached(connection: Connection) -> str:
    return connection.device.number or connection.party.number
