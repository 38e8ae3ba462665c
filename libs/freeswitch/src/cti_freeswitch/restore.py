"""From the calls that the bus knows as alive to a translator that goes on with them, with the same ids.

What no call carries is told anew by the snapshot that follows: who is bridged with whom, names of channels.
"""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Final

from cti_model.calls import Call, Connection, ConnectionState, DeviceKind, Direction

from cti_freeswitch.channels import CallBox, Channel
from cti_freeswitch.state import Awaited, State

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_UP = (ConnectionState.CONNECTED, ConnectionState.HELD, ConnectionState.QUEUED)


def restore(state: State, calls: Iterable[Call], sure_at: datetime | None = None) -> None:
    """Put living calls into an empty `state`. To be followed by `reconcile` before their events are trusted."""
    for call in calls:
        if call.alive:
            box = state.open(call)
            for each in call.connections:
                if each.alive and each.native_ids:
                    channel = _channel(box, each)
                    state.channels[channel.uid] = channel
                    state.present(channel, channel.presence)
                elif _may_have_file(state, each):
                    state.awaited[each.native_ids[-1]] = Awaited(box, each.connection_id)
    changes = [each.changed_at for box in state.boxes.values() for each in box.call.connections]
    state.sure_at, state.blind = sure_at or max(changes, default=None), True


def _may_have_file(state: State, connection: Connection) -> bool:
    """Whether a recording of a part that is over may have been asked for in vain so far: no call tells."""
    calls = connection.direction is Direction.OUT and connection.answered_at is not None
    return state.reading.asks_for_files and bool(connection.native_ids) and calls


def _channel(box: CallBox, connection: Connection) -> Channel:
    outward = connection.direction is Direction.OUT
    prompted = outward and connection.alerted_at is not None
    extension = connection.device.kind is DeviceKind.EXTENSION
    technology, _, rest = connection.device.native.partition("/")
    return Channel(
        uid=connection.native_ids[-1],
        created=(connection.started_at - _EPOCH) // timedelta(microseconds=1),  # at the latest; no event said it yet
        name=f"{technology}/{connection.device.number}",
        outbound=not outward or prompted,
        presence=rest if extension else "",
        number=connection.party.number,
        caller_name=connection.party.name,
        own_name=connection.party.name,
        destination=box.call.dialled if outward else connection.device.number,
        box=box,
        connection_id=connection.connection_id,
        prompted=prompted,
        lifted=prompted and connection.state is not ConnectionState.ALERTING,
        up=connection.state in _UP,
        queue=connection.queue,
        recordings=list(connection.recordings),
        recorded=bool(connection.recordings),
    )
