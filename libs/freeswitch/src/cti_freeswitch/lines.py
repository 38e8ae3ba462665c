"""Which channels a telephone has, found without a look at those of others. Pure."""

from typing import Generic, TypeVar

C = TypeVar("C")


class Lines(Generic[C]):
    """Channels by the number of the telephone behind them, each in order of appearance."""

    def __init__(self) -> None:
        self._of: dict[str, dict[C, None]] = {}
        self._number: dict[C, str] = {}

    def put(self, channel: C, number: str) -> None:
        """A channel is this telephone's, and no other one's; empty: no telephone's."""
        before = self._number.get(channel, "")
        if before != number:
            self.drop(channel)
            if number:
                self._number[channel] = number
                self._of.setdefault(number, {})[channel] = None

    def drop(self, channel: C) -> None:
        """A channel is over."""
        number = self._number.pop(channel, None)
        if number is not None:
            del self._of[number][channel]
            if not self._of[number]:
                del self._of[number]

    def of(self, number: str) -> tuple[C, ...]:
        """The channels of a telephone."""
        return tuple(self._of.get(number, ()))
