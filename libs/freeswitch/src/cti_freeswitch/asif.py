"""The events that would have told what dumps say: a dump has the instants of all that happened to its channel.

Holds are another matter (`cti_freeswitch.missed`): of those the dump has the last beginning, and a sum.
"""

from collections.abc import Iterator

from cti_model.calls import ConnectionState

from cti_freeswitch.channels import Channel
from cti_freeswitch.event import Event, Value
from cti_freeswitch.naming import plain
from cti_freeswitch.snapshot import Snapshot
from cti_freeswitch.state import State

_RINGS = ("RINGING", "EARLY")
_UNTOLD = ("CS_NONE", "CS_NEW")
"""A channel without caller id, number or user yet: `CHANNEL_CREATE` comes behind these (recorded: 1.10.12)."""
_LATER = 1_000_000
"""In microseconds: a bridge that comes so late behind the answer is not the first one (recorded: up to 30 ms)."""
_TICK = 20_000
"""In microseconds: so exact are instants of events (recorded: 1.10.12)."""
_JOINED, _ANSWERED = "Channel-Bridged-Time", "Channel-Answered-Time"


def as_if(state: State, snapshot: Snapshot) -> Iterator[Event]:
    """The events that would have told what the dumps say, in order of their instants. `state` is only looked at."""
    found: list[_Instant] = []
    for uid, dump in snapshot.dumps.items():
        channel = state.find(uid)
        found += [*_life(dump), *_place(dump, channel)]
        if not _in_touch(snapshot, channel):
            found += _queue(dump, channel)
    found += list(_bridges(snapshot))
    for _, _, headers in sorted(found, key=lambda each: each[:2]):
        yield Event(headers)


def _went_on(channel: Channel | None, answered: int) -> bool:
    """Whether anything is known of a channel that came behind its answer."""
    connection = channel.connection if channel is not None else None
    if connection is None or connection.answered_at is None:
        return connection is not None and connection.state is ConnectionState.QUEUED
    return connection.changed_at.timestamp() * 1_000_000 > answered + _TICK


def talked_before(snapshot: Snapshot, dump: Event) -> bool:
    """Whether a called telephone has talked with somebody with whom it does not talk now.

    It was lifted well before it came to talk with whom it talks with, or that one is gone.
    """
    answered, joined = _us(dump, _ANSWERED), _us(dump, _JOINED)
    later = joined > answered + _LATER or dump.get("Other-Leg-Unique-ID") not in snapshot.dumps
    return dump.get("Call-Direction") == "outbound" and answered > 0 and joined > 0 and later


_Instant = tuple[int, int, dict[str, Value]]


def _life(dump: Event) -> Iterator[_Instant]:
    """What happened to one channel, each with its microsecond; nothing of one that is only about to be told of."""
    if dump.get("Channel-State") in _UNTOLD:
        return
    created = _us(dump, "Channel-Created-Time")
    yield _at(dump, "CHANNEL_CREATE", created, 0)
    progress = _us(dump, "Channel-Progress-Time") or _us(dump, "Channel-Progress-Media-Time")
    outbound = dump.get("Call-Direction") == "outbound"
    if outbound and (progress or dump.get("Channel-Call-State") in _RINGS):
        yield _at(dump, "CHANNEL_PROGRESS", progress or created, 1)
    answered = _us(dump, _ANSWERED)
    if answered:
        yield _at(dump, "CHANNEL_ANSWER", answered, 2)
        yield _at(dump, "CALL_UPDATE", answered, 3)


def waits_parked(dump: Event) -> bool:
    """Whether a channel waits in `park`, by the dialplan (recorded: 1.10.12) or by `uuid_park`, or in a slot."""
    application, state = dump.variable("current_application"), dump.get("Channel-State")
    return application == "valet_park" or state == "CS_PARK" or (application == "park" and state == "CS_EXECUTE")


