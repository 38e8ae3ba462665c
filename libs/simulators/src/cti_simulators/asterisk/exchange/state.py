"""The running state of a simulated Asterisk: channels, bridges, telephones, queues. Data only."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from cti_simulators.asterisk.exchange.plan import QueuePlan, Telephone

DOWN, RING, RINGING, UP = 0, 4, 5, 6
STATE_NAMES = {DOWN: "Down", RING: "Ring", RINGING: "Ringing", UP: "Up"}


@dataclass(eq=False, slots=True)
class Channel:
    """A leg of a call. `name` and who is at it move in a masquerade of Asterisk 11; `uniqueid` never does."""

    name: str
    uniqueid: str
    linkedid: str
    birth: int
    born: float
    linked_birth: int
    """The order of birth of the channel whose Uniqueid is the Linkedid: of two calls that join, the older wins."""
    state: int
    context: str
    exten: str
    priority: int = 1
    number: str = ""
    caller_name: str = ""
    connected_number: str = ""
    connected_name: str = ""
    person: str = ""
    """Whose telephone it is: an extension, or the key of somebody outside; empty for Local channels."""
    device: str = ""
    """Such as `PJSIP/101`; empty for Local channels."""
    app: str = ""
    app_data: str = ""
    runs_dialplan: bool = False
    bridge: Bridge | None = None
    holding: bool = False
    held: bool = False
    attempt: Attempt | None = None
    """What dials this leg, until it is answered or over."""
    dials: Attempt | None = None
    """What this leg dials, or did last."""
    transfers: Transfer | None = None
    """The attended transfer by Asterisk itself that this leg is in the middle of."""
    collects: str | None = None
    """The digits of a number for a transfer by feature code so far; None when none is asked for."""
    leave: Callable[[], None] | None = None
    """What to do first when this leg goes away from where its dialplan is (queue, conference, parking)."""
    on_talk_end: Callable[[str], None] | None = None
    """Told once when the talk that a queue arranged is over; why: caller, agent, transfer."""
    other_half: Channel | None = None
    optimise: bool = False
    answered: float | None = None
    variables: dict[str, str] = field(default_factory=dict)
    monitors: dict[str, str] = field(default_factory=dict)
    """What records it: the monitor's id to its file, in order of beginning."""
    tech_cause: str = ""
    cause_known: bool = False
    """A Dial was answered on it: its telephone's hang-up is told with a cause."""
    gone: bool = False
    dialled: bool = False
    """Its Dial application has brought somebody: in Asterisk 11 that ends with a word of its own."""
    cdr: Cdr | None = None


@dataclass(eq=False, slots=True)
class Cdr:
    """A call detail record in the making."""

    destination: str
    peer: str = ""
    answered: float | None = None
    disposition: str = "NO ANSWER"


@dataclass(eq=False, slots=True)
class Bridge:
    """A mixing of channels. Asterisk 11 has none but tells `Link` for two channels."""

    uniqueid: str
    kind: str = "basic"
    technology: str = "simple_bridge"
    creator: str = ""
    name: str = ""
    channels: list[Channel] = field(default_factory=list)
    extra: int = 0
    """Channels that only the server itself knows (a conference's announcer)."""


@dataclass(eq=False, slots=True)
class Phone:
    """A telephone and its legs, in order of birth."""

    plan: Telephone
    legs: list[Channel] = field(default_factory=list)
    busy: bool = False
    shown: str = "NOT_INUSE"
    """The device state told last."""


@dataclass(eq=False, slots=True)
class Member:
    """A queue's member. `interface` as Asterisk spells it, `device` whose state counts."""

    interface: str
    name: str
    device: str
    dynamic: bool = False
    penalty: int = 0
    paused: bool = False
    reason: str = ""
    taken: int = 0
    last_call: int = 0
    last_pause: int = 0
    logged_in: int = 0
    in_call: bool = False
    shown: int = 1


@dataclass(eq=False, slots=True)
class Queue:
    """A queue with who waits in it, in order."""

    plan: QueuePlan
    members: list[Member] = field(default_factory=list)
    waiting: list[Waiting] = field(default_factory=list)
    completed: int = 0
    abandoned: int = 0
    hold_time: int = 0
    talk_time: int = 0
    next_member: int = 0


@dataclass(eq=False, slots=True)
class Waiting:
    """A caller in a queue."""

    channel: Channel
    since: float
    position: int


@dataclass(eq=False, slots=True)
class Parked:
    """A caller in a parking slot."""

    channel: Channel
    parker: str
    """The device that parked, such as `PJSIP/101`."""
    since: float
    slot: int
    stop: Callable[[], None]


@dataclass(eq=False, slots=True)
class Conference:
    """A conference room."""

    number: str
    bridge: Bridge
    joined: dict[str, float] = field(default_factory=dict)
    muted: set[str] = field(default_factory=set)


class Transfer(Protocol):
    """An attended transfer that goes on."""

    def cancel(self) -> None:
        """The transferer wants the first talk back."""
        ...

    def transferer_hangs_up(self) -> None:
        """The transferer is out of it."""
        ...


class Attempt(Protocol):
    """Something that rings legs and waits for an answer: Dial, a queue's round, an Originate."""

    caller: Channel | None
    legs: list[Channel]

    def ringing(self, leg: Channel) -> None:
        """A leg rings."""
        ...

    def answered(self, leg: Channel) -> None:
        """A leg answers."""
        ...

    def refused(self, leg: Channel, cause: int) -> None:
        """A leg's telephone refuses (17 busy, 21 declined) or is gone (20)."""
        ...

    def cancelled(self, cause: int) -> None:
        """Nobody waits for an answer any more. `cause`: 0 given up, 26 answered elsewhere."""
        ...

    def replaced(self, leg: Channel, by: Channel) -> None:
        """`by` picks up in place of `leg`."""
        ...
