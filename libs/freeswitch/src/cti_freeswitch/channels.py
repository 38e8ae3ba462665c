"""One leg as the translator remembers it, and the call that it belongs to. Loopback channels are no parties."""

from dataclasses import dataclass, field
from datetime import datetime

from cti_model.calls import Call, Connection

from cti_freeswitch.event import Event
from cti_freeswitch.naming import is_pseudo


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
    held_us: int | None = None  # how long it was on hold in holds that are over, as an event said last
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
