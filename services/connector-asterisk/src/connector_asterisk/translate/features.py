"""Feature codes (`##`, `*2`): what a telephone's user asks of Asterisk by digits in the middle of a talk."""

from datetime import timedelta

from cti_model.events import DigitsEntered, TransferKind, Transferred

from connector_asterisk.channels import TOGETHER, CallBox, Channel, State, known, locals_before, telephones_beyond
from connector_asterisk.translate.turn import Turn, channel_of

_TYPED = 32  # longer than any number
_AT_ONCE = timedelta(milliseconds=100)
_FEATURE_ACTS = timedelta(milliseconds=250)
# A number whose end Asterisk cannot know is over 3 s after its last digit (`transferdigittimeout`); some set it to 5.
_TYPED_JUST_NOW = timedelta(seconds=6)


def digit(turn: Turn) -> None:
    """A telephone sent a digit."""
    event = turn.event
    if event.get("Direction") != "Received" or event.get("End", "Yes") != "Yes":
        return
    channel = channel_of(turn)
    if channel is None:
        return
    channel.typed = (channel.typed + event.get("Digit"))[-_TYPED:]
    channel.typed_at = turn.occurred_at
    if channel.box is not None and channel.connection_id:
        fact = DigitsEntered(connection_id=channel.connection_id, digits=event.get("Digit"))
        turn.say(channel.box, fact, channel)


def waits_by_feature(turn: Turn, channel: Channel) -> bool:
    """Whether a feature code, not the telephone, makes the others wait: its user goes on talking or typing.

    Asterisk 13 and 22 send the same event for both. A feature acts on its last digit (in the recordings within 100 ms,
    also where a manager's `Atxfer` types) and names no music; nobody presses hold so soon after a digit. In 11 only
    telephones hold (`Status`).
    """
    typed_at = channel.typed_at
    if typed_at is None or known(turn.event.get("MusicClass")) or turn.event.get("Status"):
        return False
    return turn.occurred_at - typed_at < _FEATURE_ACTS


def consults_by_feature(turn: Turn, half: Channel) -> None:
    """Tie a Local channel that nobody dialled to the telephone whose user typed its number behind a feature code.

    Asterisk 11 says nothing else of it; the Linkedid of later versions tells the call, not who consults. Such Local
    channels are few: looking through all channels does not matter.
    """
    first = half.pair
    if first is None or first.dialled_by is not None or first.prompted or not half.exten:
        return
    for channel in turn.state.channels.values():
        connection = channel.connection
        if connection is not None and connection.talking and _typed(turn, channel, half.exten):
            first.dialled_by, channel.consults = channel, first
            channel.dials.append(first)
            return
    for recall in turn.state.recalls.values():
        if recall.exten == half.exten:  # once more for who waits, nobody having come to the telephone
            first.dialled_by = recall.waiting
            recall.waiting.dials.append(first)
            return


def consulted_unseen(state: State, channel: Channel) -> CallBox | None:
    """The call of a telephone that consults this one by a feature code whose digits were missed; ties the two.

    Asterisk 11 says no more of it than the number that the telephone shows: that of one that talks. (An Originate's
    Local channel shows the same number on both sides.)
    """
    half = next((each for each in locals_before(channel) if each.name.endswith(";1")), None)
    if channel.linkedid or half is None or half.dialled_by is not None or not channel.connected_number:
        return None
    for other in state.channels.values():
        connection = other.connection
        shown = connection is not None and connection.device.number == channel.connected_number
        if connection is not None and shown and connection.talking and other.consults is None:
            half.dialled_by, other.consults = other, half
            other.dials.append(half)
            return other.box
    return None


def _typed(turn: Turn, channel: Channel, number: str) -> bool:
    """Whether this number is what the telephone's user typed just now."""
    typed_at = channel.typed_at
    if typed_at is None or not number or turn.occurred_at - typed_at >= _TYPED_JUST_NOW:
        return False
    return channel.typed.endswith(number)


def redirected(turn: Turn, source: Channel, called: Channel) -> None:
    """A telephone that talks is made to dial another: who talked with it has lost it.

    Asterisk says nothing of why. Where the other's user typed that number behind a feature code it is a blind
    transfer (11 tells none); if no transfer is told until the other is gone, a manager did it (`Redirect`). Who hung
    up has lost nothing.
    """
    connection, box = source.connection, source.box
    if box is None or connection is None or not connection.talking:
        return
    exten = turn.event.get("Exten")
    to = exten if turn.state.naming.is_number(exten) else turn.state.party(called).number
    for other in telephones_beyond(source):
        lately = other.gone_at is None or turn.occurred_at - other.gone_at < _AT_ONCE
        if other.box is not box or not lately or other.asked or other.transferred or other.parked:
            continue
        other.lost = (turn.occurred_at, to)
        if _typed(turn, other, to):
            passes_on(turn, other, to)


def passes_on(turn: Turn, transferer: Channel, to: str) -> None:
    """A telephone passes its call on without asking."""
    box = transferer.box
    if box is None or transferer.transferred:
        return
    number = turn.state.party(transferer).number
    transferer.transferred, box.redirecting = True, number
    fact = Transferred(kind=TransferKind.BLIND, to=to, by=transferer.connection_id, by_number=number)
    turn.say(box, fact, transferer)


def taken_away(turn: Turn, channel: Channel) -> None:
    """A telephone is gone that lost its call and did not pass it on: a manager took it."""
    if channel.lost is None or channel.box is None or channel.transferred or channel.asked:
        return
    at, to = channel.lost
    if turn.occurred_at - at > TOGETHER:  # it had something else to do, as in a conference that another one left
        return
    channel.redirected = True
    turn.say(channel.box, Transferred(kind=TransferKind.REDIRECT, to=to), channel, at)
