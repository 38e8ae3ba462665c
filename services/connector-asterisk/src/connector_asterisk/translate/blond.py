"""An attended transfer while the third telephone still rings.

Recorded once, by a telephone in 22; the rest is from Asterisk's sources. By the telephone itself (REFER with Replaces),
13 and 22 tell `AttendedTransfer` with `DestType: App` and no target, 11 a `Transfer` and the masquerade of the
transferee into the channel that dials. By a feature code or `Atxfer` who transfers hangs up while it rings: 13 and
22 tell `AttendedTransfer` with one transferer, 11 nothing but the `HangupRequest`.
"""

from cti_model.events import ConnectionCleared, TransferKind, Transferred

from connector_asterisk.causes import cause_of
from connector_asterisk.channels import Channel, Recall, telephones_beyond
from connector_asterisk.translate.bridges import move
from connector_asterisk.translate.turn import Turn


def hands_over(turn: Turn, first: Channel, second: Channel, transferee: Channel | None) -> bool:
    """A telephone leaves whom it talks with on `first` to those who ring for `second`; False where nobody rings.

    Those go into the call of the first talk, and ring for the transferee from now on.
    """
    ringing, box = ringing_for(second), first.box
    transferee = transferee or _other(first)
    if not ringing or box is None or transferee is None or transferee.box is not box:
        return False
    first.transferred = second.transferred = True
    for leg in second.dials:
        if leg.gone_at is None:
            leg.dialled_by = transferee
            transferee.dials.append(leg)
    second.dials = [each for each in second.dials if each.gone_at is not None]
    source, to = second.box, turn.state.party(ringing[0]).number
    told = [each for each in ringing if each.connection_id and each.box is source]
    if source is not None and source is not box and told:
        move(turn, told, told, source, box, first)
    else:
        by = turn.state.party(first).number
        fact = Transferred(kind=TransferKind.ATTENDED, to=to, by=first.connection_id, by_number=by)
        turn.say(box, fact, first, first.asked_at)
    if first is second:
        exten = first.consults.exten if first.consults is not None else to
        turn.state.recalls[first.technology, first.endpoint] = Recall(transferee, exten)
    return True


def hangs_up(turn: Turn, channel: Channel) -> None:
    """A telephone's user hangs up, on it or by a command; perhaps while somebody rings to transfer to."""
    if channel.asked_at is None:
        channel.asked_at = turn.occurred_at
    _while_it_rings(turn, channel)


def _while_it_rings(turn: Turn, channel: Channel) -> None:
    """Asterisk 11: who consults by a feature code hangs up; their channel lives on until somebody is reached."""
    if channel.linkedid or channel.transferred or channel.box is None:
        return
    connection, consulted = channel.connection, channel.consults
    if connection is None or not connection.talking or consulted is None or consulted.gone_at is not None:
        return
    if hands_over(turn, channel, channel, None):
        cause = cause_of(channel, connection, turn.occurred_at)
        fact = ConnectionCleared(connection_id=channel.connection_id, cause=cause, released_by=channel.connection_id)
        turn.say(channel.box, fact, channel)


def ringing_for(channel: Channel) -> list[Channel]:
    """The telephones that a channel makes ring, also through Local channels."""
    found: list[Channel] = []
    todo, seen = [*channel.dials], {id(channel)}
    while todo:
        leg = todo.pop(0)
        if id(leg) in seen or leg.gone_at is not None or leg.up:
            continue
        seen.add(id(leg))
        if not leg.pseudo:
            found.append(leg)
        elif leg.pair is not None:
            todo.extend(leg.pair.dials)
    return found


def _other(channel: Channel) -> Channel | None:
    return next((each for each in telephones_beyond(channel) if each.box is channel.box and each.gone_at is None), None)
