"""The commands at work on one AMI connection: what was sent, what was answered, what was seen. No I/O, no clock."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from cti_connector.session import Turn
from cti_connector.sight import Sight, observed
from cti_model.commands import (
    CommandOutcome,
    CommandRefused,
    CommandRequest,
    CommandResult,
    ErrorCode,
    failed,
    unknown,
)
from cti_model.events import Origin

from connector_asterisk.actions.plan import Plan, sight_of
from connector_asterisk.channels import State
from connector_asterisk.translate.turn import NOTHING
from connector_asterisk.translate.turn import Turn as Telling
from connector_asterisk.wire import Collector, Frame, UnsafeValue, encode

_MARK: Final = "cmd-"
_REASONS: Final = {
    "0": "the telephone cannot be reached, or declined",
    "1": "the telephone was hung up",
    "3": "nobody lifted the telephone",
    "5": "the telephone is busy, or declined",
    "8": "the network is congested",
}


@dataclass
class _Work:
    """One command on its way: `step` steps were answered with success."""

    request: CommandRequest
    plan: Plan
    step: int = 0
    list: Collector | None = field(default=None)

    @property
    def all_taken(self) -> bool:
        """Whether Asterisk accepted everything."""
        return self.step >= len(self.plan.steps)


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

    def take(self, frame: Frame, at: datetime, turn: Turn) -> bool:
        """Use a frame that answers one of our actions; False for any other."""
        number = _number_in(frame.get("ActionID"))
        if number is None:
            return False
        work = self._works.get(number)
        if work is None:
            return True  # of a command that is over already
        if work.list is not None:
            self._listed(number, work, frame, turn)
        elif frame.is_response:
            self._answered(number, work, frame, at, turn)
        elif frame.name == "OriginateResponse":
            self._originated(number, work, frame, turn)
        return True

    def look(self, turn: Turn) -> None:
        """Whether any effect is there now. To be called after the frames of a read were translated."""
        for number, work in tuple(self._works.items()):
            seen = work.plan.seen
            if seen is None or (work.step + 1 < len(work.plan.steps)):
                continue
            sight = seen(turn.events)
            if sight is not None:
                self._observed(number, sight, turn)

    def give_up(self, number: int) -> CommandResult:
        """Forget a command whose time, or connection, is over."""
        work = self._works.pop(number)
        if work.plan.refused is not None:
            work.plan.refused()
        if work.all_taken:
            return unknown(work.request, "Asterisk accepted it, and its effect was not seen in time")
        return unknown(work.request, "Asterisk did not answer in time")

    def _answered(self, number: int, work: _Work, response: Frame, at: datetime, turn: Turn) -> None:
        plan, message = work.plan, response.get("Message")
        if response.get("Response") == "Error" and not any(each in message for each in plan.harmless):
            partly = f" (after {work.step} of {len(plan.steps)} steps)" if work.step else ""
            self._refused(number, f"{message or 'no reason given'}{partly}", ErrorCode.REFUSED, turn)
            return
        work.step += 1
        if not work.all_taken:
            turn.send += self._encoded(number, work)
            return
        if plan.accepted is not None:
            telling = Telling(self._state, NOTHING, at, Origin.OBSERVED)
            plan.accepted(telling, response)
            turn.events.extend(telling.told)
        if plan.seen is None and not plan.originates:
            self._observed(number, Sight(message=message), turn)

    def _originated(self, number: int, work: _Work, event: Frame, turn: Turn) -> None:
        if event.get("Response") != "Success":
            reason = _REASONS.get(event.get("Reason"), f"reason {event.get('Reason')}")
            self._refused(number, reason, ErrorCode.NO_EFFECT, turn)
            return
        channel = self._state.channels.get(event.get("Uniqueid"))
        if work.plan.originates:
            self._observed(number, sight_of(channel) if channel is not None else Sight(), turn)

    def _listed(self, number: int, work: _Work, frame: Frame, turn: Turn) -> None:
        collector, collect = work.list, work.plan.collect
        if collector is None or collect is None or not collector.take(frame) or not collector.complete:
            return
        if collector.error is not None:
            self._refused(number, collector.error, ErrorCode.REFUSED, turn)
        else:
            self._observed(number, collect(collector.items), turn)

    def _encoded(self, number: int, work: _Work) -> bytes:
        action, headers = work.plan.steps[work.step]
        action_id = f"{_MARK}{number}-{work.step}"
        try:
            data = encode(action, action_id, headers)
        except UnsafeValue as error:
            raise CommandRefused(ErrorCode.BAD_REQUEST, str(error)) from error
        if work.plan.collect is not None:
            work.list = Collector(action_id)
        return data

    def _observed(self, number: int, sight: Sight, turn: Turn) -> None:
        request = self._works.pop(number).request
        turn.results.append((number, observed(request, sight)))

    def _refused(self, number: int, message: str, code: ErrorCode, turn: Turn) -> None:
        work = self._works.pop(number)
        if work.plan.refused is not None:
            work.plan.refused()
        turn.results.append((number, failed(work.request, code, message)))


def _number_in(action_id: str) -> int | None:
    number, _, step = action_id.removeprefix(_MARK).partition("-")
    if action_id.startswith(_MARK) and number.isdecimal() and step.isdecimal():
        return int(number)
    return None
