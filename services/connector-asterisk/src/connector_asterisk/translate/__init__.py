"""AMI events to call events: `translate(state, event, observed_at) -> events`.

Pure but for `state`, which its one owner hands in and which changes in place. Promises: events of one call come in
order with contiguous versions; a frame about nothing we know, out of order, repeated or missing never raises; a
call ends when its last telephone is gone. What Asterisk 11, 13 and 22 say differently meets in one table of
handlers at the end of this module.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

from cti_model.events import CallEvent, Origin

from connector_asterisk.causes import refusal_of
from connector_asterisk.channels import AmiEvent, Ending, State, box_of
from connector_asterisk.reading import Reading
from connector_asterisk.translate.answer import dial_end, new_channel, new_state
from connector_asterisk.translate.begin import agent_called, deliver, dial_11, dial_begin
from connector_asterisk.translate.blond import hangs_up
from connector_asterisk.translate.boot import fully_booted
from connector_asterisk.translate.bridges import (
    bridge_11,
    bridge_enter,
    bridge_leave,
    conference_join,
    conference_leave,
    hold,
    unhold,
)
from connector_asterisk.translate.ending import gone, hangup, shutdown
from connector_asterisk.translate.features import digit
from connector_asterisk.translate.information import (
    account_code,
    caller_id,
    carry_chosen,
    connected_line,
    recording_started,
    recording_stopped,
    variable,
)
from connector_asterisk.translate.passing import (
    attended_transfer,
    blind_transfer,
    masquerade,
    parked,
    pickup,
    transfer_11,
    unparked,
)
from connector_asterisk.translate.queues import queue_join, queue_leave
from connector_asterisk.translate.requests import originate_response
from connector_asterisk.translate.turn import NOTHING, Told, Turn, channel_of

# A telephone that rings before the frame that says for whom waits this long for it.
_PATIENCE = timedelta(milliseconds=300)
SETTLE = timedelta(milliseconds=20)
"""A hang-up is told so much later than it came: Asterisk keeps the order of one channel's events, not that between
channels, and who hung up may be said on the other one. In the recordings one action's frames lie within 5 ms."""


def translate(
    state: State, event: AmiEvent, observed_at: datetime, origin: Origin = Origin.OBSERVED
) -> list[CallEvent]:
    """The call events that a frame means, in order; usually none."""
    return [each.event for each in translate_explained(state, event, observed_at, origin)]


def translate_explained(state: State, event: AmiEvent, observed_at: datetime, origin: Origin) -> list[Told]:
    """The same, each event with what told it."""
    handler = HANDLERS.get(event.name)
    if handler is None:
        return []
    turn = Turn(state, event, observed_at, origin)
    state.births.hear(observed_at)
    if state.pending or state.endings:
        _settle(turn, turn.occurred_at)
    handler(turn)
    if state.reading.packet_info:
        carry_chosen(turn)
    return turn.explained


def settle(state: State, now: datetime, origin: Origin = Origin.OBSERVED) -> list[CallEvent]:
    """Tell what waited for more frames (see `SETTLE`) and got none until `now`. To be called when the wire is quiet."""
    return [each.event for each in settle_explained(state, now, origin)]


def settle_explained(state: State, now: datetime, origin: Origin) -> list[Told]:
    """The same, each event with what told it."""
    turn = Turn(state, NOTHING, now, origin)
    _settle(turn, now)
    return turn.explained


def _settle(turn: Turn, now: datetime) -> None:
    state, kept = turn.state, (turn.event, turn.occurred_at, turn.observed_at)
    for channel in tuple(state.pending):
        if channel.rung_at is not None and now - channel.rung_at > _PATIENCE:
            turn.event = channel.rung_by or turn.event
            deliver(turn, channel, box_of(state, channel), channel.rung_at)
    due = [each for each in state.endings if now - each.gone_at > SETTLE]
    if due:
        state.endings = [each for each in state.endings if now - each.gone_at <= SETTLE]
    for ending in sorted(due, key=_in_order):
        turn.event = ending.because or NOTHING
        turn.occurred_at, turn.observed_at = ending.gone_at, ending.observed_at
        gone(turn, ending.channel)
    turn.event, turn.occurred_at, turn.observed_at = kept


def _stops(turn: Turn) -> None:
    """Asterisk stops: what hung up just before ended by itself, the rest is lost."""
    _settle(turn, turn.occurred_at + 2 * SETTLE)
    shutdown(turn)


def _asks(turn: Turn) -> None:
    """A telephone asked to end its call: the one fact that tells who hung up."""
    channel = channel_of(turn)
    if channel is not None:
        hangs_up(turn, channel)


def _in_order(ending: Ending) -> tuple[bool, datetime]:
    """Telephones that refused come first: why the caller's end came then stands in the call already."""
    refused = ending.channel.dialled_by is not None and refusal_of(ending.channel) is not None
    return not refused, ending.channel.asked_at or ending.gone_at


HANDLERS: dict[str, Callable[[Turn], None]] = {
    "Newchannel": new_channel,
    "Newstate": new_state,
    "NewCallerid": caller_id,
    "NewConnectedLine": connected_line,
    "NewAccountCode": account_code,
    "MixMonitorStart": recording_started,
    "MixMonitorStop": recording_stopped,
    "VarSet": variable,
    "DialBegin": dial_begin,
    "DialEnd": dial_end,
    "Dial": dial_11,
    "AgentCalled": agent_called,
    "BridgeEnter": bridge_enter,
    "BridgeLeave": bridge_leave,
    "Bridge": bridge_11,
    "ConfbridgeJoin": conference_join,
    "ConfbridgeLeave": conference_leave,
    "MeetmeJoin": conference_join,
    "MeetmeLeave": conference_leave,
    "Hold": hold,
    "Unhold": unhold,
    "BlindTransfer": blind_transfer,
    "AttendedTransfer": attended_transfer,
    "Transfer": transfer_11,
    "Masquerade": masquerade,
    "Pickup": pickup,
    "ParkedCall": parked,
    "UnParkedCall": unparked,
    "ParkedCallTimeOut": unparked,
    "QueueCallerJoin": queue_join,
    "QueueCallerLeave": queue_leave,
    "Join": queue_join,
    "Leave": queue_leave,
    "HangupRequest": _asks,
    "Hangup": hangup,
    "Shutdown": _stops,
    "FullyBooted": fully_booted,
    "OriginateResponse": originate_response,
    "DTMFEnd": digit,
    "DTMF": digit,
}

WANTED: frozenset[str] = frozenset(HANDLERS) - {"VarSet"}
"""The events that always matter. `VarSet` does where a variable is to be read (see `Reading.sieve`)."""


def wanted(reading: Reading) -> frozenset[str]:
    """The events that matter for an installation's choices."""
    return WANTED | {"VarSet"} if reading.variables else WANTED
