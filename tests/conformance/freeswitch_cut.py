"""A link that is cut in the middle of a recording, and what FreeSWITCH then answers: computed from the recording."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from connector_freeswitch.recording import events_in
from cti_freeswitch.event import Event
from cti_freeswitch.reconcile import doubtful, lost, reconcile
from cti_freeswitch.restore import restore
from cti_freeswitch.snapshot import Snapshot
from cti_freeswitch.state import State
from cti_freeswitch.translate import CUSTOM, HANDLERS, settle, translate
from cti_model.events import CallEvent
from cti_simulators.traces import Trace

Heard = tuple[datetime, Event]
_SILENCE = timedelta(seconds=2)
_QUIET = timedelta(milliseconds=200)
_ENDS = ("CHANNEL_HANGUP", "CHANNEL_HANGUP_COMPLETE", "CHANNEL_DESTROY")
_ABOUT = ("CHANNEL_", "CALL_", "CUSTOM", "DTMF", "RECORD_", "PLAYBACK_", "CODEC", "MEDIA_")


class Listed:
    """What a FreeSWITCH that was heard so far would answer when asked.

    A dump has the newest headers of its channel. Events of states carry no variables: a dump has those that were told
    last. `HELD` and `UNHELD` are told right before their instants are noted; a dump has both or neither.
    """

    def __init__(self) -> None:
        self._dumps: dict[str, Event] = {}

    def hear(self, event: Event) -> None:
        """The recording goes on."""
        uid, state = event.get("Unique-ID"), event.get("Channel-Call-State")
        if event.name in _ENDS:
            self._dumps.pop(uid, None)
        elif not uid or not event.get("Channel-Name") or state == "HANGUP" or not event.name.startswith(_ABOUT):
            return
        elif event.name != "CHANNEL_CALLSTATE" or state not in ("HELD", "UNHELD"):
            before, headers = self._dumps.get(uid), event.changed({})
            if before is not None and not any(name.startswith("variable_") for name in headers):
                told = before.changed({}).items()
                headers = {name: value for name, value in told if name.startswith("variable_")} | headers
            self._dumps[uid] = Event(headers)

    def snapshot(self, state: State) -> Snapshot:
        """The list, and the dumps that a connector asks for that knows so much."""
        alive = {uid: each.get("Channel-Call-State") for uid, each in self._dumps.items()}
        asked = doubtful(state, alive)
        found = {uid: self._dumps[uid] for uid in asked if uid in self._dumps}
        return Snapshot(alive, found, frozenset(asked) - set(found))


class Cut(NamedTuple):
    """What was told; what was left when all was over; and, when the link was back: the channels of living connections,
    those that FreeSWITCH had, and what a second comparison told."""

    told: list[CallEvent]
    left: State
    living: set[str]
    listed: set[str]
    again: list[CallEvent]


def events_of(trace: Trace) -> list[Heard]:
    """All events of a recording, also those that nobody subscribes to."""
    return [(at, event) for at, event, _ in events_in((chunk.t, chunk.data) for chunk in trace.chunks)]


def borders(events: Sequence[Heard]) -> list[int]:
    """Where a link can be cut that makes a difference: before each event that is subscribed to, but the first."""
    wanted = [n for n, (_, each) in enumerate(events) if each.name in HANDLERS or each.subclass in CUSTOM]
    return wanted[1:]


def back_at(events: Sequence[Heard], begin: int, seconds: float) -> int:
    """The first event that is heard again where the link was cut before event `begin` for so long."""
    since = events[begin - 1][0]
    late = (n for n in range(begin, len(events)) if (events[n][0] - since).total_seconds() >= seconds)
    return next(late, len(events))


def cut(events: Sequence[Heard], begin: int, until: int, *, dies: bool = False) -> Cut:
    """Follow a recording, but for the events from `begin` to `until`.

    `dies`: so does the connector; its successor knows the calls as they were told last, and nothing else.
    """
    state, listed, told = State("t", "p"), Listed(), list[CallEvent]()
    for _, event in events[:begin]:
        listed.hear(event)
    told += follow(state, events[:begin])
    for _, event in events[begin:until]:
        listed.hear(event)
    lost(state, events[begin - 1][0])
    if dies:
        state = State("t", "p")
        restore(state, {each.call.call_id: each.call for each in told}.values())
    snapshot, now = listed.snapshot(state), events[until - 1][0]
    told += reconcile(state, snapshot, now)
    lost(state, now)
    again = reconcile(state, listed.snapshot(state), now)
    alive = living(state)
    told += follow(state, events[until:])
    told += settle(state, events[-1][0] + _SILENCE)
    return Cut(told, state, alive, set(snapshot.alive), again)


def follow(state: State, events: Sequence[Heard]) -> list[CallEvent]:
    """Take events; where nothing comes for a while, what waited for more is told, as a session does."""
    told, before = list[CallEvent](), events[0][0] if events else None
    for at, event in events:
        if before is not None and at - before > _QUIET:
            told += settle(state, before + _QUIET)
        told += translate(state, event, at)
        before = at
    return told


def living(state: State) -> set[str]:
    """The channels whose connections are alive, but for those of which the end is known and waits to be explained."""
    channels = (each for each in state.channels.values() if each.gone_at is None and each.connection is not None)
    return {each.uid for each in channels if each.connection is not None and each.connection.alive}
