"""How a connection and a call end."""

from cti_model.calls import Cause, Connection, Direction
from cti_model.events import Cleared, ConnectionCleared, Failed, Leg

from connector_asterisk.causes import cause_of, refusal_of, released_by
from connector_asterisk.channels import CallBox, Channel, Ending, box_of
from connector_asterisk.naming import whole
from connector_asterisk.translate.begin import called_leg, deliver
from connector_asterisk.translate.features import taken_away
from connector_asterisk.translate.information import recordings_end
from connector_asterisk.translate.turn import Turn, channel_of


def hangup(turn: Turn) -> None:
    """A channel is gone; told a little later (see `SETTLE`)."""
    channel = channel_of(turn)
    if channel is None or channel.gone_at is not None:
        return
    channel.hangup_cause = whole(turn.event.get("Cause"))
    channel.gone_at = turn.occurred_at
    turn.state.endings.append(Ending(channel, turn.occurred_at, turn.observed_at, turn.event))


def gone(turn: Turn, channel: Channel) -> None:
    """Tell what the end of a channel means."""
    if channel.rung_at is not None and not channel.connection_id:
        deliver(turn, channel, box_of(turn.state, channel), channel.rung_at)
    box = channel.box or box_of(turn.state, channel)
    if box is not None and box.call.alive and not channel.pseudo:
        _ends(turn, channel, box)
    turn.state.forget(channel)


def _ends(turn: Turn, channel: Channel, box: CallBox) -> None:
    connection = channel.connection
    refusal = refusal_of(channel)
    called = connection is None or connection.direction is Direction.IN
    if called and not channel.up and refusal is not None and channel.dialled_by is not None:
        leg = _leg_of(turn, channel, box, connection)
        turn.say(box, Failed(leg=leg, cause=refusal), channel)
        connection = channel.connection
    taken_away(turn, channel)
    recordings_end(turn, channel)
    if connection is not None and connection.alive:
        cause = cause_of(channel, connection, turn.occurred_at)
        by = released_by(channel, turn.occurred_at)
        fact = ConnectionCleared(connection_id=connection.connection_id, cause=cause, released_by=by)
        turn.say(box, fact, channel, channel.asked_at)  # the telephone is free from when it asked
    end_if_empty(turn, box)


def _leg_of(turn: Turn, channel: Channel, box: CallBox, connection: Connection | None) -> Leg:
    if connection is None:
        return called_leg(turn, channel, box)
    return turn.leg(channel, box, connection.direction, connection.remote, connection.internal)


def end_if_empty(turn: Turn, box: CallBox) -> None:
    """Tell that a call is over when nobody is in it any more."""
    if box.call.alive and not any(each.alive for each in box.call.connections):
        causes = [each.cause for each in box.call.connections if each.cause is not None]
        ends = [each.ended_at for each in box.call.connections if each.ended_at is not None]
        turn.say(box, Cleared(cause=causes[-1] if causes else Cause.NORMAL), at=max(ends, default=None))
        turn.state.close(box)


def shutdown(turn: Turn) -> None:
    """Asterisk stops: whatever it had is lost with it."""
    for box in tuple(turn.state.boxes.values()):
        turn.say(box, Cleared(cause=Cause.LOST))
        turn.state.close(box)
    for channel in tuple(turn.state.channels.values()):
        turn.state.forget(channel)
