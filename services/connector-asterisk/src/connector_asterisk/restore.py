"""From the calls that the bus knows as alive to a translator that goes on with them.

After a restart or a fail-over the calls go on with the same ids and contiguous versions. What no call carries is lost
until a snapshot and later frames tell it again: bridges and channel names (the snapshot), whether somebody asked to
hang up or passed the call on just now (so that this one end is told as the system's).
"""

from collections.abc import Iterable
from datetime import datetime

from cti_model.calls import Call, Connection, ConnectionState, Direction

from connector_asterisk.channels import CallBox, Channel, State

_UP = (ConnectionState.CONNECTED, ConnectionState.HELD, ConnectionState.QUEUED)


def restore(state: State, calls: Iterable[Call], sure_at: datetime | None = None) -> None:
    """Put living calls into an empty `state`. To be followed by `reconcile` before their events are trusted.

    `sure_at`: until when their publisher saw everything (its last sign of life); by default the newest change in them.
    """
    for call in calls:
        if call.alive:
            _restore(state, call)
    known = [each.changed_at for box in state.boxes.values() for each in box.call.connections]
    state.sure_at, state.blind = sure_at or max(known, default=None), True


def _restore(state: State, call: Call) -> None:
    box = state.open(call, call.native_ids[0] if call.native_ids else "")
    box.redirecting = _redirecting(call)
    channels = [_channel(box, each) for each in call.connections if each.alive and each.native_ids]
    for channel in channels:
        holder = state.channels.get(channel.uid)
        # In Asterisk 11 an Uniqueid goes from one telephone to another: who got it has it, not who was born with it.
        if holder is None or _changed_uid(channel):
            state.adopt(channel)
    for channel in channels:
        caller = _caller(channel, channels)
        if caller is not None:
            channel.dialled_by = caller
            caller.dials.append(channel)


def _channel(box: CallBox, connection: Connection) -> Channel:
    technology, _, endpoint = connection.device.native.partition("/")
    outward = connection.direction is Direction.OUT
    prompted = outward and connection.alerted_at is not None
    lifted = prompted and connection.state is not ConnectionState.ALERTING
    return Channel(
        uid=connection.native_ids[-1],
        name="",
        technology=technology,
        endpoint=endpoint,
        exten=box.call.dialled if outward else "",
        number=connection.party.number,
        caller_name=connection.party.name,
        connected_number=connection.remote.number,
        connected_name=connection.remote.name,
        linkedid=box.call.native_ids[0] if box.call.native_ids else "",
        connection_id=connection.connection_id,
        box=box,
        prompted=prompted,
        lifted=lifted,
        # A caller that waited in a queue stays up, also when it goes on to ring elsewhere.
        up=connection.state in _UP or lifted or (outward and connection.tally.queue_us > 0),
        queue=connection.queue if connection.state is ConnectionState.QUEUED else "",
    )


def _changed_uid(channel: Channel) -> bool:
    return channel.connection is not None and len(channel.connection.native_ids) > 1


def _caller(channel: Channel, channels: list[Channel]) -> Channel | None:
    """Who had a telephone dialled: whom it shows, else who began the call."""
    connection = channel.connection
    if connection is None or connection.direction is Direction.OUT:
        return None
    before = [each for each in channels if each is not channel and _began_before(each, connection)]
    shown = [each for each in before if connection.remote.number in _numbers(each)]
    callers = [each for each in before if each.connection is not None and each.connection.direction is Direction.OUT]
    return next(iter((*shown, *callers)), None)


def _began_before(channel: Channel, connection: Connection) -> bool:
    other = channel.connection
    return other is not None and other.started_at <= connection.started_at


def _numbers(channel: Channel) -> set[str]:
    connection = channel.connection
    return {connection.device.number, connection.party.number} - {""} if connection else set()


def _redirecting(call: Call) -> str:
    """The number that passed the call on last."""
    passed_on = [each for each in call.connections if each.redirecting_id == each.device.number]
    return passed_on[-1].redirecting_id if passed_on else ""
