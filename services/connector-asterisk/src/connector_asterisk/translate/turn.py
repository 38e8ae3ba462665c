"""The work on one frame: which channel it speaks of, when it happened, and what was told so far."""

from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from cti_model.calls import ConnectionState, Device, DeviceKind, Direction, Party
from cti_model.events import CallEvent, CallFact, Leg, Origin
from cti_model.fold import born, tell
from cti_model.ids import call_id, connection_id

from connector_asterisk.births import setting_of
from connector_asterisk.channels import AmiEvent, CallBox, Channel, State, known, locals_before, source_of

_AT_ONCE = timedelta(milliseconds=100)
WAITING = (ConnectionState.INITIATED, ConnectionState.ALERTING, ConnectionState.QUEUED)


class Told(NamedTuple):
    """One event, the channel that it is about, and the frame that it came from (this one, or one that waited)."""

    event: CallEvent
    channel: Channel | None
    because: AmiEvent


class Turn:
    """The work on one frame: the state, the instants, the events told so far, and (`explained`) what told each.

    `within`: where `occurred_at` is an estimate, the earliest and the latest instant that it may have been.
    """

    __slots__ = ("event", "explained", "observed_at", "occurred_at", "origin", "state", "within")

    def __init__(self, state: State, event: AmiEvent, observed_at: datetime, origin: Origin) -> None:
        self.state = state
        self.event = event
        self.observed_at = observed_at
        self.origin = origin
        self.occurred_at = pbx_clock(event) or observed_at
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

    def since(self, channel: Channel) -> datetime:
        """When that happened which this frame says of the beginning of a channel: earlier, if it was told late."""
        if channel.born is None or self.observed_at - channel.born[1] > _AT_ONCE:
            return self.occurred_at
        return min(channel.born[0], self.occurred_at)

    def open(self, channel: Channel, at: datetime | None = None) -> CallBox:
        """Begin a call with this channel."""
        state = self.state
        native = channel.linkedid or channel.uid
        call = born(
            call_id(state.tenant, state.pbx, setting_of(channel.uid, self.observed_at), channel.born_as or channel.uid),
            state.tenant,
            state.pbx,
            at or self.occurred_at,
            native,
            state.features,
        )
        return state.open(call, channel.linkedid)

    def leg(self, channel: Channel, box: CallBox, direction: Direction, remote: Party, internal: bool) -> Leg:
        """What is known of a channel when it becomes a connection of a call."""
        channel.box = box
        channel.connection_id = channel.connection_id or connection_id(
            self.state.tenant,
            self.state.pbx,
            setting_of(channel.uid, self.observed_at),
            channel.born_as or channel.uid,
        )
        self.state.by_connection[channel.connection_id] = channel
        queue = _queue_of(channel)
        return Leg(
            connection_id=channel.connection_id,
            device=self._device(channel, queue),
            direction=direction,
            party=self.state.party(channel),
            remote=remote,
            internal=internal,
            queue=queue,
            redirecting_id=(box.redirecting or self._forwarder(channel)) if direction is Direction.IN else "",
            consulted_by=_consulted_by(channel) if direction is Direction.IN else "",
            native_id=channel.uid,
        )

    def _device(self, channel: Channel, queue: str) -> Device:
        """The device behind a channel; an outside line that a queue rings for a user is that user's."""
        device = self.state.device(channel)
        if queue and device.kind is DeviceKind.TRUNK:
            for half in locals_before(channel):
                extension = self.state.reading.extension_of(half.name)
                if extension:
                    return Device(number=extension, kind=DeviceKind.EXTENSION, native=device.native)
        return device

    def _forwarder(self, channel: Channel) -> str:
        """The extension whose calls the dialplan forwards to this telephone, when one was dialled instead of it.

        A Local channel to another number was made for the one that was dialled; both belong to one numbering plan
        when they have as many digits. Short codes and groups for an extension have other lengths or a queue.
        """
        for half in locals_before(channel):
            number = half.asked_for
            if number and len(number) == len(channel.endpoint) and number != channel.endpoint and not half.prompted:
                plan, caller = self.state.naming.extension, half.dialled_by
                waits = caller is not None and (caller.queue or caller.connection_id == "")
                if plan.fullmatch(number) and plan.fullmatch(channel.endpoint) and not waits:
                    return number
        return ""


class _Nothing:
    """No frame: time has passed."""

    name = ""

    def get(self, header: str, default: str = "") -> str:
        return default


NOTHING = _Nothing()


def pbx_clock(event: AmiEvent) -> datetime | None:
    """The PBX's own time of the event, sent with `timestampevents=yes`."""
    stamp = event.get("Timestamp")
    try:
        return datetime.fromtimestamp(float(stamp), UTC) if stamp else None
    except (ValueError, OverflowError, OSError):
        return None


def channel_of(turn: Turn, prefix: str = "") -> Channel | None:
    """The channel that the headers with this prefix speak of, brought up to date with them, or None."""
    event = turn.event
    uid = known(event.get(f"{prefix}Uniqueid"))
    name = event.get(f"{prefix}Channel")
    if not uid or not name or name.endswith(("<ZOMBIE>", "<MASQ>")) or uid in turn.state.ended:
        return turn.state.channels.get(uid)
    channel = turn.state.channel(uid, name)
    for attribute, header in _REMEMBERED:
        value = known(event.get(f"{prefix}{header}"))
        if value:
            setattr(channel, attribute, value)
    if not channel.exten:
        channel.exten = known(event.get(f"{prefix}Exten"))
    return channel


_REMEMBERED = (
    ("number", "CallerIDNum"),
    ("caller_name", "CallerIDName"),
    ("connected_number", "ConnectedLineNum"),
    ("connected_name", "ConnectedLineName"),
    ("linkedid", "Linkedid"),
)


def _consulted_by(channel: Channel) -> str:
    """The connection whose user consults this telephone by Asterisk's own attended transfer."""
    for half in locals_before(channel):
        user = half.dialled_by
        if user is not None and user.consults is half:
            return user.connection_id
    return ""


def _queue_of(channel: Channel) -> str:
    caller = source_of(channel)
    return caller.queue if caller is not None else ""
