"""What the translator knows against what FreeSWITCH says is alive: the difference as ordinary events.

A channel's dump has the instants of all that happened to it, so what nobody listened to is told as of then, by the
translator itself: as if its events came now. Only an end is seen in nothing but that the channel is not there: it
happened between the last that we knew and now (docs/adr/0008). A state that missed nothing has no difference.
"""

from datetime import datetime

from cti_model.events import CallEvent, Origin

from cti_freeswitch.asif import as_if, talked_before, waits_parked
from cti_freeswitch.channels import Channel
from cti_freeswitch.event import NOTHING, Event
from cti_freeswitch.missed import begun, ends, missed_holds
from cti_freeswitch.snapshot import Snapshot
from cti_freeswitch.state import State
from cti_freeswitch.translate import settle, translate
from cti_freeswitch.translate.begin import established
from cti_freeswitch.translate.ending import end_if_empty, vanishes
from cti_freeswitch.translate.passing import leaves_slot
from cti_freeswitch.translate.turn import Turn


def lost(state: State, at: datetime) -> None:
    """The link to FreeSWITCH is lost; the last byte came at `at`. What happens from now on is missed."""
    if not state.blind:
        state.sure_at, state.blind = at, True


def doubtful(state: State, alive: dict[str, str]) -> list[str]:
    """The channels to be dumped: those that we do not know, those that are missing; all where events were missed."""
    known = {uid for uid, each in state.channels.items() if each.gone_at is None}
    missing = [uid for uid in known if uid not in alive]
    return [*(uid for uid in alive if state.blind or uid not in known), *missing]


def reconcile(state: State, snapshot: Snapshot, at: datetime) -> list[CallEvent]:
    """The events that bring `state` (in place) to what a snapshot says that was complete at `at`."""
    _leave_rooms(state, snapshot)
    state.absent = snapshot.absent
    told, holds = ends(state, missed_holds(state, snapshot.dumps.items()), at)
    for event in as_if(state, snapshot):
        told += translate(state, event, at, Origin.RECONCILED)
        if event.name == "CHANNEL_ANSWER" and talked_before(snapshot, event):
            told += _lifted(state, event, at)
    if state.blind:  # an end that we heard may be explained by what the dumps say
        told += settle(state, at, Origin.RECONCILED)
    told += [event for each in holds for event in begun(state, each, at)]
    for uid, dump in snapshot.dumps.items():
        channel = state.find(uid)
        if channel is not None and dump.get("Channel-Call-State") == "ACTIVE":
            told += _out_of_slot(state, channel, dump, at)
    for uid in snapshot.absent:
        channel = state.find(uid)
        if channel is not None and channel.gone_at is None:
            told += _vanishes(state, channel, at)
    told += _empty(state, at)
    state.sure_at, state.blind, state.absent = at, False, frozenset()
    return told


def _lifted(state: State, event: Event, at: datetime) -> list[CallEvent]:
    """A called telephone was lifted, and talked with somebody whom it does not talk with any more."""
    turn, channel = Turn(state, event, at, Origin.RECONCILED), state.find(event.get("Unique-ID"))
    if channel is not None and channel.dialled_for and not channel.prompted:
        established(turn, channel)
    return turn.told


def _empty(state: State, at: datetime) -> list[CallEvent]:
    """Calls whose last part is over, but of which a former leader could not tell that any more."""
    turn = Turn(state, NOTHING, at, Origin.RECONCILED)
    for box in tuple(state.boxes.values()):
        end_if_empty(turn, box)
    return turn.told


def _leave_rooms(state: State, snapshot: Snapshot) -> None:
    """Who is in no conference any more was taken out of it, or left, while nobody listened."""
    for uid, dump in snapshot.dumps.items():
        channel = state.find(uid)
        if channel is not None and channel.room and dump.variable("current_application") != "conference":
            state.leave(channel)


def _out_of_slot(state: State, channel: Channel, dump: Event, at: datetime) -> list[CallEvent]:
    """Who waits in no slot any more, and talks with nobody who took the call, left it by itself."""
    turn = Turn(state, NOTHING, at, Origin.RECONCILED)
    if channel.parked and not waits_parked(dump) and dump.get("Channel-State"):
        leaves_slot(turn, channel)
    return turn.told


def _vanishes(state: State, channel: Channel, at: datetime) -> list[CallEvent]:
    turn = Turn(state, NOTHING, at, Origin.RECONCILED)
    connection = channel.connection
    since = state.sure_of(connection) if connection is not None else at
    turn.within = (since if since < at else None, None)
    vanishes(turn, channel)
    return turn.told
