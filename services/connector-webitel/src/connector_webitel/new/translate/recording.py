"""Recordings: a leg's `hangup` tells from when to when it was recorded; its file has a number that is asked for."""

from datetime import datetime, timedelta
from typing import Final

from cti_model.events import CallEvent, Origin, RecordingStarted, RecordingStopped, RecordingStored

from connector_webitel.new.state import Leg, Recorded, State
from connector_webitel.new.translate.turn import Turn
from connector_webitel.new.wire import Fields, moment

_FIRST: Final = timedelta(seconds=1)  # so long after its end a call stands where its file is found
_MOST: Final = timedelta(seconds=20)  # FreeSWITCH hands the file over when the call is over


def recorded(turn: Turn, leg: Leg, data: Fields) -> None:
    """Tell of a leg that ends that it was recorded; its call waits for the file."""
    began = moment(data, "record_start", turn.now)
    if leg.box is None or began is None:
        return
    mine, uid = leg.connection_id, leg.uid
    turn.say(leg.box, RecordingStarted(connection_id=mine, recording_id=uid), uid, began)
    turn.say(
        leg.box, RecordingStopped(connection_id=mine, recording_id=uid), uid, moment(data, "record_stop", turn.now)
    )
    turn.state.recordings[uid] = Recorded(leg.box, mine, leg.device, turn.now + _MOST, turn.now + _FIRST)


def stored(state: State, uid: str, file: str, now: datetime) -> list[CallEvent]:
    """The file is there. `file`: Webitel's number of it; empty: there will be none."""
    found = state.recordings.pop(uid, None)
    if found is None or not file or not found.box.call.alive:
        return []
    turn = Turn(state, now, now, Origin.OBSERVED)
    fact = RecordingStored(connection_id=found.connection_id, recording_id=uid, location=file)
    turn.say(found.box, fact, uid)
    return turn.told


def give_up(state: State, now: datetime) -> None:
    """Forget recordings that did not come."""
    for uid in [uid for uid, each in state.recordings.items() if each.until <= now]:
        del state.recordings[uid]
