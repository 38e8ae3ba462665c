"""What the translator remembers of one FreeSWITCH: channels by id and by telephone, calls, rooms, and what waits."""

from dataclasses import dataclass
from datetime import datetime

from cti_model.calls import Call, Command, Connection, Device, DeviceKind, Party

from cti_freeswitch.channels import CallBox, Channel, Waiting
from cti_freeswitch.lines import Lines
from cti_freeswitch.naming import Naming
from cti_freeswitch.reading import Reading

_ENDED = 512  # some seconds of a very busy server


@dataclass(eq=False, slots=True)
class Awaited:
    """The file of a recording of a channel that is over, which has to be asked for. Its call waits until `until`.

    `ask_at`: when to ask (again). Both by our clock; None until the first look at what waits. `prolonged`: how often
    the wait was made longer for a question that a lost link may have taken along.
    """

    box: CallBox
    connection_id: str
    ask_at: datetime | None = None
    until: datetime | None = None
    prolonged: int = 0


class State:
    """Everything the translator knows of one FreeSWITCH. Owned by one caller; `translate` changes it in place."""

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
        self.lines: Lines[Channel] = Lines()
        self.boxes: dict[str, CallBox] = {}
        self.rooms: dict[str, list[Channel]] = {}
        self.endings: dict[Channel, Waiting] = {}  # in order of coming
        self.hints: list[Channel] = []  # those with something that is told `soon`
        self.awaited: dict[str, Awaited] = {}  # by the channel's id
        self.ended: dict[str, int] = {}  # the newest that hung up, and when they began: late events do not revive them
        self.sure_at: datetime | None = None  # all that we knew then was so; None before the first snapshot
        self.blind = False  # events have been missed since `sure_at`
        self.absent: frozenset[str] = frozenset()  # during a comparison: channels that ended unheard, nobody knows when
        self.core = ""  # FreeSWITCH's own id of its present life

    @property
    def unsettled(self) -> bool:
        """Whether something waits for more events of one action."""
        return bool(self.endings or self.hints)

    def hint(self, channel: Channel, name: str, said: Waiting) -> None:
        """Tell something a little later, unless its channel ends or something else explains it."""
        channel.soon[name] = said
        self.hints.append(channel)

    def find(self, uid: str) -> Channel | None:
        """The channel of this id, or None."""
        return self.channels.get(uid)

    def make(self, uid: str) -> Channel:
        """The channel of this id, made when it is new."""
        known = self.channels.get(uid)
        if known is None:
            known = self.channels[uid] = Channel(uid, again=self.ended.pop(uid, None) is not None)
        return known

    def same_device(self, channel: Channel) -> list[Channel]:
        """All living channels of the device behind this one, itself included, in order of appearance."""
        device = self.device(channel)
        if device.kind is not DeviceKind.EXTENSION:
            return [channel]
        return [each for each in self.lines.of(device.number) if not each.pseudo and self.device(each) == device]

    def over(self, uid: str, created: int) -> bool:
        """Whether the channel of this id has ended; not where one that is known to have begun later has the same id."""
        ended = self.ended.get(uid)
        return ended is not None and (not ended or created <= ended)

    def present(self, channel: Channel, presence: str) -> None:
        """A channel is of this user."""
        channel.presence = presence
        self.lines.put(channel, self.naming.extension_of(presence))

    def behind(self, call: Call, connection_id: str) -> Channel | None:
        """The channel of a connection of a call; None when it is not known any more."""
        connection = call.connection(connection_id)
        found = map(self.find, reversed(connection.native_ids if connection is not None else ()))
        return next((each for each in found if each is not None and each.connection_id == connection_id), None)

    def forget(self, channel: Channel) -> None:
        """Drop a channel that is over."""
        self.channels.pop(channel.uid, None)
        self.lines.drop(channel)
        self.ended[channel.uid] = channel.created
        if len(self.ended) > _ENDED:
            del self.ended[next(iter(self.ended))]
        self.leave(channel)
        if channel.originator is not None and channel in channel.originator.dials:
            channel.originator.dials.remove(channel)

    def leave(self, channel: Channel) -> None:
        """Take a channel out of its conference."""
        members = self.rooms.get(channel.room)
        if members is not None and channel in members:
            members.remove(channel)
            if not members:
                del self.rooms[channel.room]
        channel.room = ""

    def sure_of(self, connection: Connection) -> datetime:
        """Until when we knew how it stood with a connection."""
        return connection.changed_at if self.sure_at is None else max(connection.changed_at, self.sure_at)

    def open(self, call: Call) -> CallBox:
        """Remember a new call."""
        box = CallBox(call)
        self.boxes[call.call_id] = box
        return box

    def close(self, box: CallBox) -> None:
        """Forget a call that is over."""
        self.boxes.pop(box.call.call_id, None)

    def device(self, channel: Channel) -> Device:
        """The device behind a channel."""
        return self.naming.device(channel.name, channel.presence, channel.gateway)

    def party(self, channel: Channel) -> Party:
        """Who is behind a channel. An extension's number is its own, whatever caller id it presents."""
        device = self.device(channel)
        if device.kind is DeviceKind.EXTENSION:
            return Party(number=device.number, name=channel.own_name)
        if channel.outbound:
            return Party(number=channel.destination)
        return Party(number=channel.number, name=channel.caller_name)
