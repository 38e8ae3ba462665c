"""The commands at work on one connection: what was asked, what was answered, what was seen. No I/O, no clock."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from cti_connector.session import Turn
from cti_connector.sight import Seen, Sight, observed
from cti_model.commands import (
    CommandOutcome,
    CommandRefused,
    CommandRequest,
    CommandResult,
    ErrorCode,
    failed,
    unknown,
)

from connector_oktell.actions.plan import Plan, Question
from connector_oktell.translate import Desk, Order
from connector_oktell.wire import Frame

Encode = Callable[[Question, int], bytes]
"""A question of the command with this number as bytes."""


@dataclass
class _Work:
    """One command on its way: `step` steps were answered with success, the newest by `answer`; `asked`: one is open."""

    request: CommandRequest
    plan: Plan
    step: int = 0
    answer: Frame | None = None
    asked: bool = False

    @property
    def done(self) -> bool:
        """Whether all was asked and answered."""
        return self.step >= len(self.plan.steps)

    def question(self) -> Question | None:
        """What is to be asked now; None: nothing yet. Raises `CommandRefused`."""
        if self.asked or self.done:
            return None
        step = self.plan.steps[self.step]
        return step if isinstance(step, Question) else step(self.answer)


class Works:
    """Carries plans out. Every method adds what is to be sent and answered to the connector's `Turn`."""

    def __init__(self, desk: Desk, encode: Encode) -> None:
        self._desk = desk
        self._encode = encode
        self._works: dict[int, _Work] = {}

    def begin(self, number: int, request: CommandRequest, plan: Plan, at: datetime, turn: Turn) -> None:
        """Start a command."""
        self._works[number] = _Work(request, plan)
        if plan.steps:
            turn.results.append((number, CommandResult(command_id=request.command_id, outcome=CommandOutcome.SENT)))
        if plan.deed is not None:
            self._desk.order = Order(plan.deed, at, plan.to)
        self._desk.goal = plan.goal or self._desk.goal
        self.look(turn)

    def answered(self, number: int, answer: Frame, at: datetime, turn: Turn) -> None:
        """A step was answered; the line is asked about at once, whatever events come."""
        work = self._works.get(number)
        if work is None:
            return
        if not answer.ok:
            self._failed(number, ErrorCode.REFUSED, answer.failure, turn)
            return
        self._desk.polls.ask(at)
        work.step, work.answer, work.asked = work.step + 1, answer, False
        if work.done and work.plan.seen is None:
            self._observed(number, Sight(), turn)
        else:
            self._ask(number, work, turn)

    def look(self, turn: Turn) -> None:
        """Whether any effect is there now, or what a step waits for. To be called when a read was translated."""
        for number, work in tuple(self._works.items()):
            self._ask(number, work, turn)
            if work.plan.seen is not None and work.done:
                self._see(number, work, work.plan.seen, turn)

    def give_up(self, number: int) -> CommandResult:
        """Forget a command whose time, or connection, is over."""
        work = self._works.pop(number)
        if work.asked:
            return unknown(work.request, "Oktell did not answer in time")
        return unknown(work.request, "Oktell accepted it, and its effect was not seen in time")

    def _ask(self, number: int, work: _Work, turn: Turn) -> None:
        try:
            question = work.question()
        except CommandRefused as error:
            self._failed(number, error.code, error.message, turn)
            return
        if question is not None:
            work.asked = True
            turn.send += self._encode(question, number)

    def _see(self, number: int, work: _Work, look: Seen, turn: Turn) -> None:
        try:
            seen = look(turn.events)
        except CommandRefused as error:
            self._failed(number, error.code, error.message, turn)
        else:
            if seen is not None:
                self._observed(number, seen, turn)

    def _failed(self, number: int, code: ErrorCode, message: str, turn: Turn) -> None:
        work = self._works.pop(number)
        self._expects_nothing(work.plan)
        turn.results.append((number, failed(work.request, code, message)))

    def _expects_nothing(self, plan: Plan) -> None:
        """What the line was told to expect of a command does not come."""
        if plan.deed is not None:
            self._desk.order = None
        if plan.goal and self._desk.goal == plan.goal:
            self._desk.goal = ""

    def _observed(self, number: int, seen: Sight, turn: Turn) -> None:
        request = self._works.pop(number).request
        turn.results.append((number, observed(request, seen)))
