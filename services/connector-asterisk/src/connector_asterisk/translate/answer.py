"""How a call is answered, by a telephone or by Asterisk itself."""

from cti_model.calls import Direction
from cti_model.events import Diverted, Established, Originated

from connector_asterisk.channels import CallBox, Channel, box_of, known, locals_before, source_of
from connector_asterisk.translate.begin import called_leg, consulting, deliver, dials, half_appears, rings
from connector_asterisk.translate.turn import WAITING, Turn, channel_of


def new_channel(turn: Turn) -> None:
    """A channel appears, in some state."""
    event = turn.event
    late = None if event.get("Timestamp") else turn.state.births.of(event.get("Uniqueid"), turn.observed_at)
    channel = channel_of(turn)
    if channel is not None:
        if late is not None:
            channel.born = (late, turn.observed_at)
        if channel.pseudo:
            half_appears(turn, channel)
        _to_state(turn, channel, turn.event.get("ChannelState"))


def new_state(turn: Turn) -> None:
    """A channel goes into another state."""
    channel = channel_of(turn)
    if channel is not None:
        _to_state(turn, channel, turn.event.get("ChannelState"))


def _to_state(turn: Turn, channel: Channel, state: str) -> None:
    if channel.pseudo:
        channel.up = channel.up or state == "6"
    elif state == "4":  # Ring: this telephone dials
        dials(turn, channel)
    elif state == "5":  # Ringing
        rings(turn, channel)
    elif state == "6":
        _answers(turn, channel)


def dial_end(turn: Turn) -> None:
    """A dialled telephone answered, or what became of it."""
    called = channel_of(turn, "Dest")
    if called is None:
        return
    status = turn.event.get("DialStatus")
    forwarded_to = known(turn.event.get("Forward"))
    if forwarded_to and called.box is not None:
        number = forwarded_to.rpartition("/")[2].partition("@")[0]
        called.box.redirecting = turn.state.party(called).number
        turn.say(called.box, Diverted(connection_id=called.connection_id, to=number), called)
    called.dial_status = status
    if status == "ANSWER" and not called.pseudo:
        _answers(turn, called)


def _answers(turn: Turn, channel: Channel) -> None:
    if channel.up:
        return
    channel.up = True
    if not channel.connection_id and channel.rung_at is not None:
        deliver(turn, channel, box_of(turn.state, channel), channel.rung_at)
    connection = channel.connection
    if connection is None or channel.box is None:
        _appears_up(turn, channel)
    elif channel.prompted:
        if not channel.lifted:
            channel.lifted = True
            box, remote = channel.box, connection.remote
            leg = turn.leg(channel, box, Direction.OUT, remote, connection.internal)
            parent = consulting(turn.state, channel)
            turn.say(box, Originated(leg=leg, dialled=remote.number, consultation_of=parent), channel)
            if channel.application:
                established(turn, channel, box)
    elif connection.direction is Direction.IN:
        established(turn, channel, channel.box)
    elif connection.state in WAITING:
        established(turn, channel, channel.box)  # answered by Asterisk itself: queue, conference, announcement


def _appears_up(turn: Turn, channel: Channel) -> None:
    """A called telephone that answers without having rung, or one whose beginning we did not see."""
    box = box_of(turn.state, channel)
    if box is None or channel.prompted:
        deliver(turn, channel, None, turn.occurred_at)
        channel.up = False
        _answers(turn, channel)
        return
    leg = called_leg(turn, channel, box)
    turn.say(box, Established(leg=leg, connected=_callers(channel, box)), channel)


def established(turn: Turn, channel: Channel, box: CallBox) -> None:
    """Tell that a channel's telephone answered, and who talks from now on."""
    connection = channel.connection
    if connection is None:
        return
    leg = turn.leg(channel, box, connection.direction, connection.remote, connection.internal)
    others = _callers(channel, box) if connection.direction is Direction.IN else ()
    turn.say(box, Established(leg=leg, connected=others), channel)


def _callers(channel: Channel, box: CallBox) -> tuple[str, ...]:
    """With whom a called telephone talks when it answers: who had it dialled, and who waits in this call."""
    source = source_of(channel) or _behind_local(channel)
    dialling = source.connection if source is not None and source.box is box else None
    waiting = (each for each in box.call.connections if each.direction is Direction.OUT and each.state in WAITING)
    found = (*waiting, dialling) if dialling is not None else tuple(waiting)
    return tuple(dict.fromkeys(each.connection_id for each in found if each.alive))


def _behind_local(channel: Channel) -> Channel | None:
    """The telephone that is bridged with the Local channel through which this one was rung."""
    for half in locals_before(channel):
        for peer in half.peers:
            if not peer.pseudo and peer.gone_at is None and peer.bridge and peer.bridge == half.bridge:
                return peer
    return None
