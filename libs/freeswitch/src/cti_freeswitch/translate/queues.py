"""Queues: mod_callcenter and mod_fifo. Waiting, and leaving without an agent."""

from cti_model.calls import Cause, ConnectionState
from cti_model.events import Dequeued, Queued

from cti_freeswitch.channels import Channel
from cti_freeswitch.naming import plain
from cti_freeswitch.translate.turn import Turn, channel_of


def callcenter(turn: Turn) -> None:
    """`callcenter::info` about a caller."""
    action, queue = turn.event.get("CC-Action"), plain(turn.event.get("CC-Queue"))
    if not turn.event.get("Unique-ID"):
        return
    channel = channel_of(turn)
    if channel is None:
        return
    if action in ("member-queue-start", "member-queue-resume"):  # resume: who had given up calls again in time
        _queued(turn, channel, queue)
    elif action == "member-queue-end":
        abandoned = turn.event.get("CC-Cancel-Reason") in ("", "BREAK_OUT")
        _leaves(turn, channel, Cause.ABANDONED if abandoned else Cause.NO_ANSWER)


def fifo(turn: Turn) -> None:
    """`fifo::info` about a caller. `abort`: it gave up, or pressed a key; `timeout`: it goes on (from source)."""
    action, channel = turn.event.get("FIFO-Action"), channel_of(turn)
    if channel is None:
        return
    if action == "push":
        _queued(turn, channel, plain(turn.event.get("FIFO-Name")))
    elif action in ("abort", "timeout"):
        _leaves(turn, channel, Cause.ABANDONED if action == "abort" else Cause.NO_ANSWER)


def _queued(turn: Turn, channel: Channel, queue: str) -> None:
    connection = channel.connection
    if connection is not None and connection.state is ConnectionState.QUEUED and channel.queue == queue:
        return
    channel.queue = queue
    if channel.box is not None and connection is not None and connection.alive:
        turn.say(channel.box, Queued(connection_id=channel.connection_id, queue=queue), channel)


def _leaves(turn: Turn, channel: Channel, cause: Cause) -> None:
    connection, queue = channel.connection, channel.queue
    channel.queue = ""
    if channel.box is not None and connection is not None and connection.state is ConnectionState.QUEUED:
        fact = Dequeued(connection_id=channel.connection_id, queue=queue, cause=cause)
        turn.say(channel.box, fact, channel)
