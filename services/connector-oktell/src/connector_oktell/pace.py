"""Which lines are asked about when, where one connection is for all: few at once, what is urgent first. No clock.

A company of a thousand would else ask two thousand questions in one breath, each minute.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta


class Pace:
    """Lines are named by their numbers. `most` are asked about at once; a comparison is spread over `spread`.

    Of a line that does not answer for `patience` the answer is not waited for: it keeps no place from others.
    A line is not asked about again before it has answered. Lines that are due go before those that are only compared,
    but never have more than three quarters of the places meanwhile, so that a comparison ends in a storm too.
    """

    def __init__(self, most: int, spread: timedelta, patience: timedelta) -> None:
        self._most = most
        self._spread = spread
        self._patience = patience
        self._asked: dict[str, datetime] = {}
        self._compared: set[str] = set()  # of these, those that are asked about for the comparison
        self._waiting: dict[str, None] = {}
        self._all = 0
        self._from: datetime | None = None
        self._step = timedelta(0)

    @property
    def asked(self) -> int:
        """How many lines are asked about and have not answered."""
        return len(self._asked)

    def compare(self, lines: Iterable[str], *, at_once: bool) -> None:
        """All of these are to be asked about, in this order; `at_once`: as fast as they answer, not spread."""
        self._waiting = dict.fromkeys(lines)
        self._all, self._from = len(self._waiting), None
        self._step = timedelta(0) if at_once or not self._all else self._spread / self._all

    def answered(self, line: str) -> None:
        """There is room for another."""
        self._asked.pop(line, None)
        self._compared.discard(line)

    def late(self, at: datetime) -> list[str]:
        """The lines whose answer is not waited for any more; each is given once."""
        found = [line for line, asked_at in self._asked.items() if asked_at + self._patience <= at]
        for each in found:
            self.answered(each)
        return found

    def take(self, due: Iterable[str], at: datetime) -> list[tuple[str, bool]]:
        """The lines to ask about now, each with whether for the comparison. `due`: the most urgent first."""
        found: list[tuple[str, bool]] = []
        for line in due:
            if not self._room_for_due:
                break
            if line not in self._asked:
                comparing = line in self._waiting
                found.append((line, comparing))
                self._goes(line, at, comparing=comparing)
        self._from = self._from or at
        while self._waiting and len(self._asked) < self._most and self._next_compared <= at:
            line = next(iter(self._waiting))
            found.append((line, True))
            self._goes(line, at, comparing=True)
        return found

    def wakes_at(self, due_at: datetime | None, at: datetime) -> datetime | None:
        """When there is something to do next. `due_at`: when the next line is due that is not asked about already."""
        found = [asked_at + self._patience for asked_at in self._asked.values()][:1]
        if due_at is not None and self._room_for_due:
            found.append(due_at)
        if self._waiting and len(self._asked) < self._most:
            found.append(at if self._from is None else self._next_compared)
        return min(found, default=None)

    def is_asked(self, line: str) -> bool:
        """Whether its answer is waited for."""
        return line in self._asked

    @property
    def _room_for_due(self) -> bool:
        if len(self._asked) >= self._most:
            return False
        return not self._waiting or len(self._asked) - len(self._compared) < self._most - self._most // 4

    @property
    def _next_compared(self) -> datetime:
        assert self._from is not None
        return self._from + self._step * (self._all - len(self._waiting))

    def _goes(self, line: str, at: datetime, *, comparing: bool) -> None:
        self._waiting.pop(line, None)
        self.answered(line)  # the oldest stays in front
        self._asked[line] = at
        if comparing:
            self._compared.add(line)
