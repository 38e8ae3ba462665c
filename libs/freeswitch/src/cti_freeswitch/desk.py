"""The commands at work on one connection: what was sent, what was answered, what was seen. No I/O, no clock.

How a step is written and how its answer is known is the connector's; FreeSWITCH's own words in it are the same for all.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

from cti_connector.session import Turn
from cti_connector.sight import Seen, Sight, observed
from cti_model.commands import CommandOutcome, CommandRequest, CommandResult, ErrorCode, failed, unknown

S = TypeVar("S")

_NO_EFFECT: Final = {
    "NO_ANSWER": "nobody lifted the telephone",
    "USER_BUSY": "the telephone is busy, or declined",
    "CALL_REJECTED": "the telephone declined",
    "SUBSCRIBER_ABSENT": "the telephone cannot be reached",
    "USER_NOT_REGISTERED": "the telephone is not registered",
    "ORIGINATOR_CANCEL": "it was cancelled",
    "NORMAL_CLEARING": "the telephone was hung up",
}
"""What `originate` says when the telephone did not take the call; every other error is a refusal of the command."""


@dataclass(frozen=True)
class Plan(Generic[S]):
    """How to carry out a command.

    `steps` are FreeSWITCH commands in the connector's words, sent one after the other, each when the one before it
    succeeded. Its effect is there when `seen` says so; without `seen`, when the last step succeeded. `sent` runs when
    the last step goes out, `done` when it succeeded, `refused` takes back what planning and `sent` prepared.
    `harmless`: error texts that mean that what was wanted is so already.
    """

    steps: tuple[S, ...] = ()
    seen: Seen | None = None
    sent: Callable[[], None] | None = None
    done: Callable[[], None] | None = None
    refused: Callable[[], None] | None = None
    harmless: tuple[str, ...] = ()


@dataclass
class _Work(Generic[S]):
    """One command on its way: `step` steps were answered with success."""

    request: CommandRequest
    plan: Plan[S]
    step: int = 0


class Desk(Generic[S]):
    """Carries plans out. Every method adds what is to be sent, told and answered to the connector's `Turn`.

    `write(number, step, what)`: a step as bytes; raises `CommandRefused` when a value of it may not go over the wire.
    """

    def __init__(self, write: Callable[[int, int, S], bytes]) -> None:
        self._write = write
        self._works: dict[int, _Work[S]] = {}

    def begin(self, number: int, request: CommandRequest, plan: Plan[S], turn: Turn) -> None:
        """Start a command; raises `CommandRefused`."""
        work = _Work(request, plan)
        if plan.steps:
            turn.send += self._written(number, work)
        self._works[number] = work
        if plan.steps:
            turn.results.append((number, CommandResult(command_id=request.command_id, outcome=CommandOutcome.SENT)))
        self.look(turn)

    def answered(self, number: int, step: int, ok: bool, said: str, turn: Turn) -> None:
        """A step was answered, in FreeSWITCH's words. Answers to what is over are dropped."""
        work = self._works.get(number)
        if work is None or step != work.step:
            return
        said = said.strip()
        if not ok and not any(each in said for each in work.plan.harmless):
            self._refused(number, said, turn)
            return
        work.step += 1
        if work.step < len(work.plan.steps):
            turn.send += self._written(number, work)
            return
        if work.plan.done is not None:
            work.plan.done()
        if work.plan.seen is None:
            self._observed(number, Sight(message=said), turn)

    def look(self, turn: Turn) -> None:
        """Whether any effect is there now. To be called after the events of a read were translated."""
        for number, work in tuple(self._works.items()):
            if work.plan.seen is not None and work.step + 1 >= len(work.plan.steps):
                sight = work.plan.seen(turn.events)
                if sight is not None:
                    self._observed(number, sight, turn)

    def give_up(self, number: int) -> CommandResult:
        """Forget a command whose time, or connection, is over."""
        work = self._works.pop(number)
        if work.plan.refused is not None:
            work.plan.refused()
        if work.step >= len(work.plan.steps):
            return unknown(work.request, "FreeSWITCH accepted it, and its effect was not seen in time")
        return unknown(work.request, "FreeSWITCH did not answer in time")

    def _written(self, number: int, work: _Work[S]) -> bytes:
        data = self._write(number, work.step, work.plan.steps[work.step])
        if work.plan.sent is not None and work.step + 1 == len(work.plan.steps):
            work.plan.sent()
        return data

    def _observed(self, number: int, sight: Sight, turn: Turn) -> None:
        request = self._works.pop(number).request
        turn.results.append((number, observed(request, sight)))

    def _refused(self, number: int, said: str, turn: Turn) -> None:
        work = self._works.pop(number)
        if work.plan.refused is not None:
            work.plan.refused()
        reason = said.removeprefix("-ERR").removeprefix("-USAGE:").strip()
        no_effect = _NO_EFFECT.get(reason)
        partly = f" (after {work.step} of {len(work.plan.steps)} steps)" if work.step else ""
        code = ErrorCode.NO_EFFECT if no_effect else ErrorCode.REFUSED
        turn.results.append((number, failed(work.request, code, f"{no_effect or reason or 'no reason given'}{partly}")))
