"""What one client, user or address may use. Counts are of this process: limits of a site grow with its instances."""

import time
from collections import Counter, OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

_MOST: Final = 50_000
"""Budgets that are remembered; the one that was used longest ago is forgotten, which fills it."""


class Budget:
    """A token bucket: `rate` a second, `burst` at once."""

    __slots__ = ("_at", "_left", "burst", "rate")

    def __init__(self, rate: float, burst: float, now: float) -> None:
        self.rate = rate
        self.burst = burst
        self._left = burst
        self._at = now

    def take(self, now: float, amount: float = 1.0) -> bool:
        """Use some of it; False, and nothing used, when there is not enough."""
        self._left = min(self.burst, self._left + (now - self._at) * self.rate)
        self._at = now
        if self._left < amount:
            return False
        self._left -= amount
        return True

    def wait_s(self, amount: float = 1.0) -> float:
        """Seconds until there is enough, as of the last `take`."""
        return max(0.0, (amount - self._left) / self.rate)


class Budgets:
    """A budget for each name."""

    def __init__(self, rate: float, burst: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._rate = rate
        self._burst = burst
        self._clock = clock
        self._of: OrderedDict[str, Budget] = OrderedDict()

    def take(self, name: str, amount: float = 1.0) -> bool:
        """Use some of a name's budget; False when there is not enough."""
        now = self._clock()
        budget = self._of.get(name)
        if budget is None:
            budget = self._of[name] = Budget(self._rate, self._burst, now)
            if len(self._of) > _MOST:
                self._of.popitem(last=False)
        self._of.move_to_end(name)
        return budget.take(now, amount)

    def wait_s(self, name: str) -> float:
        """Seconds until a name may use something again."""
        budget = self._of.get(name)
        return budget.wait_s() if budget is not None else 0.0


class Full(Exception):
    """A limit of connections is reached; `limit` names it."""

    def __init__(self, limit: str, most: int) -> None:
        super().__init__(f"{most} connections of one {limit} are open")
        self.limit = limit


class Places:
    """Counts open connections by what they belong to."""

    def __init__(self, limit: str, most: int) -> None:
        self._limit = limit
        self._most = most
        self._taken: Counter[str] = Counter()

    @contextmanager
    def taken(self, name: str) -> Iterator[None]:
        """A place for as long as the block lasts; raises `Full`."""
        if self._taken[name] >= self._most:
            raise Full(self._limit, self._most)
        self._taken[name] += 1
        try:
            yield
        finally:
            self._taken[name] -= 1
            if not self._taken[name]:
                del self._taken[name]
