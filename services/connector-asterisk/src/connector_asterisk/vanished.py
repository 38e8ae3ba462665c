"""What a snapshot has not any more: it ended unseen, and why, as far as what is known of it and the others tell."""

from cti_model.calls import Cause, Connection, ConnectionState, DeviceKind, Direction
from cti_model.events import ConnectionCleared, TransferKind, Transferred

from connector_asterisk.causes import cause_of
from connector_asterisk.channels import CallBox, Channel, source_of, telephone_of
from connector_asterisk.estimate import When, ended
from connector_asterisk.kinship import UP
from connector_asterisk.search import Search
from connector_asterisk.translate.ending import end_if_empty


def vanished(search: Search, channel: Channel) -> bool:
    """Whether a channel is not there any more. One that frames spoke of meanwhile was there a moment ago."""
    touched = search.snapshot.touched
    absent = channel.uid not in search.items and channel.uid not in touched and channel.name not in touched
    return absent and channel.gone_at is None


def vanish(search: Search, channel: Channel) -> None:
    """End what Asterisk does not know any more. Who ended it, and why, nobody saw, but for what the others tell."""
    state, turn = search.state, search.turn
    connection, box = channel.connection, channel.box
    ended(state, channel, search.at).put(turn)
    if connection is not None and box is not None and connection.alive:
        if channel.asked_at is not None:  # that it hung up was seen, only Asterisk's own work afterwards was not
            turn.occurred_at, turn.within = channel.asked_at, (None, None)
        _hands_over(search, channel, box)
        if connection.redirecting_id == box.redirecting:
            box.redirecting = ""  # whoever rings now may have been reached in another way
        fact = ConnectionCleared(
            connection_id=connection.connection_id,
            cause=_why(search, channel, connection),
            released_by=connection.connection_id if channel.transferred or channel.asked else "",
        )
        turn.say(box, fact, channel)
        end_if_empty(turn, box)
    channel.gone_at = turn.occurred_at  # whom its caller has rung later must not find it there
    state.forget(channel)


def _hands_over(search: Search, channel: Channel, box: CallBox) -> None:
    """Who consulted somebody within its call and is gone, while both others are there, has transferred it."""
    state = search.state
    left = [each for each in box.call.connections if each.alive and each.connection_id != channel.connection_id]
    there = [
        each for each in left if (other := state.by_connection.get(each.connection_id)) and other.uid in search.items
    ]
    asked = next((each for each in there if each.consulted_by == channel.connection_id), None)
    if asked is not None and len(there) > 1 and not channel.transferred:
        channel.transferred = True
        number = state.party(channel).number
        to = asked.device.number if asked.device.kind is DeviceKind.EXTENSION else asked.party.number
        fact = Transferred(kind=TransferKind.ATTENDED, to=to, by=channel.connection_id, by_number=number)
        search.turn.say(box, fact, channel)


def _why(search: Search, channel: Channel, connection: Connection) -> Cause:
    if channel.transferred:
        return Cause.TRANSFERRED
    if channel.picked_up:
        return Cause.ANSWERED_ELSEWHERE
    if channel.asked:
        return cause_of(channel, connection, search.turn.occurred_at)
    rang = connection.state is ConnectionState.ALERTING and connection.direction is Direction.IN
    return Cause.ANSWERED_ELSEWHERE if rang and _taken(search, channel) else Cause.LOST


def _taken(search: Search, channel: Channel) -> bool:
    """Whether of the telephones that were rung together with this one another talks now."""
    caller = source_of(channel)
    beside = [telephone_of(each) for each in caller.dials] if caller is not None else []
    others = (each for each in beside if each is not None and each is not channel and not each.transferred)
    return any(each.uid in search.items and search.items[each.uid].state == UP for each in others)


def nobody_left(search: Search) -> None:
    """End connections that have no channel, and calls that have no connection."""
    state, turn = search.state, search.turn
    present = {each.connection_id for each in state.channels.values()}
    for box in tuple(state.boxes.values()):
        for each in box.call.connections:
            if each.alive and each.connection_id not in present:
                alive = max(each.changed_at, state.sure_at) if state.sure_at else each.changed_at
                When(min(alive, search.at), search.at, search.at).put(turn)
                turn.say(box, ConnectionCleared(connection_id=each.connection_id, cause=Cause.LOST))
        end_if_empty(turn, box)
