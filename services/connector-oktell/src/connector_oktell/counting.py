"""How many frames came, by what became of them."""

from collections.abc import Callable

from connector_oktell.wire import Counts, Decoder

Frames = Callable[[str, int], None]
"""Hears `used` or `malformed`, and how many more came."""


class Counting:
    """Tells what a decoder has counted since the last time."""

    def __init__(self, decoder: Decoder, frames: Frames | None) -> None:
        self._decoder = decoder
        self._frames = frames
        self._told = Counts()

    def tell(self) -> None:
        """To be called after each read."""
        was, now = self._told, self._decoder.counts
        if self._frames is not None:
            for fate in ("used", "malformed"):
                more = getattr(now, fate) - getattr(was, fate)
                if more:
                    self._frames(fate, more)
        self._told = now
