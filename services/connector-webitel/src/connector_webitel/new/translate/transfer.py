"""Transfers: of an attended one both of the operator's legs end, and say with `transfer_to`/`transfer_from` who stays.

Of a blind one nothing says anything: what we know is what was asked of us.
"""

from cti_model.calls import Cause, Connection
from cti_model.events import TransferKind, Transferred

from connector_webitel.new.state import CallBox, Leg
from connector_webitel.new.translate.turn import Turn
from connector_webitel.new.wire import Fields, text


def attended(turn: Turn, leg: Leg, data: Fields) -> bool:
    """Whether a leg's `hangup` says that its call was passed on; then both calls are told as one.

    Each of the two legs names the far end of the other one (in the history: the other one), by either word: which one
    depends on the order in which the two were named in the request. Whichever ends first tells it.
    """
    names = [each for each in (text(data, "transfer_to"), text(data, "transfer_from")) if each]
    if not names:
        return False
    far = turn.state.legs.get(names[0])
    boxes = [each.box for each in (leg, far) if each is not None and each.box is not None]
    if len(boxes) == 2 and boxes[0] is not boxes[1] and not any(each.call.merged_into for each in boxes):
        first, second = sorted(boxes, key=lambda each: each.call.started_at)
        leaving = {each.connection_id for each in turn.state.own(second) if each.device == leg.device}
        _merge(turn, second, first, leg.device, leaving)
    turn.end(leg, Cause.TRANSFERRED, leg.connection_id)
    return True


def given_away(turn: Turn, leg: Leg) -> bool:
    """Whether a leg ends because its user gave the call away: it rings there already, or we were asked to."""
    if leg.box is None or not (leg.passed_on or leg.sent_to):
        return False
    by, number = leg.connection_id, leg.device
    if not leg.passed_on:
        turn.say(leg.box, Transferred(kind=TransferKind.BLIND, to=leg.sent_to, by=by, by_number=number), leg.uid)
    turn.end(leg, Cause.TRANSFERRED, by)
    return True


def handed_over(turn: Turn, leg: Leg, other: Leg) -> None:
    """An operator's leg talks with one of a call whose last operator has just left: it was consulted, and was given it.

    So it is where a telephone makes the transfer by itself: nothing else says so.
    """
    waits = any(each[0] is other.box for each in turn.state.left.values())
    if not waits or leg.box is None or other.box is None or leg.box is other.box:
        return
    left = [each for each in other.box.call.connections if not each.alive and each.answered_at]
    _merge(turn, leg.box, other.box, left[-1].device.number if left else "", set())


def _merge(turn: Turn, source: CallBox, target: CallBox, device: str, leaving: set[str]) -> None:
    """Who was consulted goes over into the call that began first. `device`: of whom both calls were.

    `leaving`: the connections of the former that end.
    """
    moving = tuple(each for each in source.call.connections if each.alive and each.connection_id not in leaving)
    ids = tuple(each.connection_id for each in moving)
    by = next((each.connection_id for each in turn.state.own(target) if each.device == device), "")
    to = _reached(moving[0]) if moving else ""
    kind = TransferKind.ATTENDED
    turn.say(target, Transferred(kind=kind, to=to, by=by, by_number=device, joined=moving))
    away = Transferred(kind=kind, to=to, by_number=device, departed=ids, merged_into=target.call.call_id)
    turn.say(source, away)
    for each in turn.state.legs.values():
        if each.connection_id in ids:
            each.box = target
    if turn.state.own(target):  # it goes on, though its own operators may have left just before
        turn.state.left = {key: each for key, each in turn.state.left.items() if each[0] is not target}
    turn.rest(source)


def _reached(connection: Connection) -> str:
    return connection.device.number or connection.party.number
