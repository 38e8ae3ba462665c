"""The seam between the universal host and a PBX kind: one connection as a conversation, without I/O or clock."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol, runtime_checkable

from cti_model.agents import AgentEvent
from cti_model.commands import CommandRequest, CommandResult
from cti_model.events import CallEvent
from cti_model.operators import Refusal as Refusal


class LinkLost(Exception):
    """The link to the PBX is over; the text says why. The host connects again."""


class LinkRefused(LinkLost):
    """The PBX does not let us in. Trying again soon would only lock the account."""

    def __init__(self, text: str, reason: Refusal = Refusal.OTHER) -> None:
        super().__init__(text)
        self.reason = reason


@dataclass
class Turn:
    """What a session wants done after it has heard something: bytes to send, events to publish, in order.

    `results`: what became of commands, by the number that `Session.command` was given: `sent` on the way, then one
    final result.
    `gap`: that frames are missing, and how it shows. `reconciled`: that a snapshot was compared, and what differed.
    `others`: that sessions of other operators of this PBX have something to do now, before their `wakes_at` as it was.
    """

    send: bytes = b""
    events: list[CallEvent] = field(default_factory=list)
    agents: list[AgentEvent] = field(default_factory=list)
    results: list[tuple[int, CommandResult]] = field(default_factory=list)
    gap: str = ""
    reconciled: "Reconciled | None" = None
    others: bool = False


@dataclass(frozen=True)
class Reconciled:
    """What a comparison with the PBX's snapshot found: how many events bring our picture in line with it."""

    number: int
    differences: int


class Session(Protocol):
    """One connection to a PBX, from the first byte to the last. Made anew for each connection.

    `ready` becomes true when the PBX has let us in. Methods raise `LinkLost` or `LinkRefused` to end the connection.
    """

    @property
    def ready(self) -> bool:
        """Whether the PBX has let us in."""
        ...

    @property
    def unsettled(self) -> bool:
        """Whether something waits for more bytes and wants `quiet` when none come."""
        ...

    @property
    def wakes_at(self) -> datetime | None:
        """When something changes by itself, for which `quiet` is wanted (our clock); None when nothing does."""
        ...

    def greet(self) -> bytes:
        """What to send first; empty where the PBX speaks first."""
        ...

    def receive(self, data: bytes, at: datetime) -> Turn:
        """Bytes came at `at` (our clock)."""
        ...

    def quiet(self, at: datetime) -> Turn:
        """No bytes came for a while."""
        ...

    def ping(self, number: int) -> bytes:
        """A question that every PBX of this kind answers at once."""
        ...

    @property
    def answered_ping(self) -> int:
        """The number of the newest ping that was answered; 0 before the first."""
        ...

    def ask_snapshot(self, number: int) -> bytes:
        """Ask what is alive now. A later turn has the differences as events, and `reconciled` with this number."""
        ...

    def command(self, request: CommandRequest, number: int, at: datetime) -> Turn:
        """Begin to carry out a valid request; raises `CommandRefused`, and then nothing is to be sent.

        `number` is new in this connection and names the command in later `results` and in `give_up`. The turn has no
        events: what follows from a command is told by `receive` and `quiet`, in order with all else.
        """
        ...

    def give_up(self, number: int) -> CommandResult:
        """Its time is over, or the connection is: `unknown` if anything was sent, else `failed`. Forgets it."""
        ...


@runtime_checkable
class SaysFarewell(Protocol):
    """A session of a PBX that wants to be told when we end the connection, and not only to see it closed."""

    def farewell(self) -> bytes:
        """The last words. Asked for when the PBX has let us in; nothing that it answers is heard."""
        ...


@runtime_checkable
class HearsItsEnd(Protocol):
    """A session that wants to know that its connection is over, whatever the reason."""

    def over(self) -> None:
        """The connection is over. Nothing is asked of this session after that."""
        ...


OpenSession = Callable[[], Session]
