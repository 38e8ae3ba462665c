"""Who hears whom: bridges and conferences."""

from cti_freeswitch.channels import Channel
from cti_freeswitch.event import Event
from cti_freeswitch.loopback import beyond
from cti_freeswitch.translate.begin import established
from cti_freeswitch.translate.joining import hands_over, together
from cti_freeswitch.translate.turn import WAITING, Turn, channel_of


def bridge(turn: Turn) -> None:
    """Two channels are joined. FreeSWITCH tells it once, on one of them: when both hear each other, not when both talk.

    Early media joins a caller with a telephone that rings still; that they talk is told when both have answered (from
    source: `switch_ivr_multi_threaded_bridge`).
    """
    channel_of(turn)
    event = turn.event
    first = channel_of(turn, event.get("Bridge-A-Unique-ID"))
    second = channel_of(turn, event.get("Bridge-B-Unique-ID") or event.get("Other-Leg-Unique-ID"))
    if first is None or second is None or first is second:
        return
    first.peer, second.peer = second, first
    first.early = second.early = _rings_still(event, first) or _rings_still(event, second)
    if first.early:
        hands_over(turn, [first, second])
    else:
        talk(turn, first, second)


def _rings_still(event: Event, channel: Channel) -> bool:
    """Whether the event of a bridge says that one of the two has not answered. What it does not say, is not so."""
    if channel.up:
        return False
    for uid, answered in (("Unique-ID", "Caller"), ("Other-Leg-Unique-ID", "Other-Leg")):
        if event.get(uid) == channel.uid:
            return event.get(f"{answered}-Channel-Answered-Time") == "0"
    return False


def answered(turn: Turn, channel: Channel) -> None:
    """One of two that early media joined has answered: if the other one has too, they talk."""
    peer = channel.peer
    if channel.early and peer is not None and peer.peer is channel and peer.up and peer.gone_at is None:
        talk(turn, peer, channel)


def talk(turn: Turn, first: Channel, second: Channel) -> None:
    """Two joined channels talk: tell what that means for the telephones behind them."""
    first.early = second.early = False
    first.bridged = second.bridged = first.up = second.up = True
    one, other = beyond(turn.state, first), beyond(turn.state, second)
    if one is not None and other is not None and one is not other:
        together(turn, [one, other])


def unbridge(turn: Turn) -> None:
    """A bridge is over. It may come late: only the present pair counts."""
    channel_of(turn)
    first = turn.state.find(turn.event.get("Bridge-A-Unique-ID"))
    second = turn.state.find(turn.event.get("Bridge-B-Unique-ID"))
    if first is not None and second is not None and first.peer is second and second.peer is first:
        first.bridged = second.bridged = first.early = second.early = False


def conference(turn: Turn) -> None:
    """A channel joins or leaves a conference: each has its own name, also where two domains number theirs alike."""
    action, room = turn.event.get("Action"), turn.event.get("Conference-Name")
    channel = channel_of(turn)
    if channel is None or not room:
        return
    if action == "add-member":
        turn.state.leave(channel)
        channel.room, channel.up = room, True
        members = turn.state.rooms.setdefault(room, [])
        members.append(channel)
        if channel.connection is not None and channel.connection.state in WAITING and len(members) == 1:
            established(turn, channel)
        together(turn, list(members))
    elif action == "del-member":
        turn.state.leave(channel)
