"""What the translator knows against what FreeSWITCH says is alive: the difference as ordinary events.

A channel's dump has the instants of all that happened to it, so what nobody listened to is told as of then, by the
translator itself: as if its events came now. Only an end is seen in nothing but that the channel is not there: it
happened between the last that we knew and now (docs/adr/0008). A state that missed nothing has no difference.
"""

from collections.abc import Iterator
from datetime import datetime

from cti_model.calls import Connection
from cti_model.events import CallEvent, Held, Origin, Retrieved

from cti_freeswitch.channels import Channel, State
from cti_freeswitch.event import NOTHING, Event, Value
from cti_freeswitch.holds import unheard
from cti_freeswitch.snapshot import Snapshot
from cti_freeswitch.translate import settle, translate
from cti_freeswitch.translate.ending import end_if_empty, vanishes
from cti_freeswitch.translate.passing import leaves_slot
from cti_freeswitch.translate.turn import Turn

_RINGS = ("RINGING", "EARLY")
_JOINED, _ANSWERED = "Channel-Bridged-Time", "Channel-Answered-Time"


def lost(state: State, at: datetime) -> None:
    """The link to FreeSWITCH is lost; the last byte came at `at`. What happens from now on is missed."""
    if not state.blind:
        state.sure_at, state.blind = at, True


def doubtful(state: State, alive: dict[str, str]) -> list[str]:
    """The channels to be dumped: those that we do not know, those that are missing; all where events were missed."""
    known = {uid for uid, each in state.channels.items() if each.gone_at is None}
    missing = [uid for uid in known if uid not in alive]
    return [*(uid for uid in alive if state.blind or uid not in known), *missing]


def reconcile(state: State, snapshot: Snapshot, at: datetime) -> list[CallEvent]:
    """The events that bring `state` (in place) to what a snapshot says that was complete at `at`."""
    told: list[CallEvent] = list(settle(state, at, Origin.RECONCILED)) if state.blind else []
    _leave_rooms(state, snapshot)
    for event in _as_if(snapshot):
        told += translate(state, event, at, Origin.RECONCILED)
    for uid, dump in snapshot.dumps.items():
        channel = state.find(uid)
        if channel is not None:
            told += _holds(state, channel, dump, at)
            if dump.get("Channel-Call-State") == "ACTIVE":
                told += _out_of_slot(state, channel, dump, at)
    for uid in snapshot.absent:
        channel = state.find(uid)
        if channel is not None and channel.gone_at is None:
            told += _vanishes(state, channel, at)
    told += _empty(state, at)
    state.sure_at, state.blind = at, False
    return told


def _empty(state: State, at: datetime) -> list[CallEvent]:
    """Calls whose last part is over, but of which a former leader could not tell that any more."""
    turn = Turn(state, NOTHING, at, Origin.RECONCILED)
    for box in tuple(state.boxes.values()):
        end_if_empty(turn, box)
    return turn.told


def _leave_rooms(state: State, snapshot: Snapshot) -> None:
    """Who is in no conference any more was taken out of it, or left, while nobody listened."""
    for uid, dump in snapshot.dumps.items():
        channel = state.find(uid)
        if channel is not None and channel.room and dump.variable("current_application") != "conference":
            state.leave(channel)


def _holds(state: State, channel: Channel, dump: Event, at: datetime) -> list[CallEvent]:
    """Holds that nobody saw."""
    turn, connection = Turn(state, NOTHING, at, Origin.RECONCILED), channel.connection
    if channel.box is None or connection is None or channel.gone_at is not None:
        return []
    for change in unheard(connection, dump, at):
        fact = Held if change.held else Retrieved
        turn.within = (None, None) if change.sure else (_since(state, connection), None)
        turn.say(channel.box, fact(connection_id=channel.connection_id), channel, change.at)
    return turn.told


def _out_of_slot(state: State, channel: Channel, dump: Event, at: datetime) -> list[CallEvent]:
    """Who waits in no slot any more, and talks with nobody who took the call, left it by itself."""
    turn = Turn(state, NOTHING, at, Origin.RECONCILED)
    waits = dump.variable("current_application") == "valet_park" or dump.get("Channel-State") == "CS_PARK"
    if channel.parked and not waits and dump.get("Channel-State"):
        leaves_slot(turn, channel)
    return turn.told


def _since(state: State, connection: Connection) -> datetime:
    """Until when we knew how it stood with a connection."""
    return connection.changed_at if state.sure_at is None else max(connection.changed_at, state.sure_at)


def _vanishes(state: State, channel: Channel, at: datetime) -> list[CallEvent]:
    turn = Turn(state, NOTHING, at, Origin.RECONCILED)
    connection = channel.connection
    since = _since(state, connection) if connection is not None else at
    turn.within = (since if since < at else None, None)
    vanishes(turn, channel)
    return turn.told


def _as_if(snapshot: Snapshot) -> Iterator[Event]:
    """The events that would have told what the dumps say, in order of their instants."""
    found = [each for dump in snapshot.dumps.values() for each in _life(dump)]
    found += list(_bridges(snapshot))
    for _, _, headers in sorted(found, key=lambda each: each[:2]):
        yield Event(headers)


_Instant = tuple[int, int, dict[str, Value]]


def _life(dump: Event) -> Iterator[_Instant]:
    """What happened to one channel, each with its microsecond."""
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
    if dump.variable("cc_side") == "member" and not _us(dump, _JOINED):
        joined = dump.variable("cc_queue_joined_epoch")
        more = {"Event-Subclass": "callcenter::info", "CC-Action": "member-queue-start"}
        since = int(joined) * 1_000_000 if joined.isdecimal() else answered
        yield _at(dump, "CUSTOM", max(since, answered), 4, more | {"CC-Queue": dump.variable("cc_queue")})
    yield from _place(dump, answered)


def _place(dump: Event, answered: int) -> Iterator[_Instant]:
    """In which conference it is, in which fifo or slot it waits. Since when is not told: at most since its answer."""
    if not answered or dump.get("Other-Leg-Unique-ID"):
        return
    application, data = dump.variable("current_application"), dump.variable("current_application_data").split()
    if application == "conference" and dump.variable("conference_name"):
        more = {"Event-Subclass": "conference::maintenance", "Action": "add-member"}
        yield _at(dump, "CUSTOM", answered, 4, more | {"Conference-Name": dump.variable("conference_name")})
    elif application == "valet_park" and dump.variable("valet_lot_extension"):
        more = {"Event-Subclass": "valet_parking::info", "Action": "hold"}
        yield _at(dump, "CUSTOM", answered, 4, more | {"Valet-Extension": dump.variable("valet_lot_extension")})
    elif dump.get("Channel-State") == "CS_PARK":
        yield _at(dump, "CHANNEL_PARK", answered, 4)
    elif application == "fifo" and data[1:2] == ["in"] and dump.variable("fifo_status") == "WAITING":
        more = {"Event-Subclass": "fifo::info", "FIFO-Action": "push", "FIFO-Name": data[0]}
        yield _at(dump, "CUSTOM", answered, 4, more)


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
