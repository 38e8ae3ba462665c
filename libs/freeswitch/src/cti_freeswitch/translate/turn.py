"""The work on one event: which channel it speaks of, when it happened, and what was told so far."""

from datetime import datetime
from typing import NamedTuple

from cti_model.calls import Call, ConnectionState, DeviceKind, Direction, Party
from cti_model.events import CallEvent, CallFact, InformationChanged, Leg, Origin
from cti_model.fold import born, tell
from cti_model.ids import call_id, connection_id

from cti_freeswitch.causes import asks
from cti_freeswitch.channels import CallBox, Channel
from cti_freeswitch.event import Event
from cti_freeswitch.loopback import source_of
from cti_freeswitch.naming import name_of, number_of, plain
from cti_freeswitch.state import State

WAITING = (ConnectionState.INITIATED, ConnectionState.ALERTING, ConnectionState.QUEUED)


class Told(NamedTuple):
    """One event, the channel that it is about, and the FreeSWITCH event that told it (this one, or one that waited)."""

    event: CallEvent
    channel: Channel | None
    because: Event


class Turn:
    """The work on one event. `within`: see `cti_model.fold.tell`, set where `occurred_at` is an estimate."""

    __slots__ = ("event", "explained", "observed_at", "occurred_at", "origin", "state", "within")

    def __init__(self, state: State, event: Event, observed_at: datetime, origin: Origin) -> None:
        self.state = state
        self.event = event
        self.observed_at = observed_at
        self.origin = origin
        self.occurred_at = event.at or observed_at
        self.within: tuple[datetime | None, datetime | None] = (None, None)
        self.explained: list[Told] = []

    @property
    def told(self) -> list[CallEvent]:
        """The events told so far."""
        return [each.event for each in self.explained]

    def say(self, box: CallBox, fact: CallFact, channel: Channel | None = None, at: datetime | None = None) -> None:
        """Tell a fact about a call."""
        native = (channel.uid,) if channel is not None else ()
        event = tell(box.call, fact, at or self.occurred_at, self.observed_at, self.origin, native, self.within)
        box.call = event.call
        self.explained.append(Told(event, channel, self.event))

    def open(self, channel: Channel) -> CallBox:
        """Begin a call with this channel. Its id is unique over restarts, but for recovered calls."""
        state = self.state
        native = call_id(state.tenant, state.pbx, _epoch(channel), channel.uid)
        call: Call = born(native, state.tenant, state.pbx, self.occurred_at, channel.uid, state.features)
        return state.open(call)

    def leg(self, channel: Channel, box: CallBox, direction: Direction, remote: Party, internal: bool) -> Leg:
        """What is known of a channel when it becomes a connection of a call."""
        state = self.state
        channel.box = box
        channel.connection_id = channel.connection_id or connection_id(
            state.tenant, state.pbx, _epoch(channel), channel.uid
        )
        return Leg(
            connection_id=channel.connection_id,
            device=state.device(channel),
            direction=direction,
            party=state.party(channel),
            remote=remote,
            internal=internal,
            queue=channel.queue if channel.waiting_for else "",
            redirecting_id=box.redirecting if direction is Direction.IN else "",
            consulted_by=_consulted_by(state, channel) if direction is Direction.IN else "",
            native_id=channel.uid,
        )

    def same_leg(self, channel: Channel, box: CallBox) -> Leg | None:
        """The leg of a channel that has a connection already."""
        known = channel.connection
        if known is None:
            return None
        return self.leg(channel, box, known.direction, known.remote, known.internal)


def _epoch(channel: Channel) -> str:
    """What tells a channel from an earlier one of the same id."""
    return str(channel.created) if channel.again else ""


def _consulted_by(state: State, channel: Channel) -> str:
    """The connection whose user consults this telephone by `att_xfer`: it talked to somebody when it had it dialled."""
    known = channel.connection
    if known is not None:
        return known.consulted_by
    caller = source_of(state, channel)
    talks = caller is not None and caller.talks and caller.connection is not None
    return caller.connection_id if caller is not None and talks else ""


def channel_of(turn: Turn, uid: str = "") -> Channel | None:
    """The channel that an event speaks of, brought up to date with it; None when it is over or none is named."""
    event, state = turn.event, turn.state
    own = event.get("Unique-ID")
    uid = uid or own
    created = event.get("Caller-Channel-Created-Time") if uid == own else ""
    if not uid or state.over(uid, int(created) if created.isdecimal() else 0):
        return None
    channel = state.make(uid)
    if uid == own:
        _see(state, channel, event)
        _carry(turn, channel)
    return channel


