"""Questions that are asked again and again, each to be answered in time."""

from dataclasses import dataclass

from cti_connector.session import LinkLost


@dataclass
class Question:
    """A numbered question. All times are seconds of one monotonic clock."""

    name: str
    interval_s: float
    deadline_s: float
    asked_at: float
    asked: int = 0
    answered: int = 0
    again: bool = False

    @property
    def waiting(self) -> bool:
        """Whether the last one is not answered yet."""
        return self.answered < self.asked

    @property
    def due_at(self) -> float:
        """When there is something to do: give up, or ask again."""
        if self.again and not self.waiting:
            return self.asked_at
        return self.asked_at + (self.deadline_s if self.waiting else self.interval_s)

    def hurry(self) -> None:
        """Ask as soon as the present one is answered."""
        self.again = True

    def next(self, now: float) -> int | None:
        """The number of the question to ask now, or None. Raises `LinkLost` when the last was not answered in time."""
        if now < self.due_at:
            return None
        if self.waiting:
            raise LinkLost(f"{self.name} not answered within {self.deadline_s:g} s")
        self.asked += 1
        self.asked_at, self.again = now, False
        return self.asked
