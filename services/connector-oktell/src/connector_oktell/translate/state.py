"""What is known of one Oktell over all its operators' connections: their lines, and the calls that these are in."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from cti_model.calls import Call, Command, Connection, DeviceKind

from connector_oktell.translate.line import Line, View
from connector_oktell.translate.lineinfo import Abonent
from connector_oktell.translate.polls import Polls

_WANTED = 256  # an hour of talks of a busy operator whose Oktell does not answer
_DIGITS = 10  # of a number without what is dialled before it to leave a town or a country
_BEGUN = 4096  # the newest chains: many more than calls that live at once


class Deed(StrEnum):
    """What a command of ours did to a line, so that its end is not told as another's doing."""

    RELEASE = "release"
    DECLINE = "decline"
    TRANSFER = "transfer"
    JOIN = "join"


@dataclass(frozen=True)
class Order:
    """A command on its way. `to`: where a transfer goes, or whom a call is for."""

    deed: Deed | None
    at: datetime
    to: str = ""


@dataclass(frozen=True)
class Left:
    """Who left a call last, and when: whoever takes their place was passed on by them; `told`: that is told already."""

    connection_id: str
    number: str
    at: datetime
    told: bool = False


@dataclass(eq=False)
class Box:
    """A call that is not over. `chains`: Oktell's ids of it. `due`: when to look whether it is over.

    `conference`: Oktell's id of the conference that it became. `released_by`: the connection whose user ended it.
    `recordings`: links that were told.
    """

    call: Call
    chains: set[str]
    due: datetime | None = None
    left: Left | None = None
    released_by: str = ""
    conference: str = ""
    recordings: set[str] = field(default_factory=set)

    def living(self) -> list[Connection]:
        """Its connections that have not ended."""
        return [each for each in self.call.connections if each.alive]

    def extension(self, number: str) -> Connection | None:
        """The living connection of a telephone of the company."""
        kind = DeviceKind.EXTENSION
        return next((c for c in self.living() if c.device.kind is kind and c.device.number == number), None)

    def far(self, abonent: Abonent, telephone: str) -> Connection | None:
        """The living connection of a telephone's other side; who dials their own number is not their own other side."""
        device, number = abonent.device, abonent.number
        own = self.extension(telephone)
        same = (c for c in self.living() if c.device == device and c is not own)
        return next((c for c in same if device.kind is not DeviceKind.TRUNK or _same(c.party.number, number)), None)


def _same(one: str, other: str) -> bool:
    """Whether it is one outside number: as dialled and as a trunk gives it, it may begin with +7, 7, 8 or nothing."""
    ends = one[-_DIGITS:], other[-_DIGITS:]
    return one == other or (len(ends[0]) == len(ends[1]) == _DIGITS and ends[0] == ends[1])


@dataclass
class Wanted:
    """The recordings of a chain, for a talk that is over. `at`: when to ask; None: it is asked. `tries`: in vain."""

    box: Box
    connection_id: str
    chain: str
    at: datetime | None
    tries: int = 0


@dataclass(eq=False)
class Desk:
    """An operator's telephone. `box` is the call that its line is in, `held` the one that it holds.

    `blind`: events were missed since `sure_at`. `goal`: whom a call out is for, while its other side is not named.
    `flash`: the newest kind of flash, and when it was told. `heard_at`: when its connection last said anything.
    `wanted`: recordings to ask for, by a number.
    """

    device: str
    name: str = ""
    user_id: str = ""
    line: Line = field(default_factory=Line)
    polls: Polls = field(default_factory=Polls)
    box: Box | None = None
    held: Box | None = None
    order: Order | None = None
    goal: str = ""
    flash: tuple[int, datetime] | None = None
    user_state: int = 0
    blind: bool = True
    sure_at: datetime | None = None
    heard_at: datetime | None = None
    wanted: dict[int, Wanted] = field(default_factory=dict)

    def wants(self, box: Box, connection_id: str, at: datetime) -> None:
        """A talk of this telephone is over: ask for its recordings then. Of a flood the oldest are given up."""
        for chain in sorted(box.chains):
            number = max(self.wanted, default=0) + 1
            self.wanted[number] = Wanted(box, connection_id, chain, at)
        while len(self.wanted) > _WANTED:
            del self.wanted[next(iter(self.wanted))]
        self.polls.ask(at)

    def is_in(self, box: Box) -> bool:
        """Whether its line is in a call, holding it or not."""
        return box in (self.box, self.held)