def _queue(dump: Event, channel: Channel | None) -> Iterator[_Instant]:
    """In which queue it waits, or waited until it talked. A fifo tells not since when: at most since its answer."""
    answered, talks = _us(dump, _ANSWERED), _us(dump, _JOINED) > 0
    if dump.variable("cc_side") == "member":
        queue, joined = dump.variable("cc_queue"), dump.variable("cc_queue_joined_epoch")
        since = int(joined) * 1_000_000 if joined.isdecimal() else answered
        more = {"Event-Subclass": "callcenter::info", "CC-Action": "member-queue-start", "CC-Queue": queue}
        if not _waited(channel, queue, talks):
            yield _at(dump, "CUSTOM", max(since, answered), 4, more)
    name, _, direction = dump.variable("current_application_data").partition(" ")
    if answered and dump.variable("current_application") == "fifo" and direction.startswith("in"):
        more = {"Event-Subclass": "fifo::info", "FIFO-Action": "push", "FIFO-Name": name}
        status = dump.variable("fifo_status")
        waits = not dump.get("Other-Leg-Unique-ID") and status in ("", "WAITING")
        if (waits or (talks and status == "TALKING")) and not _waited(channel, name, talks):
            yield _at(dump, "CUSTOM", answered, 4, more)


def _in_touch(snapshot: Snapshot, channel: Channel | None) -> bool:
    """Whether a channel is known to talk with one that is there: then a dump of it that does not say so is older."""
    peer = channel.peer if channel is not None and channel.talks else None
    return peer is not None and peer.uid in snapshot.dumps


def _waited(channel: Channel | None, queue: str, talks: bool) -> bool:
    """Whether it is known that a channel waits in this queue, or that it came by it to whom it talks with."""
    connection = channel.connection if channel is not None else None
    if connection is None or connection.queue != plain(queue):
        return False
    return talks or connection.state is ConnectionState.QUEUED


def _place(dump: Event, channel: Channel | None) -> Iterator[_Instant]:
    """In which conference it is, in which slot it waits. Since when is not told: at most since its answer."""
    answered, application = _us(dump, _ANSWERED), dump.variable("current_application")
    if not answered:
        return
    if dump.get("Other-Leg-Unique-ID"):
        if application == "park" and _us(dump, _JOINED) > answered and not _went_on(channel, answered):
            yield _at(dump, "CHANNEL_PARK", answered, 4)  # it waited there until somebody took it
    elif application == "conference" and dump.variable("conference_name"):
        more = {"Event-Subclass": "conference::maintenance", "Action": "add-member"}
        yield _at(dump, "CUSTOM", answered, 4, more | {"Conference-Name": dump.variable("conference_name")})
    elif application == "valet_park" and dump.variable("valet_lot_extension"):
        more = {"Event-Subclass": "valet_parking::info", "Action": "hold"}
        yield _at(dump, "CUSTOM", answered, 4, more | {"Valet-Extension": dump.variable("valet_lot_extension")})
    elif application != "valet_park" and waits_parked(dump):
        yield _at(dump, "CHANNEL_PARK", answered, 4)


def _bridges(snapshot: Snapshot) -> Iterator[_Instant]:
    """Who is joined with whom, since both had answered; since they hear each other, where one rings still."""
    seen: set[frozenset[str]] = set()
    for uid, dump in snapshot.dumps.items():
        other = dump.get("Other-Leg-Unique-ID")
        pair = frozenset((uid, other))
        partner = snapshot.dumps.get(other)
        if partner is None or pair in seen or partner.get("Other-Leg-Unique-ID") != uid:
            continue
        if any(each.get("Channel-Call-State") in _RINGS and not _us(each, _JOINED) for each in (dump, partner)):
            continue  # it is called by the other one
        joined = max(_us(dump, _JOINED), _us(partner, _JOINED))
        answered = _us(dump, _ANSWERED), _us(partner, _ANSWERED)
        if joined:
            seen.add(pair)
            # The other leg's instants in a dump are those of when it was dialled.
            said = {f"{leg}-{_ANSWERED}": str(us) for leg, us in zip(("Caller", "Other-Leg"), answered, strict=True)}
            said |= {"Bridge-A-Unique-ID": uid, "Bridge-B-Unique-ID": other}
            yield _at(dump, "CHANNEL_BRIDGE", max(joined, *answered) if all(answered) else joined, 5, said)


def _at(dump: Event, name: str, microsecond: int, rank: int, more: dict[str, str] | None = None) -> _Instant:
    changes = {"Event-Name": name, "Event-Date-Timestamp": str(microsecond), **(more or {})}
    return microsecond, rank, dump.changed(changes)


def _us(dump: Event, name: str) -> int:
    value = dump.get(f"Caller-{name}")
    return int(value) if value.isdecimal() else 0
