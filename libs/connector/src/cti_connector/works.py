"""The commands at work on one connection: what was sent, what was answered, what was seen. No I/O, no clock."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

from cti_model.commands import CommandOutcome, CommandRefused, CommandRequest, CommandResult, ErrorCode, failed, unknown

from cti_connector.session import Turn
from cti_connector.sight import Seen, Sight, observed


class Planned(Protocol):
    """How to carry out a command; each PBX kind's plan has more.

    `steps` go out one after the other, each when the one before it succeeded. The effect is there when `seen` says so.
    `refused` takes back what planning prepared. `harmless`: error texts that mean that what was wanted is so already.
    """

    @property
    def steps(self) -> Sequence[Any]: ...  # noqa: D102 - see the class
    @property
    def seen(self) -> Seen | None: ...  # noqa: D102
    @property
    def refused(self) -> Callable[[], None] | None: ...  # noqa: D102
    @property
    def harmless(self) -> Sequence[str]: ...  # noqa: D102


P = TypeVar("P", bound=Planned)


@dataclass
class Work(Generic[P]):
    """One command on its way: `step` steps were answered with success."""

    request: CommandRequest
    plan: P
    step: int = 0

    @property
    def all_taken(self) -> bool:
        """Whether the PBX accepted everything."""
        return self.step >= len(self.plan.steps)

    def is_harmless(self, said: str) -> bool:
        """Whether an error's text means that what was wanted is so already."""
        return any(each in said for each in self.plan.harmless)


class Works(Generic[P]):
    """Carries plans out. Methods add what is to be sent and answered to the connector's `Turn`.

    `exchange` is the PBX's name for people. `encode` gives the bytes of a work's present step, under the name by which
    the answer is known (`name_of`); it raises `CommandRefused` when a value may not go over the wire.
    """

    def __init__(self, exchange: str, encode: "Callable[[int, Work[P]], bytes]", prefix: str) -> None:
        self._exchange = exchange
        self._encode = encode
        self._prefix = prefix
        self._works: dict[int, Work[P]] = {}

    def begin(self, number: int, request: CommandRequest, plan: P, turn: Turn) -> None:
        """Start a command; raises `CommandRefused`, and then nothing is to be sent."""
        work = Work(request, plan)
        if plan.steps:
            turn.send += self._encode(number, work)
            turn.results.append((number, CommandResult(command_id=request.command_id, outcome=CommandOutcome.SENT)))
        self._works[number] = work
        self.look(turn)

    def name_of(self, number: int, work: Work[P]) -> str:
        """What the present step is called on the wire."""
        return f"{self._prefix}{number}-{work.step}"

    def is_ours(self, name: str) -> bool:
        """Whether a name on the wire is of this kind, of a command that may be over."""
        return _parts(name, self._prefix) is not None

    def named(self, name: str) -> tuple[int, int, Work[P]] | None:
        """The command and the step that have this name; None when it is another's, or over."""
        parts = _parts(name, self._prefix)
        work = self._works.get(parts[0]) if parts is not None else None
        return (*parts, work) if parts is not None and work is not None else None

    def advance(self, number: int, work: Work[P], turn: Turn) -> bool:
        """A step succeeded: the next one goes out; if it may not, the command has failed. True when there is none."""
        work.step += 1
        if not work.all_taken:
            try:
                if work.plan.seen is not None:
                    work.plan.seen(turn.events)  # where it says that all is in vain, nothing more goes out
                turn.send += self._encode(number, work)
            except CommandRefused as error:
                self.refused(number, error.message, turn, error.code)
        return work.all_taken

    def look(self, turn: Turn) -> None:
        """Whether any effect is there now. To be called after what was read was translated.

        An effect may be there before the answer to the last step, but not before that went out; that it cannot come any
        more counts at any time.
        """
        for number, work in tuple(self._works.items()):
            if work.plan.seen is None:
                continue
            try:
                sight = work.plan.seen(turn.events)
            except CommandRefused as error:
                self.refused(number, error.message, turn, error.code)
            else:
                if sight is not None and work.step + 1 >= len(work.plan.steps):
                    self.observed(number, sight, turn)

    def observed(self, number: int, sight: Sight, turn: Turn) -> None:
        """It is done."""
        turn.results.append((number, observed(self._works.pop(number).request, sight)))

    def refused(self, number: int, reason: str, turn: Turn, code: ErrorCode = ErrorCode.REFUSED) -> None:
        """The PBX does not do it."""
        work = self._forgotten(number)
        partly = f" (after {work.step} of {len(work.plan.steps)} steps)" if 0 < work.step < len(work.plan.steps) else ""
        turn.results.append((number, failed(work.request, code, f"{reason or 'no reason given'}{partly}")))

    def give_up(self, number: int) -> CommandResult:
        """Forget a command whose time, or connection, is over."""
        work = self._forgotten(number)
        if work.all_taken:
            return unknown(work.request, f"{self._exchange} accepted it, and its effect was not seen in time")
        return unknown(work.request, f"{self._exchange} did not answer in time")

    def _forgotten(self, number: int) -> Work[P]:
        work = self._works.pop(number)
        if work.plan.refused is not None:
            work.plan.refused()
        return work


def _parts(name: str, prefix: str) -> tuple[int, int] | None:
    number, _, step = name.removeprefix(prefix).partition("-")
    return (int(number), int(step)) if name.startswith(prefix) and number.isdecimal() and step.isdecimal() else None
