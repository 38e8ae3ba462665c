"""What is in a simulated Oktell while it runs: users, lines, what links them. Only state and what follows from it."""

import enum
from dataclasses import dataclass, field

from msgspec import Struct

from cti_simulators.oktell.plan import QueuePlan, UserPlan

ZERO = "00000000-0000-0000-0000-000000000000"
"""No chain, no line, no user."""


class UserState(enum.IntEnum):
    """`userstateid`, and `numstateid` of a number (documented by the client's source)."""

    DISCONNECTED = 0
    READY = 1
    BREAK = 2
    OFF = 3
    BUSY = 5
    RESERVED = 6
    NO_PHONE = 7


class Flash(enum.IntEnum):
    """`flashtypeid`: what happened to the flash buffer (documented by a client's source)."""

    PUT = 1
    RETURN = 2
    ABORT = 3
    LOST = 4
    SWITCH = 5
    INVITE = 6
    BETWEEN = 7
    FLASHED = 11
    RESTORED = 12
    ABORTED = 13


class Phase(enum.StrEnum):
    """How far a link has come."""

    BACK = "back"
    """An autocall: the caller's own telephone rings; nobody else is called yet."""
    FIRST = "first"
    """An autocall that calls the other one first; the caller's telephone is silent."""
    CALLBACK = "callback"
    """The other one is there; the caller's telephone rings."""
    DIAL = "dial"
    RING = "ring"
    TALK = "talk"
    OVER = "over"


@dataclass(eq=False)
class Line:
    """A telephone's line: one link at a time, and one in the flash buffer. Without a user: somebody outside."""

    number: str
    name: str
    user: "User | None" = None
    current: "Link | None" = None
    flashed: "Link | None" = None
    busy: bool = False
    """Refuses what comes."""

    @property
    def taken(self) -> bool:
        """Whether there is any call on it."""
        return self.current is not None or self.flashed is not None

    @property
    def rings(self) -> bool:
        """Whether its telephone rings."""
        link = self.current
        if link is None:
            return False
        back = link.phase in (Phase.BACK, Phase.CALLBACK) and link.caller is self
        return back or (link.phase in (Phase.RING, Phase.FIRST) and link.called is self)

    @property
    def talks(self) -> bool:
        """Whether it is through to somebody; being in the other's flash buffer counts."""
        return self.current is not None and self.current.phase is Phase.TALK


@dataclass(eq=False)
class Place:
    """A part of the exchange that a line can be linked to: a menu, a queue, a conference."""

    id: str
    number: str
    name: str


@dataclass(eq=False)
class Menu(Place):
    """A voice menu."""

    keys: dict[str, str] = field(default_factory=dict)


@dataclass(eq=False)
class Queue(Place):
    """`waiting`: in order. `offers`: whose telephones ring for whom."""

    plan: QueuePlan | None = None
    members: list[str] = field(default_factory=list)
    waiting: list["Link"] = field(default_factory=list)
    offers: dict["Link", list["Link"]] = field(default_factory=dict)


@dataclass(eq=False)
class Member:
    """Somebody in a conference ("competitor")."""

    id: str
    line: Line
    creator: bool = False
    ghost: bool = False
    helps: str = ""
    """Of a ghost: the competitor who alone hears it."""
    state: str = "Commutated"


@dataclass(eq=False)
class Room(Place):
    """A conference. `links`: of who is in it and who is called to it. `watchers`: logins of who asked to be told.

    `listens`: the talk that a ghost hears, when it was made for that; `heard`: who is in that talk.
    """

    members: list[Member] = field(default_factory=list)
    heard: list[Member] = field(default_factory=list)
    links: list["Link"] = field(default_factory=list)
    ghost_mode: str = ""
    listens: "Link | None" = None
    watchers: set[str] = field(default_factory=set)

    def member(self, line: Line) -> Member | None:
        """Who this line is in it."""
        return next((each for each in self.members if each.line is line), None)


End = Line | Place


@dataclass(eq=False)
class Link:
    """Two ends of a conversation. `target`: the number that was dialled. `chain`: the whole call's id.

    `commutation`: the id of this bridge, new with each. `queue`: what offered it.
    """

    chain: str
    caller: End
    target: str
    phase: Phase
    since: float
    called: End | None = None
    commutation: str = ZERO
    autocall: bool = False
    intercom: bool = False
    queue: Queue | None = None

    def other(self, line: Line) -> End | None:
        """The opposite end."""
        return self.called if line is self.caller else self.caller

    @property
    def lines(self) -> list[Line]:
        """The ends that are lines and are in it now."""
        ends = [each for each in (self.caller, self.called) if isinstance(each, Line)]
        return [each for each in ends if each.current is self or each.flashed is self]

    def held_by(self, line: Line) -> bool:
        """Whether this line has the other end in its flash buffer."""
        return line.flashed is self


@dataclass(eq=False)
class User:
    """Somebody who can log in. `chosen`: the state that the user set; busy and no phone follow from the line.

    `hashes`: of the password, in the forms that open it.
    """

    id: str
    plan: UserPlan
    line: Line
    hashes: frozenset[str]
    chosen: UserState = UserState.READY
    on_call_centre: bool = True
    manual: bool = False
    redirects: bool = False
    redirect_to: str = ""
    lunch: int = 0
    told: UserState = UserState.READY
    registered: bool = True

    @property
    def login(self) -> str:
        """Its name."""
        return self.plan.login

    @property
    def state(self) -> UserState:
        """What the exchange says it is."""
        if not self.registered:
            return UserState.NO_PHONE
        return UserState.BUSY if self.line.taken else self.chosen


class Event(Struct, frozen=True):
    """What is told to a user's connections; `user` None: to everybody's."""

    name: str
    user: User | None
    body: dict[str, object]


class Saw(Struct, frozen=True):
    """What a telephone was doing from an instant on: the truth, whatever frames told of it.

    `doing`: `idle`, or a phase as seen from this line (`ring`: it rings; `dial`: it hears the other ring, or a menu;
    `wait`: in a queue; `talk`). `other`, `held`: numbers; `waits`: it is in the other's flash buffer.
    """

    at: float
    number: str
    doing: str
    other: str = ""
    held: str = ""
    waits: bool = False
