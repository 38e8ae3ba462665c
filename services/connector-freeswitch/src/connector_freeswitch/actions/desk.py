"""The commands at work on one connection: what was sent, what was answered, what was seen. No I/O, no clock.

Each step is a background job (`bgapi`), named by us, whose end is told by `BACKGROUND_JOB`: `+OK …` or `-ERR …`.
"""

from dataclasses import dataclass
from typing import Final

from cti_connector.session import Turn
from cti_connector.sight import Sight, observed
from cti_freeswitch.channels import State
from cti_freeswitch.event import Event
from cti_model.commands import (
    CommandOutcome,
    CommandRefused,
    CommandRequest,
    CommandResult,
    ErrorCode,
    failed,
    unknown,
)

from connector_freeswitch.actions.plan import Plan
from connector_freeswitch.wire import UnsafeValue, background

_MARK: Final = "trunkline-"
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


@dataclass
class _Work:
    """One command on its way: `step` steps were answered with success."""

    request: CommandRequest
    plan: Plan
    step: int = 0


class Desk:
    """Carries plans out. Every method adds what is to be sent, told and answered to the connector's `Turn`."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._works: dict[int, _Work] = {}

    def begin(self, number: int, request: CommandRequest, plan: Plan, turn: Turn) -> None:
        """Start a command; raises `CommandRefused` when a value of it may not go over the wire."""
        work = _Work(request, plan)
        if plan.steps:
            turn.send += self._encoded(number, work)
        self._works[number] = work
        if plan.steps:
            turn.results.append((number, CommandResult(command_id=request.command_id, outcome=CommandOutcome.SENT)))
        self.look(turn)

    def job(self, event: Event, turn: Turn) -> None:
        """A background job ended; those of others are none of ours."""
        number, step = _number_in(event.get("Job-UUID"))
        work = self._works.get(number)
        if work is None or step != work.step:
            return
        said = event.get("_body").strip()
        if said.startswith(("-ERR", "-USAGE")) and not any(each in said for each in work.plan.harmless):
            self._refused(number, said, turn)
            return
        work.step += 1
        if work.step < len(work.plan.steps):
            turn.send += self._encoded(number, work)
        elif work.plan.seen is None:
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

    def _encoded(self, number: int, work: _Work) -> bytes:
        try:
            data = background(work.plan.steps[work.step], f"{_MARK}{number}-{work.step}")
        except UnsafeValue as error:
            raise CommandRefused(ErrorCode.BAD_REQUEST, str(error)) from error
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


def _number_in(job: str) -> tuple[int, int]:
    number, _, step = job.removeprefix(_MARK).partition("-")
    if job.startswith(_MARK) and number.isdecimal() and step.isdecimal():
        return int(number), int(step)
    return -1, -1
