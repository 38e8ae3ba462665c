"""What can go wrong on the bus.

    BusError
    ├── ConnectFailed       the first connection did not come about before the deadline
    ├── BusClosed           the connection is closed for good: the process must end
    ├── StreamIncompatible  a stream exists with a definition that cannot be changed into ours
    ├── Refused             the server refuses this message, and would refuse it again
    ├── Fenced              somebody else wrote to the fence: we are no longer its publisher
    ├── PositionLost        the position lies beyond the stream's end, or the stream was made anew: it is not ours
    ├── NoAnswer            nobody answered a request in time
    │   ├── NobodyListens   nobody was there to hear it
    │   └── NotSent         there was no connection: nothing went out
    └── KeyConflict         a key has another revision than the one expected

The three fates of a consumed message are in `cti_bus.fates`.
"""

from typing import Final


class BusError(Exception):
    """Base of every error of the bus."""


class ConnectFailed(BusError):
    """The first connection did not come about before the deadline; the text names the last reason."""


class BusClosed(BusError):
    """The connection is closed for good. Nothing can be repaired in this process: end it."""


class StreamIncompatible(BusError):
    """A stream exists and the server refuses to change it into our definition; the text says why."""


class Refused(BusError):
    """The server refuses the message for a reason that repetition does not cure."""


class Fenced(BusError):
    """Another publisher wrote to the fence after us. Ours is the stale one: stop writing to it."""

    def __init__(self, fence: str, expected: int, found: int) -> None:
        super().__init__(f"fenced out of {fence}: expected its newest message at {expected}, found it at {found}")
        self.fence = fence
        self.expected = expected
        self.found = found


class PositionLost(BusError):
    """The position to read from belongs to another stream: it lies beyond the end, or the stream was made anew."""


class NoAnswer(BusError):
    """Nobody answered a request before its deadline."""


class NobodyListens(NoAnswer):
    """The server says that nobody listens on the subject: the request reached nobody."""


class NotSent(NoAnswer):
    """The server could not be reached when the request was made: nothing was sent."""


NO_START: Final = (ConnectFailed, StreamIncompatible)
"""What a service cannot begin with. Their texts say all that an operator needs."""


class KeyConflict(BusError):
    """The key exists already, or has another revision than the expected one."""
