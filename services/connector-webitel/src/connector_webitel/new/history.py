"""Calls that ended while an operator's link was away, as `GET /calls/history` tells them. Pure.

They are told as the events that their instants follow from, in order, so that what the picture knows already is not
told again: a leg that has ended, or began before and was heard of since.
"""

from collections.abc import Container, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from cti_model.events import CallEvent, Origin, RecordingStarted, RecordingStopped, RecordingStored

from connector_webitel.new.snapshot import other_end
from connector_webitel.new.state import State
from connector_webitel.new.translate import translate
from connector_webitel.new.translate.turn import Turn
from connector_webitel.new.wire import Fields, fields, instant, millis, moment, objects, text


@dataclass(frozen=True)
class Gap:
    """Between these two instants of ours nobody heard that operator's link. `token`: the operator's own.

    `ahead`: by how much Webitel's clock is.
    """

    device: str
    user_id: str
    since: datetime
    until: datetime
    token: str = field(repr=False, default="")
    ahead: timedelta = timedelta()

    def theirs(self, at: datetime) -> datetime:
        """An instant of ours by Webitel's clock."""
        return at + self.ahead


_Step = tuple[datetime, int, str, Fields]


def missed(state: State, device: str, items: Iterable[Fields], until: datetime, now: datetime) -> list[CallEvent]:
    """The events of an operator's calls that ended by `until` (Webitel's clock) and that nobody was heard to tell."""
    steps: list[tuple[_Step, Fields]] = []
    for item in items:
        uid, over = text(item, "id"), instant(item, "hangup_at")
        known = state.legs.get(uid)
        heard = known is not None and known.device and not known.claimed and uid not in state.awaited
        unheard = uid not in state.over and not heard
        if uid and unheard and over is not None and over <= until:
            steps += [(each, item) for each in _steps(item, over, state.legs)]
    told: list[CallEvent] = []
    for (at, _, event, data), item in sorted(steps, key=lambda each: each[0][:2]):
        uid = text(item, "id")
        call = {"id": uid, "event": event, "timestamp": millis(at), "data": data}
        if event == "hangup":
            told += _recordings(state, uid, item, at, now)
        told += translate(state, device, {"call": call | {"app_id": text(item, "app_id")}}, now, Origin.RECONCILED)
    return told


def _steps(item: Fields, over: datetime, known: Container[str]) -> list[_Step]:
    """Of a call out only its bridge is an answer: whether it was a click-to-call is not told.

    `bridged_id` is who was there last, though `bridged_at` is the first instant: of a called leg that was the caller.
    """
    last, parent = text(item, "bridged_id"), text(item, "parent_id")
    other = last if last in known or text(item, "direction") == "outbound" else parent or last
    steps: list[_Step] = []
    if (began := instant(item, "created_at")) is not None:
        queue = {"queue_name": text(fields(item, "queue"), "name")}
        payload = fields(item, "variables") or fields(item, "payload")
        steps.append((began, 0, "ringing", item | {"payload": payload, "queue": queue, "originate": True}))
    if (answered := instant(item, "answered_at")) is not None:
        steps.append((answered, 1, "active", {}))
    if (bridged := instant(item, "bridged_at")) is not None:
        steps.append((bridged, 2, "bridge", {"bridged_id": other, "to": other_end(item)}))
    for each in objects(item, "hold"):
        if instant(each, "start") != instant(each, "finish"):
            ends = (instant(each, "start"), 3, "hold"), (instant(each, "finish"), 4, "active")
            steps += [(at, rank, event, {}) for at, rank, event in ends if at is not None]
    names = ("cause", "hangup_by", "transfer_to", "transfer_from")
    steps.append((over, 5, "hangup", {name: item[name] for name in names if item.get(name)}))
    return steps


def _recordings(state: State, uid: str, item: Fields, over: datetime, now: datetime) -> list[CallEvent]:
    """Its files; the number of the last one is not its name, so that it is the one that a live call would have."""
    leg, found = state.legs.get(uid), [each for each in objects(item, "files") if text(each, "id")]
    if leg is None or leg.box is None:
        return []
    turn = Turn(state, over, now, Origin.RECONCILED)
    for each in found:
        name, mine = uid if each is found[-1] else f"{uid}-{text(each, 'id')}", leg.connection_id
        began = moment(each, "start_at", now) or moment(item, "answered_at", now) or over
        turn.say(leg.box, RecordingStarted(connection_id=mine, recording_id=name), uid, began)
        stopped = moment(each, "stop_at", now)
        turn.say(leg.box, RecordingStopped(connection_id=mine, recording_id=name), uid, stopped)
        stored = RecordingStored(connection_id=mine, recording_id=name, location=text(each, "id"))
        turn.say(leg.box, stored, uid)
    return turn.told
