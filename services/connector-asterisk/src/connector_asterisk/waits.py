"""Who waits in a queue or a parking slot, and who does not any more."""

from connector_asterisk.channels import Channel
from connector_asterisk.estimate import changed
from connector_asterisk.found import join, waited
from connector_asterisk.search import Search, as_if, is_waiting
from connector_asterisk.translate.passing import parked, unparked
from connector_asterisk.translate.queues import queue_leave


def wait(search: Search) -> None:
    """Tell who waits: in a queue with its wait so far, in a parking slot since it was parked."""
    wait_in_queues(search)
    _wait_in_slots(search)


def wait_in_queues(search: Search) -> None:
    """Tell who waits in a queue, so that telephones which ring then do so for that queue."""
    for uid, item in search.items.items():
        channel = search.state.channels.get(uid)
        if channel is None or not _may_wait(search, channel) or (item.bridge_id and uid not in search.parked):
            continue
        queue = search.queue(item)
        if queue and uid not in search.parked and not is_waiting(channel):
            join(search, item, queue)


def _wait_in_slots(search: Search) -> None:
    for uid, entry in search.parked.items():
        channel = search.state.channels.get(uid)
        if channel is None or not _may_wait(search, channel) or is_waiting(channel):
            continue
        since = search.since(search.items[uid]) if uid in search.items else search.at
        when = changed(since, search.at) if entry.wait is None else waited(search, since, entry.wait)
        headers = {
            "uniqueid": uid,
            "channel": channel.name,
            "parkingspace": entry.slot,
            "parkerdialstring": entry.by,
        }
        as_if(search.turn, parked, "ParkedCall", when, headers)


def stop_waiting(search: Search) -> None:
    """Tell who left a queue or a slot and talks with nobody; where somebody took the call that is told already."""
    for uid, item in search.items.items():
        channel = search.state.channels.get(uid)
        if channel is None or not _may_wait(search, channel):
            continue
        headers = {"uniqueid": uid, "channel": channel.name}
        when = search.changed(item)
        if channel.queue:
            told = search.snapshot.waiting is not None or item.application != "Queue" or item.bridge_id
            if told and not search.queue(item):
                as_if(search.turn, queue_leave, "QueueCallerLeave", when, {**headers, "queue": channel.queue})
        elif is_waiting(channel) and search.snapshot.parked is not None and uid not in search.parked:
            as_if(search.turn, unparked, "ParkedCallTimeOut", when, headers)


def _may_wait(search: Search, channel: Channel) -> bool:
    """Whether the lists may say more than we know: it lives, and no frame has said since that it waits or does not."""
    connection = channel.connection
    return connection is not None and connection.alive and channel.uid not in search.snapshot.queued
