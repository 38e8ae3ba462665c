"""What the translator remembers of one Asterisk: channels, bridges, and the calls that they belong to."""

from collections.abc import Iterable
from datetime import datetime

from cti_model.calls import Call, Command, Device, DeviceKind, Direction, Party

from connector_asterisk.births import Births
from connector_asterisk.legs import (
    TOGETHER,
    AmiEvent,
    CallBox,
    Channel,
    Ending,
    Recall,
    locals_before,
    prompted_phone,
    source_of,
    telephone_of,
    telephones_beyond,
    unlink,
)
from connector_asterisk.naming import HANDED_OVER, Naming, endpoint_of, is_pseudo, known
from connector_asterisk.reading import Reading

__all__ = [
    "HANDED_OVER",
    "TOGETHER",
    "AmiEvent",
    "CallBox",
    "Channel",
    "Ending",
    "Naming",
    "Recall",
    "State",
    "box_of",
    "known",
    "locals_before",
    "prompted_phone",
    "source_of",
    "telephone_of",
    "telephones_beyond",
]

_ENDED = 512  # some seconds of a very busy server


class State:
    """Everything the translator knows of one Asterisk. Owned by one caller; `translate` changes it in place."""

    def __init__(
        self,
        tenant: str,
        pbx: str,
        naming: Naming | None = None,
        features: tuple[Command, ...] = (),
        reading: Reading | None = None,
    ) -> None:
        self.tenant = tenant
        self.pbx = pbx
        self.naming = naming or Naming()
        self.reading = reading or Reading()
        self.features = features
        self.channels: dict[str, Channel] = {}
        self.names: dict[str, Channel] = {}
        self.endpoints: dict[tuple[str, str], dict[Channel, None]] = {}
        self.by_connection: dict[str, Channel] = {}
        self.boxes: dict[str, CallBox] = {}
        self.linkedids: dict[str, CallBox] = {}
        self.bridges: dict[str, list[Channel]] = {}
        self.births = Births()
        self.ended: dict[str, None] = {}  # the newest channels that hung up: a late frame does not bring them back
        self.recalls: dict[tuple[str, str], Recall] = {}  # by the device that transferred while it rang
        self.pending: list[Channel] = []
        self.endings: list[Ending] = []
        self.sure_at: datetime | None = None  # all that we knew then was so; None before the first snapshot
        self.blind = False  # frames have been missed since `sure_at`
        self.booted_at: datetime | None = None  # Asterisk started then or up to a second before, on our clock
        self.boot = ""  # when it started, in its own words, as it was last listed

    def channel(self, uid: str, name: str) -> Channel:
        """The channel of this Uniqueid, made when it is new."""
        known = self.channels.get(uid)
        if known is not None:
            if not known.name:  # restored from the bus, which knows no channel names
                self.rename(known, name)
            return known
        technology, _, rest = name.partition("/")
        made = Channel(uid, name, technology, endpoint_of(rest), is_pseudo(technology))
        self.adopt(made)
        self.names[name] = made
        self._pair(made)
        return made

    def adopt(self, channel: Channel) -> None:
        """Take in a channel that is not known yet."""
        self.channels[channel.uid] = channel
        self.endpoints.setdefault((channel.technology, channel.endpoint), {})[channel] = None
        if channel.connection_id:
            self.by_connection[channel.connection_id] = channel

    def same_device(self, channel: Channel) -> Iterable[Channel]:
        """All channels of the device behind this one, itself included, in order of appearance."""
        return self.endpoints.get((channel.technology, channel.endpoint), {})

    def caller_in(self, box: CallBox) -> Channel | None:
        """The living channel that began a call, or goes on for the one that did."""
        for each in box.call.connections:
            channel = self.by_connection.get(each.connection_id)
            if each.direction is Direction.OUT and channel is not None and channel.box is box:
                return channel
        return None

    def _pair(self, half: Channel) -> None:
        if half.technology == "Local" and half.name[-2:] in (";1", ";2"):
            other = self.names.get(half.name[:-1] + ("2" if half.name.endswith("1") else "1"))
            if other is not None:
                half.pair, other.pair = other, half

    def rename(self, channel: Channel, name: str) -> None:
        """Let a channel have its present name."""
        if self.names.get(channel.name) is channel:
            del self.names[channel.name]
        channel.name = name
        self.names[name] = channel

    def renumber(self, channel: Channel, uid: str) -> None:
        """Let a channel go on under another Uniqueid."""
        del self.channels[channel.uid]
        channel.uid = uid
        self.channels[uid] = channel

    def forget(self, channel: Channel) -> None:
        """Drop a channel that hung up."""
        self.channels.pop(channel.uid, None)
        self.ended[channel.uid] = None
        if len(self.ended) > _ENDED:
            del self.ended[next(iter(self.ended))]
        if self.names.get(channel.name) is channel:
            del self.names[channel.name]
        if self.by_connection.get(channel.connection_id) is channel:
            del self.by_connection[channel.connection_id]
        alike = self.endpoints.get((channel.technology, channel.endpoint), {})
        alike.pop(channel, None)
        if not alike:
            self.endpoints.pop((channel.technology, channel.endpoint), None)
        self.leave(channel)
        for device in [device for device, each in self.recalls.items() if each.waiting is channel]:
            del self.recalls[device]
        if channel in self.pending:
            self.pending.remove(channel)
        unlink(channel)

    def enter(self, channel: Channel, bridge: str) -> list[Channel]:
        """Put a channel into a bridge; the members of it, in order of arrival."""
        if channel.bridge != bridge:
            self.leave(channel)
        members = self.bridges.setdefault(bridge, [])
        if channel not in members:
            members.append(channel)
        channel.bridge = bridge
        for each in members:
            if len(members) > 1:
                each.peers = tuple(other for other in members if other is not each)
        return members

    def leave(self, channel: Channel) -> None:
        """Take a channel out of its bridge."""
        members = self.bridges.get(channel.bridge)
        if members is not None:
            if channel in members:
                members.remove(channel)
            if not members:
                del self.bridges[channel.bridge]
        channel.bridge = ""

    def swap(self, clone: Channel, original: Channel) -> None:
        """Masquerade (Asterisk 11): the telephone of `clone` goes on in the place of `original`, and the reverse."""
        for each in (clone, original):
            each.born_as = each.born_as or each.uid
        clone.uid, original.uid = original.uid, clone.uid
        self.channels[clone.uid], self.channels[original.uid] = clone, original
        clone.dialled_by, original.dialled_by = original.dialled_by, clone.dialled_by
        clone.dials, original.dials = original.dials, clone.dials
        bridges = (clone.bridge, original.bridge)
        for each, bridge in ((clone, bridges[1]), (original, bridges[0])):
            self.leave(each)
            if bridge:
                self.enter(each, bridge)

    def open(self, call: Call, linkedid: str) -> CallBox:
        """Remember a new call."""
        box = CallBox(call)
        self.boxes[call.call_id] = box
        if linkedid:
            box.linkedids.add(linkedid)
            self.linkedids[linkedid] = box
        return box

    def close(self, box: CallBox) -> None:
        """Forget a call that is over."""
        self.boxes.pop(box.call.call_id, None)
        for each in box.linkedids:
            if self.linkedids.get(each) is box:
                del self.linkedids[each]

    def device(self, channel: Channel) -> Device:
        """The device behind a channel."""
        native = f"{channel.technology}/{channel.endpoint}"
        if self.naming.extension.fullmatch(channel.endpoint):
            return Device(number=channel.endpoint, kind=DeviceKind.EXTENSION, native=native)
        return Device(number=channel.endpoint, kind=DeviceKind.TRUNK, native=native)

    def party(self, channel: Channel) -> Party:
        """Who is behind a channel. An extension's number is its own, whatever caller id it presents."""
        device = self.device(channel)
        number = device.number if device.kind is DeviceKind.EXTENSION else channel.number
        return Party(number=number, name=channel.caller_name)


def box_of(state: State, channel: Channel) -> CallBox | None:
    """The call of a channel: its own, that of the channels that brought it about, or that of its Linkedid."""
    seen: set[int] = set()
    todo = [channel]
    while todo:
        at = todo.pop()
        if id(at) in seen:
            continue
        seen.add(id(at))
        if at.box is not None and at.box.call.alive:
            return at.box
        todo.extend(each for each in (at.pair, at.dialled_by) if each is not None)
    return state.linkedids.get(channel.linkedid)
