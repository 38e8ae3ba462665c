"""How a connection and a call end."""

from cti_model.calls import Cause, Connection, ConnectionState, Direction
from cti_model.events import Cleared, ConnectionCleared, Failed

from cti_freeswitch.causes import cause_of, refusal_of, released_by
from cti_freeswitch.channels import CallBox, Channel, Waiting
from cti_freeswitch.translate.information import await_file, recordings_end
from cti_freeswitch.translate.legs import box_of, called_leg
from cti_freeswitch.translate.turn import Turn, channel_of


def hangup(turn: Turn) -> None:
    """A channel ends: `CHANNEL_HANGUP` first, then `…_COMPLETE` with who ended it; either may be the first to come."""
    channel = channel_of(turn)
    if channel is None:
        return
    channel.hangup_cause = turn.event.get("Hangup-Cause") or channel.hangup_cause
    if channel.gone_at is None:
        channel.gone_at = turn.occurred_at
        if channel.peer is not None:
            channel.peer.explains.append(channel)
        channel.soon.clear()
        turn.state.endings[channel] = Waiting(channel, turn.occurred_at, turn.observed_at, turn.event)
    if turn.event.name != "CHANNEL_HANGUP":
        channel.complete = True


def gone(turn: Turn, channel: Channel) -> None:
    """Tell what the end of a channel means."""
    refusal = refusal_of(channel)
    if channel.box is None and channel.outbound and not channel.up and not channel.pseudo and refusal is not None:
        _refused_at_once(turn, channel, refusal)
    box = channel.box
    if box is not None and box.call.alive and not channel.pseudo:
        _ends(turn, channel, box)
    turn.state.forget(channel)


def _refused_at_once(turn: Turn, channel: Channel, refusal: Cause) -> None:
    """A called telephone refused before it rang."""
    box = box_of(turn.state, channel)
    if box is not None:
        turn.say(box, Failed(leg=called_leg(turn, channel, box), cause=refusal), channel)


def _ends(turn: Turn, channel: Channel, box: CallBox) -> None:
    connection = channel.connection
    refusal = refusal_of(channel)
    if connection is not None and connection.direction is Direction.IN and not channel.up and refusal is not None:
        leg = turn.same_leg(channel, box)
        if leg is not None and not channel.picked_up and connection.state is not ConnectionState.FAILED:
            turn.say(box, Failed(leg=leg, cause=refusal), channel)
        if channel.originator is not None:
            channel.originator.refused_by = channel.connection_id
    recordings_end(turn, channel)
    _clear(turn, channel, box, channel.connection)
    end_if_empty(turn, box)


def _clear(turn: Turn, channel: Channel, box: CallBox, connection: Connection | None) -> None:
    if connection is not None and connection.alive:
        cause, by = cause_of(channel, connection), released_by(channel)
        fact = ConnectionCleared(connection_id=connection.connection_id, cause=cause, released_by=by)
        turn.say(box, fact, channel)


def end_if_empty(turn: Turn, box: CallBox) -> None:
    """Tell that a call is over when nobody is in it any more, and nothing of it is waited for."""
    awaited = any(each.box is box for each in turn.state.awaited.values())
    if box.call.alive and not awaited and not any(each.alive for each in box.call.connections):
        causes = [each.cause for each in box.call.connections if each.cause is not None]
        ends = [each.ended_at for each in box.call.connections if each.ended_at is not None]
        turn.say(box, Cleared(cause=causes[-1] if causes else Cause.NORMAL), at=max(ends, default=None))
        turn.state.close(box)


def lost(turn: Turn) -> None:
    """FreeSWITCH stops, or was started anew: whatever it had is lost with it."""
    for box in tuple(turn.state.boxes.values()):
        turn.say(box, Cleared(cause=Cause.LOST))
        turn.state.close(box)
    for channel in tuple(turn.state.channels.values()):
        turn.state.forget(channel)
    turn.state.endings.clear()
    turn.state.hints.clear()
    turn.state.awaited.clear()


def vanishes(turn: Turn, channel: Channel) -> None:
    """A channel is not there any more, and nothing told its end."""
    connection, box, state = channel.connection, channel.box, turn.state
    if connection is not None and box is not None and connection.alive:
        turn.say(box, ConnectionCleared(connection_id=connection.connection_id, cause=Cause.LOST), channel)
        await_file(turn, channel)
        end_if_empty(turn, box)
    state.endings.pop(channel, None)
    channel.soon.clear()
    state.forget(channel)


def lives(turn: Turn) -> None:
    """A heartbeat. Another `Core-UUID` than before is another FreeSWITCH: what was not seen in its life is over."""
    core, state = turn.event.get("Core-UUID"), turn.state
    if core and state.core and core != state.core:
        for channel in [each for each in state.channels.values() if each.core and each.core != core]:
            vanishes(turn, channel)
    state.core = core or state.core
