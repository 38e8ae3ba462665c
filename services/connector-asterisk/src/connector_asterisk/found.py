"""What a snapshot has that the translator does not know yet: channels that appeared, rang or were answered unseen.

Told as if the frames that we missed had come, by the same handlers, so that a call found is like a call seen.
"""

from datetime import datetime

from cti_model.calls import DeviceKind
from msgspec.structs import replace

from connector_asterisk.channels import CallBox, Channel, box_of
from connector_asterisk.estimate import When, began
from connector_asterisk.items import SnapshotChannel
from connector_asterisk.kinship import (
    DIALS,
    RINGS,
    UP,
    counted,
    is_application,
    is_called,
    is_prompted,
    is_pseudo,
    queue_named,
    rings_for,
)
from connector_asterisk.search import Search, as_if
from connector_asterisk.translate.answer import established, new_channel, new_state
from connector_asterisk.translate.begin import by_manager, dial_begin
from connector_asterisk.translate.information import connected_line
from connector_asterisk.translate.queues import queue_join, queue_leave


def appear(search: Search) -> None:
    """Tell of channels that appeared, then of those that rang, then of those that were answered."""
    missed = [item for item in search.items.values() if _missed(search, item)]
    missed.sort(key=lambda item: (search.began(item).told, counted(item.uid)))
    for item in missed:
        if is_pseudo(item):
            as_if(search.turn, new_channel, "Newchannel", search.began(item), _headers(item))
    callers = [item for item in missed if not is_called(item) and not is_pseudo(item)]
    called = [item for item in missed if is_called(item) and not is_pseudo(item)]
    for item in callers:
        _calls(search, item)
    for item in missed:
        caller = search.kinship.caller_of(item) if is_pseudo(item) and is_called(item) else None
        if caller is not None:
            headers = {**_headers(caller), **_headers(item, "dest")}
            as_if(search.turn, dial_begin, "DialBegin", search.began(item), headers)
    for item in called:
        _is_called(search, item)
    for item in (*called, *callers):
        if item.state == UP:
            _is_up(search, item)


def _missed(search: Search, item: SnapshotChannel) -> bool:
    channel = search.state.channels.get(item.uid)
    if channel is None:
        return True
    pending = channel.rung_at is not None and not channel.connection_id
    if is_pseudo(item):
        return is_called(item) and channel.dialled_by is None
    if pending and not search.state.blind:
        return False  # the translator waits for the frame that says for whom it rings
    if not channel.connection_id and (item.state in (DIALS, RINGS) or (is_called(item) and channel.dialled_by is None)):
        return True
    return item.state == UP and (not channel.up or _talks_to_asterisk(item, channel))


def _talks_to_asterisk(item: SnapshotChannel, channel: Channel) -> bool:
    """Whether a telephone that an Originate rang has an application for the other party, which is not told yet."""
    told = channel.application or (channel.connection is not None and channel.connection.talking)
    return channel.prompted and not told and is_application(item)


def _headers(item: SnapshotChannel, prefix: str = "", state: int | None = None) -> dict[str, str]:
    return {
        f"{prefix}uniqueid": item.uid,
        f"{prefix}channel": item.name,
        f"{prefix}calleridnum": item.caller.number,
        f"{prefix}calleridname": item.caller.name,
        f"{prefix}connectedlinenum": item.connected.number,
        f"{prefix}connectedlinename": item.connected.name,
        f"{prefix}linkedid": item.linkedid,
        f"{prefix}exten": "" if item.exten == "h" else item.exten,  # where the dialplan cleans up
        "channelstate": str(item.state if state is None else state),
    }


def _calls(search: Search, item: SnapshotChannel) -> None:
    """A telephone that dials or has dialled, or one that a manager rings."""
    turn, start = search.turn, search.began(item)
    if is_prompted(item):
        as_if(turn, dial_begin, "DialBegin", start, _headers(item, "dest"))
        as_if(turn, new_state, "Newstate", start, _headers(item, state=RINGS if item.state == UP else None))
        return
    as_if(turn, new_channel, "Newchannel", start, _headers(item, state=DIALS if item.state == UP else None))
    if item.connected.name != item.caller.name:  # else it is the name that an Originate gave to both sides
        as_if(turn, connected_line, "NewConnectedLine", start, _headers(item))
    channel = search.state.channels[item.uid]
    queue = search.queue(item) or (queue_named(item) if item.state == UP and not channel.up else "")
    if queue and item.state == UP:
        answered = search.changed(item)
        as_if(turn, new_state, "Newstate", answered, _headers(item))
    if queue:
        join(search, item, queue)


