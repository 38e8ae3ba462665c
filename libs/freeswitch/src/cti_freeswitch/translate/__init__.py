"""FreeSWITCH events to call events: `translate(state, event, observed_at) -> events`.

Pure but for `state`, which its one owner hands in and which changes in place. Promises: events of one call come in
order with contiguous versions; an event about nothing we know, out of order, repeated or missing never raises; a call
ends when its last telephone is gone.
"""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from itertools import takewhile
from typing import Final

from cti_model.calls import Direction
from cti_model.events import CallEvent, Origin

from cti_freeswitch.causes import refusal_of
from cti_freeswitch.channels import Channel, Waiting
from cti_freeswitch.event import NOTHING, Event
from cti_freeswitch.state import State
from cti_freeswitch.translate.answering import answer
from cti_freeswitch.translate.begin import create, progress, renamed, update
from cti_freeswitch.translate.bridges import bridge, conference, unbridge
from cti_freeswitch.translate.ending import gone, hangup, lives, lost
from cti_freeswitch.translate.holding import UNHOLD, hold, retrieved, unhold
from cti_freeswitch.translate.information import digit, record_start, record_stop
from cti_freeswitch.translate.joining import THREE, all_three_talk
from cti_freeswitch.translate.passing import EXIT, leaves_slot, moved, park, unpark, valet
from cti_freeswitch.translate.queues import callcenter, fifo
from cti_freeswitch.translate.turn import Told, Turn

SETTLE: Final = timedelta(milliseconds=150)
"""The longest that an end waits for what explains it: the other legs' ends, or the bridge that a transfer makes of
those who stay (recorded: up to 86 ms behind the hang-up)."""
SOON: Final = timedelta(milliseconds=50)
"""An end of hold waits so long for the end of its leg (recorded: 2 ms), an end of parking for who takes the call."""
_SOON: Final[dict[str, Callable[[Turn, Channel], None]]] = {
    UNHOLD: retrieved,
    EXIT: leaves_slot,
    THREE: all_three_talk,
}


def translate(state: State, event: Event, observed_at: datetime, origin: Origin = Origin.OBSERVED) -> list[CallEvent]:
    """The call events that an event means, in order; usually none."""
    return [each.event for each in translate_explained(state, event, observed_at, origin)]


def translate_explained(state: State, event: Event, observed_at: datetime, origin: Origin) -> list[Told]:
    """The same, each event with what told it."""
    handler = CUSTOM.get(event.subclass) if event.name == "CUSTOM" else HANDLERS.get(event.name)
    if handler is None:
        return []
    turn = Turn(state, event, observed_at, origin)
    _settle(turn, turn.occurred_at)
    channel = state.find(event.get("Unique-ID"))
    if channel is not None:
        moved(turn, channel)
    handler(turn)
    _settle(turn, turn.occurred_at)
    return turn.explained


def settle(state: State, now: datetime, origin: Origin = Origin.OBSERVED) -> list[CallEvent]:
    """Tell what waited for more events and got none until `now`. To be called when the wire is quiet."""
    return [each.event for each in settle_explained(state, now, origin)]


def settle_explained(state: State, now: datetime, origin: Origin) -> list[Told]:
    """The same, each event with what told it."""
    turn = Turn(state, NOTHING, now, origin)
    _settle(turn, now)
    return turn.explained


def _settle(turn: Turn, now: datetime) -> None:
    state = turn.state
    for channel in tuple(state.hints):
        for name in [name for name, said in channel.soon.items() if now - said.at > SOON]:
            _later(turn, channel.soon.pop(name), _SOON[name])
        if not channel.soon:
            state.hints = [each for each in state.hints if each is not channel]
    for ending in sorted(_due(turn, now), key=_in_order):
        del state.endings[ending.channel]
        _later(turn, ending, gone)


def _later(turn: Turn, said: Waiting, tell: Callable[[Turn, Channel], None]) -> None:
    """Tell what an earlier event meant, as of then."""
    kept = turn.event, turn.occurred_at, turn.observed_at
    turn.event, turn.occurred_at, turn.observed_at = said.because, said.at, said.observed_at
    tell(turn, said.channel)
    turn.event, turn.occurred_at, turn.observed_at = kept


def _due(turn: Turn, now: datetime) -> list[Waiting]:
    """The ends of which all that explains them is there, or will not come any more."""
    endings = turn.state.endings
    due = {each.channel: each for each in takewhile(lambda each: now - each.at > SETTLE, endings.values())}
    for channel in _explained_by(turn):
        if channel in endings and channel.complete and all(each.complete for each in _concerned(channel)):
            due[channel] = endings[channel]
    return list(due.values())


def _explained_by(turn: Turn) -> Iterable[Channel]:
    """The channels about whose end the event at hand may say something: no look at all others that end."""
    channel = turn.state.find(turn.event.get("Unique-ID"))
    if channel is not None:
        yield from (channel, *channel.dials, *channel.explains)


def _concerned(channel: Channel) -> Iterable[Channel]:
    """The channels whose end says something about the end of this one."""
    caller = channel.originator
    if channel.peer is not None:
        yield channel.peer  # alive: it may be bridged with another one at once
    if caller is not None and (caller.gone_at is not None or channel.hangup_cause == "ORIGINATOR_CANCEL"):
        yield caller


def _in_order(ending: Waiting) -> tuple[bool, datetime]:
    """Telephones that refused come first: why the caller's end came then stands in the call already."""
    channel = ending.channel
    connection = channel.connection
    called = connection is not None and connection.direction is Direction.IN
    return not (called and not channel.up and refusal_of(channel) is not None), ending.at


HANDLERS: Final[dict[str, Callable[[Turn], None]]] = {
    "CHANNEL_CREATE": create,
    "CHANNEL_UUID": renamed,
    "CHANNEL_PROGRESS": progress,
    "CHANNEL_PROGRESS_MEDIA": progress,
    "CHANNEL_ANSWER": answer,
    "CHANNEL_BRIDGE": bridge,
    "CHANNEL_UNBRIDGE": unbridge,
    "CHANNEL_HOLD": hold,
    "CHANNEL_UNHOLD": unhold,
    "CHANNEL_PARK": park,
    "CHANNEL_UNPARK": unpark,
    "CHANNEL_HANGUP": hangup,
    "CHANNEL_HANGUP_COMPLETE": hangup,
    "CHANNEL_DESTROY": hangup,
    "CALL_UPDATE": update,
    "DTMF": digit,
    "RECORD_START": record_start,
    "RECORD_STOP": record_stop,
    "HEARTBEAT": lives,
    "SHUTDOWN": lost,
}
CUSTOM: Final[dict[str, Callable[[Turn], None]]] = {
    "callcenter::info": callcenter,
    "conference::maintenance": conference,
    "fifo::info": fifo,
    "valet_parking::info": valet,
}
WANTED: Final = tuple(HANDLERS)
"""The events that matter, to subscribe to; `CUSTOM` by subclass besides."""
