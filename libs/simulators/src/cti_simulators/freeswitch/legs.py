"""One leg of a call, and the events about it, with the headers that a real FreeSWITCH 1.10 sends."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

_STATES = {"ringing": "RINGING", "active": "ACTIVE", "held": "HELD", "created": "DOWN", "gone": "HANGUP"}
_CORE_STATES = {"park": "CS_PARK"}


class Place(Protocol):
    """Where a leg is that talks with the switch, or with whom it found for it: a queue, a room, a slot."""

    def left(self, leg: "Leg") -> None:
        """The leg has ended, or goes on elsewhere."""
        ...


@dataclass(eq=False)
class Leg:
    """`user`: the extension behind it, empty for a trunk's. Instants are epoch microseconds, 0 for never.

    `held`: when its newest hold began; `on_hold`: microseconds of all that are over.

    `goal`: the number that it was originated for. `lifted`: what happens when its telephone is lifted, in place of
    talking with its originator; `refused`: when it ends without, with the cause. `listeners`: legs that `eavesdrop` on
    it. `subscriber`: who is behind a trunk's leg, also when that was sent to another number.
    """

    uid: str
    user: str
    number: str
    name: str
    destination: str
    outbound: bool
    created: int
    domain: str
    originator: "Leg | None" = None
    peer: "Leg | None" = None
    state: str = "created"
    goal: str = ""
    lifted: Callable[[], None] | None = None
    refused: Callable[[str], None] | None = None
    listeners: list["Leg"] = field(default_factory=list)
    place: Place | None = None
    progress: int = 0
    answered: int = 0
    bridged: int = 0
    held: int = 0
    on_hold: int = 0
    cause: str = ""
    variables: dict[str, str] = field(default_factory=dict)
    subscriber: str = field(init=False)

    def __post_init__(self) -> None:
        self.subscriber = self.destination if self.outbound else self.number

    @property
    def alive(self) -> bool:
        """Whether it has not ended."""
        return self.state != "gone"

    @property
    def talks(self) -> bool:
        """Whether it is bridged, and both are answered."""
        peer = self.peer
        joined = self.alive and peer is not None and peer.alive and self.bridged > 0
        return joined and peer is not None and self.answered > 0 and peer.answered > 0

    @property
    def channel_name(self) -> str:
        """As `sofia/internal/102@demo.local`."""
        if self.user:
            return f"sofia/internal/{self.user}@{self.domain}"
        return f"sofia/trunk/{self.subscriber}@{self.domain}"

    def headers(self) -> dict[str, str]:
        """What every event about it says."""
        said = {
            "Unique-ID": self.uid,
            "Channel-Name": self.channel_name,
            "Channel-Call-State": "EARLY" if self.alive and self.bridged and not self.answered else _STATES[self.state],
            "Channel-State": _CORE_STATES.get(self.variables.get("current_application", ""), "CS_EXECUTE"),
            "Call-Direction": "outbound" if self.outbound else "inbound",
            "Caller-Caller-ID-Number": self.number,
            "Caller-Caller-ID-Name": self.name or self.number,
            "Caller-Destination-Number": self.destination,
            "Caller-Channel-Created-Time": str(self.created),
            "Caller-Channel-Progress-Time": str(self.progress),
            "Caller-Channel-Answered-Time": str(self.answered),
            "Caller-Channel-Bridged-Time": str(self.bridged),
            "Caller-Channel-Last-Hold": str(self.held),
            "Caller-Channel-Hold-Accum": str(self.on_hold),
        }
        if self.user:
            said["Channel-Presence-ID"] = f"{self.user}@{self.domain}"
        if self.peer is not None and self.bridged:
            called = self.originator is self.peer  # who is called is told no instants of who calls (recorded)
            said |= {"Other-Leg-Unique-ID": self.peer.uid, "Other-Type": "originator" if called else "originatee"}
            said["Other-Leg-Channel-Created-Time"] = "0" if called else str(self.peer.created)
            said["Other-Leg-Channel-Answered-Time"] = "0" if called else str(self.peer.answered)
        elif self.originator is not None:
            said |= {"Other-Leg-Unique-ID": self.originator.uid, "Other-Type": "originator"}
        if self.originator is not None:
            said["variable_originator"] = self.originator.uid
        if self.cause:
            said["Hangup-Cause"] = self.cause
        return said | {f"variable_{name}": value for name, value in self.variables.items()}