def _see(state: State, channel: Channel, event: Event) -> None:
    created, name = event.get("Caller-Channel-Created-Time"), event.get("Channel-Name")
    channel.created = int(created) if created.isdecimal() else channel.created
    channel.core = event.get("Core-UUID") or channel.core
    if name and name != "N/A":
        channel.name = name
        channel.outbound = event.get("Call-Direction") == "outbound"
    state.present(channel, event.get("Channel-Presence-ID") or event.variable("presence_id") or channel.presence)
    channel.gateway = event.variable("sip_gateway_name") or event.variable("sip_gateway") or channel.gateway
    held = event.get("Caller-Channel-Hold-Accum")
    channel.held_us = int(held) if held.isdecimal() else channel.held_us
    channel.pair = event.variable("other_loopback_leg_uuid") or channel.pair
    channel.application = event.variable("current_application") or channel.application
    channel.goal = event.variable("trunkline_to") or plain(event.variable(_ORIGINATE)) or channel.goal
    channel.asked = channel.asked or any(asks(event.variable(f"{kind}_hangup_disposition")) for kind in _KINDS)
    if not channel.connection_id or channel.prompted:
        dialled = number_of(event.get("Caller-Destination-Number"))
        channel.destination = dialled if dialled and dialled != _contact(channel) else channel.destination
    if not channel.connection_id:
        channel.number = number_of(_shown(state, channel, event)) or channel.number
        channel.caller_name = name_of(event.get("Caller-Caller-ID-Name"), channel.number) or channel.caller_name
        named = event.variable("effective_caller_id_name") or ("" if channel.outbound else channel.caller_name)
        channel.own_name = name_of(named, channel.number) or channel.own_name
    if event.variable("cc_side") == "agent":
        channel.queue = event.variable("cc_queue").partition("@")[0] or channel.queue
        channel.waiting_for = event.variable("cc_member_session_uuid") or channel.waiting_for
    elif channel.outbound and event.variable("fifo_bridge_uuid"):  # a fifo calls its members (`ringall`, from source)
        channel.queue = event.variable("fifo_name").partition("@")[0] or channel.queue
        channel.waiting_for = event.variable("fifo_bridge_uuid")
    _tie(state, channel, event)


_KINDS = ("sip", "verto")
_ORIGINATE = "w_jsclient_originate_number"  # Webitel's; with the domain behind it from an older engine


def _contact(channel: Channel) -> str:
    """What was dialled to reach a prompted telephone. Its channel is named after it, which a successor has alone."""
    named = channel.name.rpartition("/")[2].partition("@")[0]
    return channel.contact or (named if channel.prompted else "")


def _shown(state: State, channel: Channel, event: Event) -> str:
    """The caller's number, as a called telephone showed it first (recorded).

    It is another one after a transfer; and its own, where `originate` rang it and it was lifted.
    """
    first = event.get("Caller-Orig-Caller-ID-Number") if channel.outbound else ""
    first = "" if first == state.naming.extension_of(channel.presence) else first
    return first or event.get("Caller-Caller-ID-Number")


def _tie(state: State, channel: Channel, event: Event) -> None:
    """For whom an outbound channel is dialled."""
    if not channel.outbound or channel.originator is not None:
        return
    # `Other-Leg-Unique-ID` names whoever it talks with now, which may be somebody else.
    said = event.variable("originator") or event.variable("originating_leg_uuid") or channel.waiting_for
    channel.dialled_for = said or channel.dialled_for
    source = state.find(channel.dialled_for)
    if source is not None and source is not channel and not channel.prompted:
        channel.originator = source
        source.dials.append(channel)
        source.refused_by = ""


def _carry(turn: Turn, channel: Channel) -> None:
    """Bring the variables that a site chose into the call, as soon as there is one."""
    for name in turn.state.reading.variables:
        value = turn.event.variable(name)
        if value:
            channel.extra[name] = value
    box = channel.box
    if box is None or not channel.extra or not box.call.alive:
        return
    new = {name: value for name, value in channel.extra.items() if box.call.info.get(name) != value}
    channel.extra = {}
    if new:
        turn.say(box, InformationChanged(info=new), channel)


def is_extension(turn: Turn, channel: Channel) -> bool:
    """Whether a user's telephone is behind a channel."""
    return turn.state.device(channel).kind is DeviceKind.EXTENSION
