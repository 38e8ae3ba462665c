"""Missed events, by the number that Asterisk gives to each with `debug = on` in manager.conf. No I/O.

The number counts all events of the server from its start, before Asterisk looks who may have them (main/manager.c,
`__manager_event`). So it has no gaps only for a user with `read = all` and no `eventfilter`, on a connection whose
decoder hands out every event (`Decoder(None)`): for anybody else a gap means nothing, and this must not be used. Two
events of two threads may be queued in the other order than they were numbered. No recording has the header.
"""

from typing import Final

from connector_asterisk.wire import Frame

_DIGITS: Final = 18
PATIENCE: Final = 64
"""A number is missed when it has not come before the one that is this many higher: threads overtake by a few."""


class Sequence:
    """The numbers of one connection. They begin anywhere, and again with each Asterisk."""

    def __init__(self) -> None:
        self._next = -1
        self._late: set[int] = set()
        self.missed = 0

    def see(self, frame: Frame) -> int:
        """Take an event; how many numbers have become known as missed by it. Without a number: none."""
        number = frame.get("SequenceNumber")
        if not number.isdecimal() or len(number) > _DIGITS:
            return 0
        at = int(number)
        expected = at if self._next < 0 else self._next
        if at < expected:
            self._late.discard(at)
            return 0
        # What lies further back than the patience is missed now: it is counted without being remembered.
        first = max(expected, at - PATIENCE)
        self._late.update(range(first, at))
        self._next = at + 1
        over = {each for each in self._late if each < self._next - PATIENCE}
        self._late -= over
        found = first - expected + len(over)
        self.missed += found
        return found
