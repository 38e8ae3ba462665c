"""A channel is answered."""

from cti_model.calls import Direction
from cti_model.events import Originated

from cti_freeswitch.channels import Channel
from cti_freeswitch.translate.begin import consulting, established, rings
from cti_freeswitch.translate.bridges import answered
from cti_freeswitch.translate.turn import Turn, channel_of


def answer(turn: Turn) -> None:
    """A channel is answered. Who talks with whom is told when they are bridged; here, who talks with FreeSWITCH."""
    channel = channel_of(turn)
    if channel is None or channel.up:
        return
    if channel.outbound and not channel.pseudo and not channel.connection_id:
        rings(turn, channel)
    channel.up = True
    answered(turn, channel)
    if channel.pseudo or channel.box is None:
        return
    if channel.prompted:
        lifted(turn, channel)
    elif not channel.outbound and not any(each.up for each in channel.dials):
        established(turn, channel)  # answered by FreeSWITCH itself: queue, conference, announcement


def lifted(turn: Turn, channel: Channel) -> None:
    """A prompted telephone was lifted: now it calls."""
    connection, box = channel.connection, channel.box
    if connection is None or box is None or channel.lifted:
        return
    channel.lifted = True
    leg = turn.leg(channel, box, Direction.OUT, connection.remote, connection.internal)
    parent = consulting(turn, channel)
    turn.say(box, Originated(leg=leg, dialled=connection.remote.number, consultation_of=parent), channel)
