"""Which users are whose: a projector's share of a tenant's users, and from which event on it has something to tell."""

import math
import zlib
from collections.abc import Iterable
from typing import NamedTuple


class Partition(NamedTuple):
    """Share `number` of `of`. All instances of a site must agree on `of`; when they do not, fences keep views right."""

    number: int = 0
    of: int = 1

    def holds(self, user: str) -> bool:
        """Whether a user belongs to it: the same in every process and release."""
        return zlib.crc32(user.encode()) % self.of == self.number

    @property
    def label(self) -> str:
        """How updates name it."""
        return f"{self.number}/{self.of}"

    def lease_key(self, tenant: str) -> str:
        """The lease of its leader."""
        share = f".{self.number}of{self.of}" if self.of > 1 else ""
        return f"push-projector.{tenant}{share}"


WHOLE = Partition()


def partitions(of: int) -> list[Partition]:
    """All shares."""
    return [Partition(number, of) for number in range(of)]


def begins_after(told: Iterable[tuple[str, int]], partition: Partition) -> int:
    """The event after which a new leader begins, by the newest updates of all users.

    Each says up to which event (second) all users of its partition (first: its label) had been told. Where this
    partition has told nothing yet, because the number of partitions changed, those that had its users before count, and
    of them the one that was behind the others: events may be repeated, never left out.
    """
    complete: dict[int, dict[int, int]] = {}
    for label, seq in told:
        number, _, of = label.partition("/")
        of_that_time = complete.setdefault(int(of), {})
        of_that_time[int(number)] = max(seq, of_that_time.get(int(number), 0))
    return max((_known(of, numbers, partition) for of, numbers in complete.items()), default=0)


def _known(of: int, complete: dict[int, int], partition: Partition) -> int:
    """Up to which event all users of a partition were told, by those that had them when there were `of`."""
    common = math.gcd(of, partition.of)
    theirs = (number for number in range(of) if number % common == partition.number % common)
    return min(complete.get(number, 0) for number in theirs)
