"""How a call begins, and how it is answered."""

from cti_model.calls import ConnectionState, DeviceKind, Direction, Party
from cti_model.events import Delivered, Established, InformationChanged, Originated

from cti_freeswitch.channels import Channel
from cti_freeswitch.naming import number_of
from cti_freeswitch.translate.legs import box_of, called_leg
from cti_freeswitch.translate.turn import WAITING, Turn, channel_of

_NOT_TALK = frozenset(
    {"", "bridge", "set", "export", "transfer", "hash", "log", "info", "answer", "pre_answer", "park"}
)


def create(turn: Turn) -> None:
    """A channel appears. One that calls FreeSWITCH begins a call; one that FreeSWITCH calls rings later."""
    channel = channel_of(turn)
    if channel is not None and not channel.outbound and not channel.pseudo:
        dials(turn, channel)


def dials(turn: Turn, channel: Channel) -> None:
    """A telephone or a trunk dials: a call begins with it, a consultation where it already talks."""
    if channel.connection_id:
        return
    box = turn.open(channel)
    dialled = channel.destination
    leg = turn.leg(channel, box, Direction.OUT, Party(number=dialled), turn.state.naming.is_internal(dialled))
    parent = consulting(turn, channel) if leg.device.kind is DeviceKind.EXTENSION else None
    turn.say(box, Originated(leg=leg, dialled=dialled, consultation_of=parent), channel)


def consulting(turn: Turn, channel: Channel) -> str | None:
    """The call that this telephone already has, when it dials another: it consults somebody about it."""
    for other in turn.state.same_device(channel):
        connection = other.connection
        if (
            other is not channel
            and other.uid not in turn.state.absent
            and connection is not None
            and connection.talking
            and other.box is not None
        ):
            return other.box.call.call_id
    return None


def renamed(turn: Turn) -> None:
    """FreeSWITCH gave a channel another id (`origination_uuid`); recorded: before anything is known of it."""
    old = turn.state.channels.pop(turn.event.get("Old-Unique-ID"), None)
    uid = turn.event.get("Unique-ID")
    if old is None or not uid:
        channel_of(turn)
        return
    old.uid = uid
    turn.state.channels[uid] = old
    if old.box is not None:
        fact = InformationChanged(connection_id=old.connection_id, native_ids=(uid,))
        turn.say(old.box, fact, old)


def progress(turn: Turn) -> None:
    """A telephone rings."""
    channel = channel_of(turn)
    if channel is not None and channel.outbound and not channel.pseudo:
        rings(turn, channel)


def rings(turn: Turn, channel: Channel) -> None:
    """Tell that a called telephone rings: for a call that we know, or for the call that its own user will make."""
    if channel.connection_id or channel.up:
        return
    box = box_of(turn.state, channel)
    if box is not None:
        turn.say(box, Delivered(leg=called_leg(turn, channel, box)), channel)
        return
    if channel.dialled_for:  # by one that is over, and was never told of or has passed it on
        other = turn.state.find(turn.event.get("Other-Leg-Unique-ID"))
        box = other.box if other is not None and other.box is not None else turn.open(channel)
        turn.say(box, Delivered(leg=called_leg(turn, channel, box)), channel)
        return
    channel.prompted, channel.contact, channel.destination = True, channel.destination, ""
    box = turn.open(channel)
    remote = Party(number=_goal(turn, channel))
    internal = turn.state.naming.is_internal(remote.number)
    turn.say(box, Delivered(leg=turn.leg(channel, box, Direction.OUT, remote, internal)), channel)


def _goal(turn: Turn, channel: Channel) -> str:
    """Whom a prompted telephone is to call: said by who originated, else what it shows in place of a caller."""
    dialled = turn.event.variable("transfer_source").partition("bl_xfer:")[2].partition("/")[0]
    return channel.goal or dialled or number_of(channel.number)


def update(turn: Turn) -> None:
    """What FreeSWITCH says about a channel changed: a prompted telephone got its number, or an application."""
    channel = channel_of(turn)
    connection = channel.connection if channel is not None else None
    if channel is None or connection is None or channel.box is None or not channel.lifted:
        return
    dialled = channel.destination
    if connection.state is ConnectionState.INITIATED and dialled and not connection.remote.number:
        remote = Party(number=dialled)
        turn.say(channel.box, InformationChanged(connection_id=channel.connection_id, remote=remote), channel)
    if connection.state is ConnectionState.INITIATED and channel.application not in _NOT_TALK:
        established(turn, channel)


def established(turn: Turn, channel: Channel, others: tuple[str, ...] = ()) -> None:
    """Tell that a channel's telephone answered, and who talks from now on."""
    connection, box = channel.connection, channel.box
    if connection is None or box is None or not connection.alive:
        return
    if connection.state in WAITING or connection.answered_at is None:
        leg = turn.same_leg(channel, box)
        if leg is not None:
            turn.say(box, Established(leg=leg, connected=others), channel)
