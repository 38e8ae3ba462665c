"""What one connection was asked and has not answered yet, in order: FreeSWITCH names no question. Pure."""

from collections import deque
from enum import Enum
from typing import NamedTuple


class Kind(Enum):
    """A ping, a question of a comparison, or a background job."""

    PING = "ping"
    LIST = "list"
    JOB = "job"


class Question(NamedTuple):
    """A ping or a question by its number, a job by its name."""

    kind: Kind
    number: int = 0
    job: str = ""


class Questions:
    """The open ones. FreeSWITCH takes all that comes over one connection in order, jobs too, which then run beside."""

    def __init__(self) -> None:
        self._open: deque[Question] = deque()

    def add(self, question: Question) -> None:
        """It is sent now."""
        self._open.append(question)

    def taken(self, job: str) -> None:
        """A job began; those of others, and none, are nothing to us."""
        self._open = deque(each for each in self._open if each.kind is not Kind.JOB or each.job != job)

    def answered(self) -> Question | None:
        """The oldest that is no job: jobs before it were taken."""
        while self._open:
            question = self._open.popleft()
            if question.kind is not Kind.JOB:
                return question
        return None

    def refused(self) -> Question | None:
        """The oldest."""
        return self._open.popleft() if self._open else None
