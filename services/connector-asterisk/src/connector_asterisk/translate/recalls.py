"""Who transferred while it rang is called back, because nobody answered there.

Source: Asterisk's own, no recording has it. Asterisk rings the telephone on a channel that nothing ties to the call but
the number that it shows: that of who waits. 13 and 22 tell a `DialBegin` without a caller before, 11 does not.
"""

from connector_asterisk.channels import CallBox, Channel, State, telephones_beyond


def called_back(state: State, channel: Channel) -> CallBox | None:
    """The call that somebody transferred in vain and for which they are rung now; ties the channel to it."""
    recall = state.recalls.get((channel.technology, channel.endpoint))
    waiting = recall.waiting if recall is not None else None
    if waiting is None or waiting.box is None or not waiting.box.call.alive or _reached(waiting):
        return None
    if channel.number == channel.connected_number:  # an Originate, which shows the same number on both sides
        return None
    if channel.connected_number != state.party(waiting).number:
        return None
    channel.dialled_by = waiting
    waiting.dials.append(channel)
    return waiting.box


def _reached(waiting: Channel) -> bool:
    return any(each.up and each.gone_at is None and not each.transferred for each in telephones_beyond(waiting))
