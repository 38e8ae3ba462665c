"""The time, the ids and the voice of a simulated FreeSWITCH. Pure."""

import heapq
import itertools
import random
from collections.abc import Callable
from uuid import UUID

from cti_simulators.freeswitch.legs import Leg

Headers = dict[str, str]


class Clock:
    """A time of its own that others move on, what is due in it, and the events that are told. `domain`: the users'."""

    def __init__(self, now: float, rng: random.Random, tell: Callable[[Headers], None], domain: str) -> None:
        self.now = now
        self.domain = domain
        self._rng = rng
        self._tell = tell
        self._sequence = itertools.count(1)
        self._timers: list[tuple[float, int, Callable[[], None]]] = []
        self.core = self.new_id()

    def new_id(self) -> str:
        """An id like FreeSWITCH's."""
        return str(UUID(int=self._rng.getrandbits(128), version=4))

    @property
    def us(self) -> int:
        """The instant it is, in microseconds."""
        return int(self.now * 1_000_000)

    @property
    def next_timer(self) -> float | None:
        """When something will happen by itself, or None."""
        return self._timers[0][0] if self._timers else None

    def advance(self, to: float) -> None:
        """Let time pass; an instant in the past changes nothing."""
        while self._timers and self._timers[0][0] <= to:
            self.now, _, due = heapq.heappop(self._timers)
            due()
        self.now = max(self.now, to)

    def later(self, seconds: float, what: Callable[[], None]) -> None:
        """Do something by itself, later."""
        heapq.heappush(self._timers, (self.now + seconds, next(self._sequence), what))

    def say(self, name: str, leg: Leg | None = None, **more: str) -> None:
        """Tell an event; see `said`."""
        self._tell(self.said(name, leg, **more))

    def said(self, name: str, leg: Leg | None = None, **more: str) -> Headers:
        """An event's headers, now; `__` in a header's name stands for a hyphen."""
        return {
            "Event-Name": name,
            "Core-UUID": self.core,
            "Event-Date-Timestamp": str(self.us),
            "Event-Sequence": str(next(self._sequence)),
            **(leg.headers() if leg is not None else {}),
            **{key.replace("__", "-"): value for key, value in more.items()},
        }
