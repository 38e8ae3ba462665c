"""How a call goes on elsewhere: blind transfer, parking."""

from typing import Final

from cti_model.events import Parked, TransferKind, Transferred, Unparked

from cti_freeswitch.channels import Channel, Waiting
from cti_freeswitch.event import instant
from cti_freeswitch.loopback import beyond
from cti_freeswitch.translate.turn import Turn, channel_of, is_extension

EXIT: Final = "exit"
_BLIND: Final = "bl_xfer:"


def moved(turn: Turn, channel: Channel) -> None:
    """Whether a talking channel was sent to another number: then who talked with it has passed it on.

    `transfer_source` says so on the next event about the channel, whatever that is. The dialplan's own `transfer`
    leaves the same mark, but nobody talks with the channel then.
    """
    source = turn.event.variable("transfer_source")
    if not source or source == channel.moved_by:
        return
    first, channel.moved_by = not channel.moved_by and not channel.bridged, source
    peer = channel.peer
    _, found, goal = source.partition(_BLIND)
    if first or not found or peer is None or not _left(channel, peer):
        return
    passer = beyond(turn.state, peer)
    if passer is None or passer.box is None or passer.box is not channel.box or passer.transferred:
        return
    number = goal.partition("/")[0]
    if number and number == turn.state.reading.park_number:  # the lot itself tells the slot
        return
    by_user = is_extension(turn, passer)
    passer.transferred = True
    passer.box.redirecting = turn.state.party(passer).number if by_user else ""
    fact = Transferred(
        kind=TransferKind.BLIND if by_user else TransferKind.REDIRECT,
        to=number,
        by=passer.connection_id,
        by_number=turn.state.party(passer).number,
    )
    began = instant(source.partition(":")[0] + "000000")  # told in whole seconds; what a dump says of it is older
    turn.say(passer.box, fact, passer, max(turn.occurred_at, began or turn.occurred_at))


def _left(channel: Channel, peer: Channel) -> bool:
    return channel.bridged and peer.peer is channel


def park(turn: Turn) -> None:
    """A call waits in `park`, which has no slots: what was dialled stands for one."""
    channel = channel_of(turn)
    if channel is not None:
        parks(turn, channel, channel.destination)


def unpark(turn: Turn) -> None:
    """`park` is over: told a little before the bridge with who takes the call back (recorded: 3 ms)."""
    channel = channel_of(turn)
    if channel is not None:
        _exits(turn, channel)


def _exits(turn: Turn, channel: Channel) -> None:
    if channel.parked and channel.gone_at is None:
        turn.state.hint(channel, EXIT, Waiting(channel, turn.occurred_at, turn.observed_at, turn.event))


def parks(turn: Turn, channel: Channel, slot: str) -> None:
    """Tell that a call waits in a slot."""
    if channel.box is None or channel.connection is None or channel.parked:
        return
    channel.parked = slot or "park"
    peer = beyond(turn.state, channel.peer) if channel.peer is not None else None
    by = turn.state.party(peer).number if peer is not None and is_extension(turn, peer) else ""
    turn.say(channel.box, Parked(connection_id=channel.connection_id, slot=channel.parked, by=by), channel)


def valet(turn: Turn) -> None:
    """`valet_parking::info`: parked in a slot, and out of it (from source).

    `exit` comes before the bridge with who takes the call back, and behind the end of who gives up. Else it leaves by
    itself: by a key, or because it waited too long.
    """
    channel, action = channel_of(turn), turn.event.get("Action")
    if channel is not None and action == "hold":
        parks(turn, channel, turn.event.get("Valet-Extension"))
    elif channel is not None and action == "exit":
        _exits(turn, channel)


def leaves_slot(turn: Turn, channel: Channel) -> None:
    """Tell that nobody took a parked call back."""
    if channel.parked and channel.box is not None:
        fact = Unparked(connection_id=channel.connection_id, slot=channel.parked, timed_out=True)
        turn.say(channel.box, fact, channel)
    channel.parked = ""
