"""A leg begins: `ringing` is told of called and of calling legs."""

from cti_model.calls import Cause
from cti_model.events import Delivered, InformationChanged, Originated, TransferKind, Transferred

from connector_webitel.new.state import CallBox, Leg, State
from connector_webitel.new.translate.turn import Turn, kind_of, party
from connector_webitel.new.wire import Fields, fields, text


def ringing(turn: Turn, uid: str, device: str, data: Fields) -> Leg:
    """The operator's leg, and its call: that of the leg that calls it, where it is called."""
    state = turn.state
    leg = state.legs.setdefault(uid, Leg(uid))
    _describe(state, leg, device, data)
    root = leg.parent if leg.parent and not leg.outward and leg.parent not in state.over else uid
    moved = state.legs.get(root)
    box = leg.box or (moved.box if moved is not None and moved.box is not None else None)
    waits = next((key for key, each in state.left.items() if each[0] is box), None)
    before = _who_left(state, waits)
    # A queue offers a caller to one operator after the other: to us another call each time, and another leader does not
    # know the former ones. So it has the id of the leg that is offered.
    box = box or turn.box_of(uid if leg.queue and root not in state.boxes else root)
    if waits is not None:
        del state.left[waits]
    turn.enter(leg, box)
    if leg.outward:
        consulted = next((each for each in state.legs.values() if each.device == device and each.held), None)
        of = consulted.box.call.call_id if consulted is not None and consulted.box is not None else None
        fact = Originated(leg=turn.introduced(leg), dialled=text(data, "destination"), consultation_of=of)
        turn.say(box, fact, uid)
    else:
        turn.far(leg, leg.parent if root != uid else "")
        by, leg.passed_by = before or _who_passes_on(state, moved, device)
        if leg.passed_by:
            turn.say(box, Transferred(kind=TransferKind.BLIND, to=device, by=by, by_number=leg.passed_by), uid)
        leg.passed_by = leg.passed_by or _who_sent_it(box, device)
        turn.say(box, Delivered(leg=turn.introduced(leg)), uid)
    given = fields(data, "payload")
    info = {name: text(given, name) for name in given if text(given, name)}
    if info:
        turn.say(box, InformationChanged(info=info), uid)
    return leg


def _who_passes_on(state: State, moved: Leg | None, device: str) -> tuple[str, str]:
    """Who talks with a caller that now rings somebody else: it was passed on, and their own end is still to come."""
    talks = moved.peer if moved is not None else ""
    for each in state.legs.values():
        if talks and each.connection_id == talks and each.device and each.device != device:
            each.passed_on = True
            return each.connection_id, each.device
    return "", ""


def _who_sent_it(box: CallBox, device: str) -> str:
    """The number of who passed this call on to that telephone, where it was told when they left."""
    talked = [each for each in box.call.connections if each.answered_at and not each.alive]
    sent = talked and talked[-1].cause is Cause.TRANSFERRED and talked[-1].redirection_id == device
    return talked[-1].device.number if sent else ""


def _who_left(state: State, waits: str | None) -> tuple[str, str] | None:
    """Who talked last in a call that waits for another operator: it was passed on, though nothing says so."""
    if waits is None:
        return None
    talked = [each for each in state.left[waits][0].call.connections if each.answered_at and not each.alive]
    if not talked or talked[-1].cause is Cause.TRANSFERRED:
        return None
    return talked[-1].connection_id, talked[-1].device.number


def _describe(state: State, leg: Leg, device: str, data: Fields) -> None:
    """`direction` is the user's own: an internal call is `inbound` to the called and `outbound` to the caller."""
    source, to, queue = fields(data, "from"), fields(data, "to"), fields(data, "queue")
    leg.device, leg.claimed = device, False
    leg.outward = text(data, "direction") == "outbound"
    leg.parent = text(data, "parent_id")
    leg.prompted = leg.outward and (bool(data.get("originate")) or bool(fields(data, "params")))
    leg.queue, leg.attempt = text(queue, "queue_name"), text(queue, "attempt_id")
    mine, other = (source, to) if leg.outward else (to, source)
    number = text(other, "number") or (text(data, "destination") if leg.outward else "")
    leg.party = party(device, text(mine, "name"))
    leg.remote, leg.remote_kind = party(number, text(other, "name")), text(other, "type")
    if leg.outward and leg.remote_kind != "user":  # nothing is said of whom a user dials
        leg.remote_kind = kind_of(state, number)
