"""The heart of a simulated Oktell: its time, lines and users, what it says. What happens in it is in the neighbours.

Line info is computed from the state when it is asked for, so it has always changed before the event that announces it.
"""

import heapq
import itertools
import random
from collections.abc import Callable
from uuid import UUID

from cti_simulators.oktell.frames import hashes
from cti_simulators.oktell.plan import Plan
from cti_simulators.oktell.state import (
    ZERO,
    End,
    Event,
    Line,
    Link,
    Menu,
    Phase,
    Place,
    Queue,
    Room,
    Saw,
    User,
)

_OUTSIDE_DIGITS = 6


class Pbx:
    """`now`: epoch seconds. The same seed and deeds give the same events. `saw` is the truth, oldest first."""

    def __init__(self, plan: Plan, now: float, rng: random.Random) -> None:
        self.plan = plan
        self.now = now
        self._rng = rng
        self._count = itertools.count()
        self._timers: list[tuple[float, int, Callable[[], None]]] = []
        self._said: list[Event] = []
        self.saw: list[Saw] = []
        self.journal: list[dict[str, object]] = []
        self.lines = {each.number: Line(each.number, each.name) for each in plan.users}
        self.outside: dict[str, Line] = {}
        self.outside_keys: dict[str, str] = {}
        self.users: dict[str, User] = {}
        for each in plan.users:
            line = self.lines[each.number]
            line.user = User(self.new_id(), each, line, frozenset(hashes(each.password)), registered=each.registered)
            line.user.told = line.user.state
            self.users[each.login] = line.user
        self.queues = {
            each.number: Queue(self.new_id(), each.number, each.name, each, list(each.members)) for each in plan.queues
        }
        self.menus = {each.number: Menu(self.new_id(), each.number, each.name, each.keys) for each in plan.menus}
        self.rooms: dict[str, Room] = {}

    def new_id(self) -> str:
        """A GUID."""
        return str(UUID(int=self._rng.getrandbits(128), version=4))

    # --- time

    @property
    def next_timer(self) -> float | None:
        """When something will happen by itself, or None."""
        return self._timers[0][0] if self._timers else None

    def advance(self, to: float) -> None:
        """Let time pass; an instant in the past changes nothing."""
        while self._timers and self._timers[0][0] <= to:
            at, _, due = heapq.heappop(self._timers)
            self.now = max(self.now, at)
            due()
        self.now = max(self.now, to)

    def later(self, seconds: float, what: Callable[[], None]) -> None:
        """Do something by itself, later."""
        heapq.heappush(self._timers, (self.now + seconds, next(self._count), what))

    # --- who is where

    def user(self, user_id: str) -> User | None:
        """The user of an id, in any form: GUID, login or number."""
        found = (each for each in self.users.values() if user_id in (each.id, each.login, each.line.number))
        return next(found, None)

    def find(self, number: str) -> Line | Place | None:
        """Where a number leads; a long one that nobody has leads outside."""
        number = self.plan.dids.get(number, number)
        inside = self.lines.get(number) or self.queues.get(number) or self.menus.get(number)
        if inside is not None:
            return inside
        if len(number) < _OUTSIDE_DIGITS or not number.lstrip("+").isdecimal():
            return None
        return self.subscriber(self.outside_keys.get(number, number), number, "")

    def subscriber(self, key: str, number: str, name: str) -> Line:
        """Somebody outside, by the key of a scenario; a key that had another number is somebody else now."""
        line = self.outside.get(key)
        if line is None or (line.number != number and not line.taken):
            line = self.outside[key] = Line(number, name)
        return line

    def link(self, caller: End, target: str, phase: Phase, chain: str = "") -> Link:
        """A link that begins now; nobody is in it yet."""
        return Link(chain or self.new_id(), caller, target, phase, self.now)

    def every_line(self) -> list[Line]:
        """Inside and outside."""
        return [*self.lines.values(), *self.outside.values()]

    # --- what is said

    def said(self) -> list[Event]:
        """All that it has to tell since the last time, in order."""
        said, self._said = self._said, []
        return said

    def tell(self, line: Line, name: str, **body: object) -> None:
        """Tell the user of a line; nobody is told of a line outside."""
        if line.user is not None:
            self._said.append(Event(name, line.user, body))

    def tell_user(self, user: User, name: str, **body: object) -> None:
        """Tell a user, whatever the line does."""
        self._said.append(Event(name, user, body))

    def changed(self, line: Line) -> None:
        """A line does something else now: `linestatechanged`, and the truth is noted."""
        self.tell(line, "linestatechanged")
        seen = self._seen(line)
        last = next((each for each in reversed(self.saw) if each.number == line.number), None)
        if last is None or (seen.doing, seen.other, seen.held, seen.waits) != (
            last.doing,
            last.other,
            last.held,
            last.waits,
        ):
            self.saw.append(seen)

    def settle(self, line: Line) -> None:
        """Tell the user's state if it is not what was told last, and the number's to everybody."""
        user = line.user
        if user is None or user.state == user.told:
            return
        user.told = user.state
        self.tell_state(user)
        number = {"num": line.number, "numstateid": int(user.state)}
        self._said.append(Event("pbxnumberstatechanged", None, {"numbers": [number]}))

    def tell_state(self, user: User) -> None:
        """The whole state of a user."""
        self._said.append(Event("userstatechanged", user, user_state(user)))

    def _seen(self, line: Line) -> Saw:
        held = number_of(line.flashed.other(line), line.flashed.target) if line.flashed is not None else ""
        link = line.current
        if link is None:
            return Saw(self.now, line.number, "idle", held=held)
        other = link.other(line)
        through = link.phase is Phase.TALK and not isinstance(other, Menu)
        doing = "ring" if line.rings else ("talk" if through else "dial")
        doing = "wait" if isinstance(other, Queue) else doing
        waits = isinstance(other, Line) and link.held_by(other)
        return Saw(self.now, line.number, doing, number_of(other, link.target), held, waits)


def number_of(end: End | None, target: str) -> str:
    """An end's number; of who is not there yet the one that was dialled."""
    return end.number if end is not None else target


def user_state(user: User) -> dict[str, object]:
    """The fields of `userstatechanged` and of `getuserstate`."""
    return {
        "userstateid": int(user.state),
        "userstate": int(user.state),
        "oncallcenter": user.on_call_centre,
        "onccmanual": user.manual,
        "onlunch": user.lunch != 0,
        "onredirect": user.redirects,
        "ontask": False,
        "lunchreasonid": user.lunch or None,
    }


def chain_of(link: Link | None) -> str:
    """A chain's id; zero for none."""
    return link.chain if link is not None else ZERO
