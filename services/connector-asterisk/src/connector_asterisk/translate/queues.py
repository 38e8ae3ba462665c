"""Queues: waiting, and leaving without an agent."""

from cti_model.calls import Cause, ConnectionState
from cti_model.events import Dequeued, Queued

from connector_asterisk.naming import whole
from connector_asterisk.translate.turn import Turn, channel_of


def queue_join(turn: Turn) -> None:
    """A caller begins to wait in a queue."""
    channel, queue = channel_of(turn), turn.event.get("Queue")
    if channel is None:
        return
    channel.queue = queue
    connection = channel.connection
    if connection is not None and channel.box is not None and connection.alive:
        fact = Queued(
            connection_id=connection.connection_id,
            queue=queue,
            position=whole(turn.event.get("Position")) or 0,
        )
        turn.say(channel.box, fact, channel)


def queue_leave(turn: Turn) -> None:
    """A caller leaves a queue: to an agent, or without one."""
    channel = channel_of(turn)
    if channel is None:
        return
    queue, channel.queue = turn.event.get("Queue") or channel.queue, ""
    connection = channel.connection
    if connection is not None and channel.box is not None and connection.state is ConnectionState.QUEUED:
        cause = Cause.ABANDONED if channel.asked else Cause.NO_ANSWER
        turn.say(channel.box, Dequeued(connection_id=connection.connection_id, queue=queue, cause=cause), channel)
