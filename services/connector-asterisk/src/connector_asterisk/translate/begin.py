"""How a call begins: a telephone dials, another rings for it."""

from datetime import datetime

from cti_model.calls import DeviceKind, Direction, Party
from cti_model.events import Delivered, Leg, Originated

from connector_asterisk.channels import CallBox, Channel, State, box_of, locals_before, source_of
from connector_asterisk.translate.features import consulted_unseen, consults_by_feature, redirected
from connector_asterisk.translate.recalls import called_back
from connector_asterisk.translate.turn import Turn, channel_of


def dials(turn: Turn, channel: Channel) -> None:
    """A telephone dials: a call begins with it, a consultation where it already talks."""
    if channel.connection_id or channel.dialled_by is not None:
        return
    at = turn.since(channel)
    box = turn.open(channel, at)
    remote = Party(number=channel.exten)
    leg = turn.leg(channel, box, Direction.OUT, remote, turn.state.naming.is_internal(channel.exten))
    parent = consulting(turn.state, channel) if leg.device.kind is DeviceKind.EXTENSION else None
    turn.say(box, Originated(leg=leg, dialled=channel.exten, consultation_of=parent), channel, at)


def consulting(state: State, channel: Channel) -> str | None:
    """The call that this telephone already has, when it dials another: it consults somebody about it."""
    for other in state.same_device(channel):
        connection = other.connection
        if other is not channel and connection is not None and connection.talking and other.box is not None:
            return other.box.call.call_id
    return None


def rings(turn: Turn, channel: Channel) -> None:
    """A telephone rings: for a call that we know, for a click-to-call, or for one that a later frame names."""
    if channel.connection_id or channel.up:
        return
    prompted = by_manager(channel)
    box = box_of(turn.state, channel) or called_back(turn.state, channel)
    if box is None and not prompted:
        box = consulted_unseen(turn.state, channel)
    if (box is None or _untied(channel)) and not prompted:
        if channel.rung_at is None:
            channel.rung_at, channel.rung_by = turn.since(channel), turn.event
            turn.state.pending.append(channel)
        return
    deliver(turn, channel, box, turn.since(channel))


def _untied(channel: Channel) -> bool:
    """Whether nothing but its Linkedid says for which call it rings.

    Two threads of Asterisk tell that it rings and who dialled it; with the latter comes the queue that it rings for.
    """
    return channel.dialled_by is None and channel.box is None


def by_manager(channel: Channel) -> bool:
    """Whether an Originate rings this telephone: said so, or told by its caller id, which stands on both sides."""
    if channel.prompted or (channel.number != "" and channel.number == channel.connected_number):
        return True
    halves = locals_before(channel)
    return any(each.prompted or (each.number != "" and each.number == each.connected_number) for each in halves)


def deliver(turn: Turn, channel: Channel, box: CallBox | None, at: datetime) -> None:
    """Tell that a telephone rings, for a call or (None) for the call that its own user will make."""
    if channel in turn.state.pending:
        turn.state.pending.remove(channel)
        channel.rung_by = None
    if box is None:
        channel.prompted = True
        box = turn.open(channel, at)
        for half in locals_before(channel):
            half.prompted, half.box = True, box
        remote = Party(number=channel.connected_number or channel.number)
        leg = turn.leg(channel, box, Direction.OUT, remote, turn.state.naming.is_internal(remote.number))
        # Known now, and told now: on the screen it belongs to the other call from the first ring.
        turn.say(box, Delivered(leg=leg, consultation_of=consulting(turn.state, channel)), channel, at)
    else:
        turn.say(box, Delivered(leg=called_leg(turn, channel, box)), channel, at)


def called_leg(turn: Turn, channel: Channel, box: CallBox) -> Leg:
    """The leg of a called telephone: who calls it."""
    caller = source_of(channel)
    if caller is None or caller.box is not box:
        caller = turn.state.caller_in(box)
    if caller is not None and turn.state.device(caller).kind is DeviceKind.EXTENSION:
        return turn.leg(channel, box, Direction.IN, turn.state.party(caller), True)
    remote = Party(number=channel.connected_number, name=channel.connected_name)
    if not remote.number and caller is not None:
        remote = turn.state.party(caller)
    internal = turn.state.naming.is_internal(remote.number) and (caller is None or caller.number != remote.number)
    return turn.leg(channel, box, Direction.IN, remote, internal)


def dial_begin(turn: Turn) -> None:
    """Asterisk 13 and 22: who dials whom."""
    _dialled(turn, channel_of(turn), channel_of(turn, "Dest"))


def dial_11(turn: Turn) -> None:
    """Asterisk 11: `Begin` ties the two; `End` comes when the dialling is over, also after the talk."""
    event = turn.event
    source = channel_of(turn)
    if event.get("SubEvent") == "Begin":
        uid, name = event.get("DestUniqueID"), event.get("Destination")
        if uid and name and uid not in turn.state.ended:
            _dialled(turn, source, turn.state.channel(uid, name))
    elif source is not None:
        source.dial_status = event.get("DialStatus")


def agent_called(turn: Turn) -> None:
    """Asterisk 11 sends no `Dial` for a queue's calls: this is what ties the member to the caller."""
    event = turn.event
    member = turn.state.names.get(event.get("DestinationChannel"))
    caller = turn.state.channels.get(event.get("Uniqueid"))
    if member is not None and caller is not None:
        _dialled(turn, caller, member)


def _dialled(turn: Turn, source: Channel | None, called: Channel | None) -> None:
    if called is None or called.dialled_by is source is not None:
        return
    if source is None:
        if called_back(turn.state, called) is not None:
            return
        called.prompted = True
        if not turn.state.reading.delivered_on_ringing and not called.pseudo:
            rings(turn, called)
        return
    if not source.pseudo and source.box is None:
        dials(turn, source)
    if source.pseudo and source_of(source) is None:
        consults_by_feature(turn, source)
    elif not source.pseudo:
        redirected(turn, source, called)
    called.dialled_by = source
    called.asked_for = called.number if called.pseudo else ""
    source.dials.append(called)
    if not turn.state.reading.delivered_on_ringing and not called.pseudo and called.gone_at is None:
        rings(turn, called)
    _wake(turn)


def half_appears(turn: Turn, half: Channel) -> None:
    """One half of a Local channel is told after the other has dialled already."""
    if half.pair is not None and half.pair.dials and source_of(half) is None:
        consults_by_feature(turn, half.pair)
        _wake(turn)


def _wake(turn: Turn) -> None:
    """Tell of those that rang before it was known for which call, as far as this is known now."""
    for channel in tuple(turn.state.pending):
        box = box_of(turn.state, channel)
        if channel.rung_at is not None and box is not None and not _untied(channel):
            deliver(turn, channel, box, channel.rung_at)
