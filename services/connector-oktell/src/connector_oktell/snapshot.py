"""The questions of one comparison: what one operator's connection can tell of what is alive now."""

from collections.abc import Iterable
from typing import Any, Final

LINE: Final = "getextendedlineinfo"
NUMBERS: Final = "getpbxnumbers"
QUESTIONS: Final[dict[str, dict[str, Any]]] = {"getuserstate": {}, NUMBERS: {"mode": "full"}, LINE: {}}
"""The states of all numbers come before the line: whoever is busy there is not taken to have left."""


class Round:
    """One comparison; `done` when each question was answered. A refused one says nothing, and what we know stays.

    Where one connection is for all, each line's comparison is a question in that of all.
    """

    def __init__(self, number: int, questions: Iterable[str] = QUESTIONS) -> None:
        self.number = number
        self.found = 0
        self._open = set(questions)

    @property
    def done(self) -> bool:
        """Whether all is answered."""
        return not self._open

    def answered(self, question: str, found: int) -> None:
        """A question was answered, and that many events came of it."""
        self._open.discard(question)
        self.found += found
