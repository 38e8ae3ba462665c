"""The events that would have told what dumps say: a dump has the instants of all that happened to its channel.

Holds are another matter (`cti_freeswitch.missed`): of those the dump has the last beginning, and a sum.
"""

from collections.abc import Callable, Iterator

from cti_freeswitch.event import Event, Value
from cti_freeswitch.snapshot import Snapshot

_RINGS = ("RINGING", "EARLY")
_UNTOLD = ("CS_NONE", "CS_NEW")
"""A channel without caller id, number or user yet: `CHANNEL_CREATE` comes behind these (recorded: 1.10.12)."""
_LATER = 1_000_000
"""In microseconds: a bridge that comes so late behind the answer is not the first one (recorded: up to 30 ms)."""
_JOINED, _ANSWERED = "Channel-Bridged-Time", "Channel-Answered-Time"


Waited = Callable[[str, str], bool]
"""Whether a channel (by its id) is known to have waited in a queue, or to talk already."""


def as_if(snapshot: Snapshot, waited: Waited) -> Iterator[Event]:
    """The events that would have told what the dumps say, in order of their instants."""
    found = [each for dump in snapshot.dumps.values() for each in (*_life(dump), *_queue(dump, waited))]
    found += list(_bridges(snapshot))
    for _, _, headers in sorted(found, key=lambda each: each[:2]):
        yield Event(headers)


def talked_before(dump: Event) -> bool:
    """Whether a called telephone was lifted well before it came to talk with whom it talks with: so with another."""
    answered, joined = _us(dump, _ANSWERED), _us(dump, _JOINED)
    return dump.get("Call-Direction") == "outbound" and 0 < answered < joined - _LATER


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
    yield from _place(dump, answered)


def waits_parked(dump: Event) -> bool:
    """Whether a channel waits in `park`, by the dialplan (recorded: 1.10.12) or by `uuid_park`, or in a slot."""
    application, state = dump.variable("current_application"), dump.get("Channel-State")
    return application == "valet_park" or state == "CS_PARK" or (application == "park" and state == "CS_EXECUTE")


def _queue(dump: Event, waited: Waited) -> Iterator[_Instant]:
    """In which queue it waits, or waited until it talked. A fifo tells not since when: at most since its answer."""
    uid, answered, talks = dump.get("Unique-ID"), _us(dump, _ANSWERED), _us(dump, _JOINED) > 0
    if dump.variable("cc_side") == "member":
        queue, joined = dump.variable("cc_queue"), dump.variable("cc_queue_joined_epoch")
        since = int(joined) * 1_000_000 if joined.isdecimal() else answered
        more = {"Event-Subclass": "callcenter::info", "CC-Action": "member-queue-start", "CC-Queue": queue}
        if not talks or not waited(uid, queue):
            yield _at(dump, "CUSTOM", max(since, answered), 4, more)
    name, _, direction = dump.variable("current_application_data").partition(" ")
    if answered and dump.variable("current_application") == "fifo" and direction.startswith("in"):
        more = {"Event-Subclass": "fifo::info", "FIFO-Action": "push", "FIFO-Name": name}
        status = dump.variable("fifo_status")
        waits = not dump.get("Other-Leg-Unique-ID") and status in ("", "WAITING")
        if waits or (talks and status == "TALKING" and not waited(uid, name)):
            yield _at(dump, "CUSTOM", answered, 4, more)


def _place(dump: Event, answered: int) -> Iterator[_Instant]:
    """In which conference it is, in which slot it waits. Since when is not told: at most since its answer."""
    if not answered or dump.get("Other-Leg-Unique-ID"):
        return
    application = dump.variable("current_application")
    if application == "conference" and dump.variable("conference_name"):
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
