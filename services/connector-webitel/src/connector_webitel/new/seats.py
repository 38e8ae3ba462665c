"""Which operators have a link, and which are signed in though theirs is away at present. Pure.

Who is away still has the calls that they had: only the list that comes with their link says how these stand. Of who is
not signed in nobody says it.
"""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from cti_model.operators import OperatorEvent, OperatorEventKind

CLAIM: timedelta = timedelta(seconds=60)
"""So long a telephone that the bus knew may be that of an operator whose log-in it does not know any more."""


@dataclass
class Seats:
    """By device. `admitted`: whose log-in was the last that was told of them. `links`: how many sessions are let in.

    `asked_about`: how many questions are open about what a link missed.

    `doubted`: of whom nobody may be signed in, and when that is so (our clock; None: `CLAIM` after the next look).
    """

    admitted: set[str] = field(default_factory=set)
    links: dict[str, int] = field(default_factory=dict)
    doubted: dict[str, datetime | None] = field(default_factory=dict)
    asked_about: Counter[str] = field(default_factory=Counter)

    def away(self, device: str) -> bool:
        """Whether an operator is signed in and nobody says how their calls stand: without a link, or not yet."""
        return device in self.admitted and not (self.links.get(device) and not self.asked_about[device])

    def hear(self, event: OperatorEvent) -> None:
        """What became of a log-in. Who is refused is not there, and will not be soon."""
        if event.kind is OperatorEventKind.ADMITTED:
            self.admitted.add(event.device)
            self.doubted.pop(event.device, None)
            return
        self.admitted.discard(event.device)
        if not self.links.get(event.device):
            self.doubted[event.device] = event.occurred_at

    def connected(self, device: str) -> None:
        """A session was let in."""
        self.links[device] = self.links.get(device, 0) + 1
        self.doubted.pop(device, None)

    def lost(self, device: str) -> None:
        """Such a session is over."""
        self.links[device] = self.links.get(device, 1) - 1
        self.doubt(device)

    def doubt(self, device: str) -> None:
        """That telephone has calls, as far as is known."""
        if device not in self.admitted and not self.links.get(device):
            self.doubted.setdefault(device, None)

    def strangers(self, now: datetime) -> list[str]:
        """Whose telephones are those of nobody who is signed in, from now on."""
        self.doubted = {device: due or now + CLAIM for device, due in self.doubted.items()}
        found = [device for device, due in self.doubted.items() if due is not None and due <= now]
        for device in found:
            del self.doubted[device]
        return found

    @property
    def next_at(self) -> datetime | None:
        """When `strangers` may find some; None: not by itself."""
        return min((due for due in self.doubted.values() if due is not None), default=None)