def join(search: Search, item: SnapshotChannel, queue: str) -> None:
    """Tell that a caller came into a queue: some whole seconds ago, or nobody knows when."""
    entry = search.waiting.get(item.uid)
    since = search.since(item)
    if entry is None:
        when, position = search.changed(item), 0
    else:
        when, position = waited(search, since, entry.wait), entry.position
    headers = {**_headers(item), "queue": queue, "position": str(position)}
    as_if(search.turn, queue_join, "QueueCallerJoin", when, headers)


def waited(search: Search, since: datetime, seconds: int) -> When:
    """When a wait of whole seconds began; not before `since`."""
    wait = SnapshotChannel(uid="", name="", duration=seconds)
    return began(wait, search.at, since if since < search.at else None)


def _is_called(search: Search, item: SnapshotChannel) -> None:
    """A telephone that was dialled: by whom, and whether it rings."""
    state, turn, start = search.state, search.turn, search.began(item)
    caller = search.kinship.caller_of(item)
    if caller is not None:
        if item.state == UP and caller.caller.number and rings_for(caller, item):
            item = replace(item, connected=caller.caller)  # what it shows may have changed since it rang
        start = _not_before(start, search.began(caller).told)
        _by_the_queue(search, item, caller)
        as_if(turn, dial_begin, "DialBegin", start, {**_headers(caller), **_headers(item, "dest")})
    elif (through := search.kinship.prompted_through(item)) is not None:
        first, second = through
        as_if(turn, dial_begin, "DialBegin", start, _headers(first, "dest"))
        as_if(turn, dial_begin, "DialBegin", start, {**_headers(second), **_headers(item, "dest")})
    elif item.uid not in state.channels:
        as_if(turn, new_channel, "Newchannel", start, _headers(item, state=0))
    channel = state.channels[item.uid]
    if item.state in (RINGS, UP) and not channel.connection_id:
        if box_of(state, channel) is None and not by_manager(channel):
            start.put(turn)
            channel.box = _box_of_partner(search, item) or turn.open(channel)
        if item.uid in search.known_before:
            start = search.changed(item)
        as_if(turn, new_state, "Newstate", start, _headers(item, state=RINGS))


def _by_the_queue(search: Search, item: SnapshotChannel, caller: SnapshotChannel) -> None:
    """Whether a telephone was rung by a queue: by the one that its caller came to unseen, or none any more."""
    channel = search.state.channels.get(caller.uid)
    if channel is None:
        return
    if channel.queue and item.application == "AppDial" and caller.application == "Dial":
        when = search.changed(caller)
        as_if(search.turn, queue_leave, "QueueCallerLeave", when, {"uniqueid": channel.uid, "channel": channel.name})
    elif item.application == "AppQueue" and not channel.queue and queue_named(caller):
        join(search, caller, queue_named(caller))


def _not_before(when: When, earliest: datetime) -> When:
    """A telephone rings after the one that called it began."""
    if when.told >= earliest:
        return when
    return When(max(when.not_before, earliest), earliest, max(when.not_after, earliest))


def _box_of_partner(search: Search, item: SnapshotChannel) -> CallBox | None:
    for other in search.items.values():
        channel = search.state.channels.get(other.uid)
        if item.bridge_id and other.bridge_id == item.bridge_id and channel is not None and channel.box is not None:
            return channel.box
    return None


def _is_up(search: Search, item: SnapshotChannel) -> None:
    """A telephone was answered, or Asterisk answered it."""
    channel = search.state.channels[item.uid]
    if _talks_to_asterisk(item, channel):
        channel.application = True
        if channel.lifted and channel.box is not None:
            search.changed(item).put(search.turn)
            established(search.turn, channel, channel.box)
            return
    talks = channel.connection is not None and channel.connection.talking
    if talks or _only_lifted(search, item, channel):
        channel.up, channel.lifted = True, channel.prompted
        return
    caller = search.kinship.caller_of(item) if is_called(item) else None
    as_if(search.turn, new_state, "Newstate", search.changed(item, caller), _headers(item))  # both are answered by it


def _only_lifted(search: Search, item: SnapshotChannel, channel: Channel) -> bool:
    """Whether an extension's line is up although whom it dials has not answered: an Originate rang it.

    It talks to nobody. A trunk's line may be up for a greeting, which is a talk with Asterisk; and one that was seen
    to dial by itself was answered, by whomever.
    """
    if is_called(item) or item.bridge_id or channel.prompted or search.took_part(item):
        return False
    is_extension = search.state.device(channel).kind is DeviceKind.EXTENSION
    return is_extension and any(each.state != UP for each in search.called_by(item))
