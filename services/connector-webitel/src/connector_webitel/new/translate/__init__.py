"""Webitel's call events to facts, by their own clock. Pure.

Source: webitel/mod_grpc's events as webitel/engine passes them on, and the frames that webitel-sdk 26.4.29 accepts.
"""

from collections.abc import Callable, Iterable
from datetime import datetime

from cti_model.events import CallEvent, DigitsEntered, Held, InformationChanged, Origin, Retrieved

from connector_webitel.new.causes import ending
from connector_webitel.new.holds import Unheard
from connector_webitel.new.state import Leg, State
from connector_webitel.new.translate.begin import ringing
from connector_webitel.new.translate.recording import give_up, recorded
from connector_webitel.new.translate.transfer import attended, given_away, handed_over
from connector_webitel.new.translate.turn import Turn, kind_of, party
from connector_webitel.new.wire import Fields, fields, moment, text

_MOST_EARLY = 1000
_MOST_OF_ONE = 100


def translate(
    state: State, device: str, frame: Fields, now: datetime, origin: Origin = Origin.OBSERVED
) -> list[CallEvent]:
    """What a `call` event on the link of that device's operator says; empty where it is late, a repeat, or nothing."""
    said = fields(frame, "call")
    uid, event, at = text(said, "id"), text(said, "event"), moment(said, "timestamp", now) or now
    if not uid or uid in state.over:
        return []
    turn = Turn(state, at, now, origin)
    data = fields(said, "data")
    leg = state.legs.get(uid)
    if event == "ringing" and (leg is None or not leg.device or leg.claimed):
        leg = ringing(turn, uid, device, data)
        leg.app_id = text(said, "app_id")
        leg.at = at
        leg.seen.add("ringing")
        for each in sorted(state.early.pop(uid, []), key=lambda waiting: waiting[1]):
            _apply(turn.following(each[1]), leg, each[0], each[2])
    elif data.get("cdr") is False and leg is None:  # of such a leg no `ringing` comes
        state.early.pop(uid, None)
    elif leg is None or not leg.device:
        _keep(state, uid, event, at, data)
    else:
        _apply(turn, leg, event, data)
    return turn.told


def tick(state: State, now: datetime) -> list[CallEvent]:
    """Time has passed: calls whose last operator left some time ago are over."""
    turn = Turn(state, now, now, Origin.OBSERVED)
    turn.disown()
    turn.conclude()
    give_up(state, now)
    return turn.told


def next_conclusion(state: State) -> datetime | None:
    """When `tick` has something to tell; None: not by itself."""
    due = [state.ends_at(box, due) for box, _, due in state.left.values()]
    strangers = state.seats.next_at
    return min(due if strangers is None else [*due, strangers], default=None)


def late_holds(state: State, leg: Leg, missed: Iterable[Unheard], now: datetime) -> list[CallEvent]:
    """`hold` and `active` events of a leg that nobody heard, in order; newer ones of it may have been."""
    told: list[CallEvent] = []
    for event, at, within in missed:
        turn = Turn(state, at, now, Origin.RECONCILED)
        turn.within = within
        _carry_out(turn, leg, event, {})
        told += turn.told
    return told


def _keep(state: State, uid: str, event: str, at: datetime, data: Fields) -> None:
    """The leg's `ringing` may be on its way; else the next comparison tells of it."""
    if event not in _HANDLERS:
        return
    if len(state.early) >= _MOST_EARLY:
        del state.early[next(iter(state.early))]
    waiting = state.early.setdefault(uid, [])
    waiting.append((event, at, data))
    del waiting[:-_MOST_OF_ONE]


def _apply(turn: Turn, leg: Leg, event: str, data: Fields) -> None:
    if event in _HANDLERS and (leg.at is None or event == "hangup" or not _late(leg, event, turn.at)):
        _carry_out(turn, leg, event, data)


def _carry_out(turn: Turn, leg: Leg, event: str, data: Fields) -> None:
    if leg.at is None or turn.at > leg.at:
        leg.at = turn.at
        leg.seen.clear()
    leg.seen.add(event)
    _HANDLERS[event](turn, leg, data)


def _late(leg: Leg, event: str, at: datetime) -> bool:
    """As Webitel itself does it: what is older than the newest is not applied. Digits have no successor."""
    assert leg.at is not None
    return (at < leg.at and event != "dtmf") or (at == leg.at and event in leg.seen)


def _active(turn: Turn, leg: Leg, data: Fields) -> None:
    """Answered, or off hold: there is no other word for it.

    A caller's leg is answered by whoever is there, an announcement too: a `bridge` follows only where it is a leg. A
    click-to-call's own telephone is lifted before anybody answers: there `bridge` alone tells.
    """
    leg.lifted = True
    if leg.box is None:
        return
    if leg.held:
        leg.held = False
        turn.say(leg.box, Retrieved(connection_id=leg.connection_id), leg.uid)
    elif not leg.prompted:
        turn.talk(leg, None if leg.outward else turn.far(leg, leg.parent))


def _bridge(turn: Turn, leg: Leg, data: Fields) -> None:
    to = fields(data, "to")
    number = text(to, "number")
    if number and number != leg.remote.number:  # somebody else than who was dialled, or called
        leg.remote_kind = text(to, "type") or kind_of(turn.state, number)
    if number:
        leg.remote = party(number, text(to, "name"))
    other = turn.far(leg, text(data, "bridged_id") or leg.parent)
    if other is not None:
        handed_over(turn, leg, other)
    turn.talk(leg, other)
    known = leg.connection
    if leg.box is not None and known is not None and known.remote != leg.remote and not known.remote.number:
        turn.say(leg.box, InformationChanged(connection_id=leg.connection_id, remote=leg.remote), leg.uid)
    _update(turn, leg, data)


def _hold(turn: Turn, leg: Leg, data: Fields) -> None:
    """Who is put on hold was answered, though that may have been missed."""
    known = leg.connection
    if known is not None and known.answered_at is None:
        _active(turn, leg, data)
    if leg.box is not None and not leg.held:
        leg.held = True
        turn.say(leg.box, Held(connection_id=leg.connection_id), leg.uid)


def _dtmf(turn: Turn, leg: Leg, data: Fields) -> None:
    digit = text(data, "digit")
    if leg.box is not None and digit:
        turn.say(leg.box, DigitsEntered(connection_id=leg.connection_id, digits=digit), leg.uid)


def _update(turn: Turn, leg: Leg, data: Fields) -> None:
    """Data that the flow or the CRM gave the call."""
    given = fields(data, "payload")
    new = {name: text(given, name) for name in given if text(given, name)}
    if leg.box is not None and any(leg.box.call.info.get(name) != value for name, value in new.items()):
        turn.say(leg.box, InformationChanged(info=new), leg.uid)


def _hangup(turn: Turn, leg: Leg, data: Fields) -> None:
    known = leg.connection
    if known is None:
        turn.state.forget(leg.uid)
        return
    _update(turn, leg, data)
    recorded(turn, leg, data)
    if not (attended(turn, leg, data) or given_away(turn, leg)):
        turn.end(leg, *ending(turn.state, leg, known, data))


_HANDLERS: dict[str, Callable[[Turn, Leg, Fields], None]] = {
    "active": _active,
    "bridge": _bridge,
    "hold": _hold,
    "dtmf": _dtmf,
    "update": _update,
    "hangup": _hangup,
}
