"""What the translator remembers of one FreeSWITCH: channels (legs), and the calls that they belong to.

A channel is one leg. Loopback channels are no parties: they only tell which legs belong together.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from cti_model.calls import Call, Command, Connection, Device, DeviceKind, Party

from cti_freeswitch.event import Event
from cti_freeswitch.lines import Lines
from cti_freeswitch.naming import Naming, is_pseudo

_ENDED = 512  # some seconds of a very busy server


@dataclass(eq=False, slots=True)
class CallBox:
    """A call that is not over, and why the next device of it rings (`redirecting`: the number that passed it on)."""

    call: Call
    redirecting: str = ""


@dataclass(eq=False, slots=True)
class Channel:
    """One channel. `number` and `caller_name` are its caller id, `destination` is what is dialled on it."""

    uid: str
    core: str = ""  # FreeSWITCH's own id of the life in which it was seen last
    created: int = 0  # when, in microseconds since 1970
    again: bool = False  # another one had this id before
    name: str = ""
    outbound: bool = False  # FreeSWITCH calls it; if not, it calls FreeSWITCH
    presence: str = ""
    gateway: str = ""
    number: str = ""
    caller_name: str = ""
    own_name: str = ""  # of the user behind it
    destination: str = ""
    contact: str = ""  # what was dialled to reach a prompted telephone: an address of its own, no number
    goal: str = ""  # whom a prompted telephone is to call, as whoever originated it says
    originator: "Channel | None" = None  # for whom it is dialled
    dialled_for: str = ""  # that one's id, also when it is not known
    dials: list["Channel"] = field(default_factory=list)
    pair: str = ""  # the other half of a loopback channel
    peer: "Channel | None" = None  # who it was bridged with last
    bridged: bool = False
    early: bool = False  # bridged while it, or the other one, rings still (early media)
    box: CallBox | None = None
    connection_id: str = ""
    prompted: bool = False  # rung by `originate`: its user is the caller
    lifted: bool = False
    application: str = ""
    up: bool = False
    queue: str = ""
    waiting_for: str = ""  # the member's channel for which a queue rings this agent
    moved_by: str = ""  # the last transfer entry that was read
    room: str = ""
    parked: str = ""
    soon: dict[str, "Waiting"] = field(default_factory=dict)  # told a little later, where nothing explains it
    hangup_cause: str = ""
    asked: bool = False  # its own telephone ended it
    refused_by: str = ""  # the connection of who refused when it dialled last
    cut: bool = False  # a command of ours ended it for somebody else
    transferred: bool = False
    picked_up: bool = False
    gone_at: datetime | None = None
    explains: list["Channel"] = field(default_factory=list)  # who ended before, maybe for this reason
    complete: bool = False  # all is told of its end
    recordings: list[str] = field(default_factory=list)
    recorded: bool = False  # a recording of it was heard to begin
    ordered: dict[str, str] = field(default_factory=dict)  # of our commands: file to recording id
    extra: dict[str, str] = field(default_factory=dict)

    @property
    def pseudo(self) -> bool:
        """Whether it is plumbing."""
        return is_pseudo(self.name)

    @property
    def connection(self) -> Connection | None:
        """Its part in its call, as told so far."""
        return self.box.call.connection(self.connection_id) if self.box and self.connection_id else None

    @property
    def talks(self) -> bool:
        """Whether it is in a bridge now."""
        return self.bridged and self.gone_at is None


@dataclass(frozen=True, slots=True)
class Waiting:
    """Something that is told a little later: when it was, when it came, and the event that said it."""

    channel: Channel
    at: datetime
    observed_at: datetime
    because: Event


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


@dataclass(frozen=True)
class Reading:
    """A site's choices: variables that are carried into `call.info` by name, and whether recordings are told.

    `park_number`: what a call is transferred to in order to park it; empty: none is known. `file_wait`: the file of a
    recording is not told, but asked for by the channel's id when that is over, for so long at most; None: it is told.
    """

    variables: tuple[str, ...] = ()
    recordings: bool = True
    park_number: str = ""
    file_wait: timedelta | None = None

    @property
    def asks_for_files(self) -> bool:
        """Whether the files of recordings are asked for."""
        return self.recordings and self.file_wait is not None


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


def beyond(state: State, channel: Channel) -> Channel | None:
    """The telephone behind a channel, seen through loopback channels; None where an application is at the end."""
    seen: set[str] = set()
    at: Channel | None = channel
    while at is not None and at.pseudo:
        if at.uid in seen:
            return None
        seen.add(at.uid)
        half = state.find(at.pair)
        at = half.peer if half is not None else None
    return at


def source_of(state: State, channel: Channel) -> Channel | None:
    """The telephone for which a channel is dialled, seen through loopback channels."""
    at, seen = channel.originator, {channel.uid}
    while at is not None and at.pseudo and at.uid not in seen:
        seen.add(at.uid)
        half = at if at.outbound else state.find(at.pair)
        at = half.originator if half is not None else None
    return at if at is not None and not at.pseudo else None