class State:
    """Everything the translator knows. Owned by one event loop; changed in place."""

    def __init__(self, tenant: str, pbx: str, features: tuple[Command, ...] = (), *, records: bool = False) -> None:
        self.tenant = tenant
        self.pbx = pbx
        self.features = features
        self.records = records  # whether recordings are asked for
        self.boxes: dict[str, Box] = {}
        self.desks: dict[str, Desk] = {}
        self.numbers: dict[str, int] = {}  # the user state behind each number, as Oktell tells it
        self.teller = ""  # whose connection they are believed from
        self.swept_at: datetime | None = None  # when all calls were last looked at
        self.doubts: dict[tuple[str, str], tuple[View, View]] = {}  # stories of two lines that did not fit
        self.begun: dict[str, int] = {}  # how many calls began in a chain

    def desk(self, device: str) -> Desk:
        """The operator's telephone of that number, made when it is new."""
        return self.desks.setdefault(device, Desk(device))

    def device_of(self, connection_id: str) -> str:
        """Whose telephone a living connection is at; empty where it is none."""
        found = self.find(connection_id)
        return found[1].device.number if found is not None else ""

    def find(self, connection_id: str) -> tuple[Box, Connection] | None:
        """A living connection and the call that it is in now: it may have come there from another."""
        for box in self.boxes.values():
            connection = box.call.connection(connection_id)
            if connection is not None and connection.alive:
                return box, connection
        return None

    def linked(self, device: str, at: datetime) -> bool:
        """Whether a telephone's own line is listened to."""
        desk = self.desks.get(device)
        return desk is not None and desk.heard_at is not None and at - desk.heard_at < SILENT

    def tells_numbers(self, device: str, at: datetime) -> bool:
        """Whether the numbers of the company are taken from this operator's connection: from one alone at a time.

        Each connection tells them in order, but all beside each other: what one tells late is old news.
        """
        teller = self.desks.get(self.teller)
        if teller is None or teller.heard_at is None or at - teller.heard_at >= MUTE:
            self.teller = device
        return self.teller == device

    def watchers(self, box: Box, at: datetime) -> Iterator[Desk]:
        """The operators that are listened to and whose lines are in a call."""
        return (each for each in self.desks.values() if each.is_in(box) and self.linked(each.device, at))

    def open(self, call: Call, chains: set[str]) -> Box:
        """Remember a new call."""
        box = Box(call, chains)
        self.boxes[call.call_id] = box
        return box

    def close(self, box: Box) -> None:
        """Forget a call that is over."""
        self.boxes.pop(box.call.call_id, None)
        for desk in self.desks.values():
            desk.box = None if desk.box is box else desk.box
            desk.held = None if desk.held is box else desk.held

    def native(self, chain: str) -> str:
        """A name for a new call of a chain: the chain itself for its first one, with a number for each further one.

        A consultation may be within the same chain, and a chain may come back.
        """
        begun = self.begun.pop(chain, 0)
        self.begun[chain] = begun + 1
        while len(self.begun) > _BEGUN:
            del self.begun[next(iter(self.begun))]
        return f"{chain}#{begun}" if begun else chain


MUTE = timedelta(seconds=15)
"""Who told of the numbers and says nothing for so long (three pings) has another take their place."""
SILENT = timedelta(seconds=90)
"""An operator whose connection says nothing for so long is not listened to any more: eighteen pings."""
