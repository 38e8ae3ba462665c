"""The reply to `subscribe_call` and `call_by_user`, compared with what is known of the operator's legs. Pure."""

from collections.abc import Collection
from datetime import datetime

from cti_model.calls import Cause
from cti_model.events import CallEvent, Origin

from connector_webitel.new.holds import unheard
from connector_webitel.new.state import Leg, State, Waiting
from connector_webitel.new.translate import late_holds, translate
from connector_webitel.new.translate.turn import Turn
from connector_webitel.new.wire import Fields, fields, instant, millis, objects, text

_STEPS = (("answered_at", "active"), ("bridged_at", "bridge"))


def items(reply: Fields) -> list[Fields]:
    """The calls in a reply."""
    return objects(reply, "items")


def listed(reply: Fields) -> set[str]:
    """The ids of the living legs in a reply. A call whose queue task alone is open (`hangup_at`) has ended."""
    return {text(item, "id") for item in items(reply) if instant(item, "hangup_at") is None}


def other_end(item: Fields) -> Fields:
    """Whom the user of a listed leg talks with; in an event of it that is `to`."""
    return fields(item, "to" if text(item, "direction") == "outbound" else "from")


def legs_of(state: State, device: str) -> set[str]:
    """The ids of an operator's living legs, as we know them."""
    return {each.uid for each in state.legs.values() if each.device == device}


def compare(
    state: State, device: str, reply: Fields, doubted: Collection[str], since: datetime | None, now: datetime
) -> list[CallEvent]:
    """Events that bring the operator's legs in line with the list.

    Of the legs that are not in it, those that are `doubted` ended between `since` (when we last heard; None: nobody
    knows) and now, but for those about which REST is being asked. Each item is told as events with its own instants, so
    that late ones count as nothing.
    """
    told: list[CallEvent] = []
    alive = listed(reply)
    for item in items(reply):
        if text(item, "id") in alive:
            told += _steps(state, device, item, now)
    for leg in [each for each in state.legs.values() if each.device == device and each.uid in doubted]:
        if leg.uid not in alive and leg.uid not in state.awaited:
            told += _lost(state, leg, since, now)
    return told


def _steps(state: State, device: str, item: Fields, now: datetime) -> list[CallEvent]:
    """The events that this item's state follows from, but those that were told."""
    uid = text(item, "id")
    if state.over.get(uid):  # nobody was heard to end it, and it lives: it is another call to us
        del state.over[uid]
    known = state.legs.get(uid)
    if known is not None:
        known.app_id = text(item, "app_id") or known.app_id  # of a call that a former leader told we know none
    events: list[Waiting] = []
    if known is None or not known.device or known.claimed:
        events.append(_step(item, "ringing", instant(item, "created_at") or now))
    connection = known.connection if known is not None else None
    if events or connection is None or connection.answered_at is None:
        events += [_step(item, event, at) for name, event in _STEPS if (at := instant(item, name)) is not None]
    if events:  # what came before its leg was known came after the answer
        events += sorted(state.early.pop(uid, []), key=lambda waiting: waiting[1])
    told: list[CallEvent] = []
    for event, at, data in events:
        call = {"id": uid, "event": event, "timestamp": millis(at), "data": data}
        told += translate(state, device, {"call": call | {"app_id": text(item, "app_id")}}, now, Origin.RECONCILED)
    leg = state.legs.get(uid)
    return told + (late_holds(state, leg, unheard(item, leg, now), now) if leg is not None else [])


def _step(item: Fields, event: str, at: datetime) -> Waiting:
    """An item's fields under their names in events. It does not tell a click-to-call: only its bridge counts."""
    task = fields(item, "task")
    name = text(task, "queue_name") or text(fields(item, "queue"), "name")
    queue = {"queue_name": name, "attempt_id": text(task, "attempt_id")} if name else {}
    data = item | {"payload": fields(item, "variables"), "queue": queue, "originate": True}
    return event, at, data | ({"to": other_end(item)} if event == "bridge" else {})


def _lost(state: State, leg: Leg, since: datetime | None, now: datetime) -> list[CallEvent]:
    """It ended after its own last change. Where nobody knows when it was last heard, it was shown until now."""
    connection = leg.connection
    last = connection.changed_at if connection is not None else now
    turn = Turn(state, now if since is None else max(since, last), now, Origin.RECONCILED)
    if leg.claimed:  # it was taken for this operator's by its number alone
        turn.release(leg)
        return turn.told
    turn.within = (last if since is None else turn.at, now)
    turn.end(leg, Cause.LOST, "")
    return turn.told
