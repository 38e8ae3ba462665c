"""What decoders of all PBX kinds have in common: a stream that is out of step, and counts, told to a metric."""

from collections.abc import Callable
from dataclasses import dataclass

Tell = Callable[[str, int], None]
"""Takes a fate and how many more frames had it."""


class BadFrame(Exception):
    """A stream cannot be read on: the connection is to be given up. A frame that costs only itself is counted."""


@dataclass
class Counts:
    """How many frames came so far, by fate."""

    used: int = 0
    malformed: int = 0


class FrameCounter:
    """What a decoder counts for ever, as what came since the last look. `tell` None: nobody wants to know."""

    def __init__(self, tell: Tell | None, *fates: str) -> None:
        self._tell = tell
        self._told = dict.fromkeys(fates, 0)

    def look(self, counts: object) -> None:
        """Tell the growth of each fate, which `counts` has as an attribute of that name."""
        if self._tell is None:
            return
        for fate, before in self._told.items():
            now: int = getattr(counts, fate)
            if now > before:
                self._tell(fate, now - before)
                self._told[fate] = now
