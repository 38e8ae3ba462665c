"""The commands at work on one AMI connection: what was sent, what was answered, what was seen. No I/O, no clock."""

from datetime import datetime
from typing import Final

from cti_connector.session import Turn
from cti_connector.sight import Sight, sight_of
from cti_connector.works import Work, Works
from cti_model.commands import CommandRefused, CommandResult, ErrorCode
from cti_model.events import Origin

from connector_asterisk.actions.plan import Plan
from connector_asterisk.channels import State
from connector_asterisk.translate.turn import NOTHING
from connector_asterisk.translate.turn import Turn as Telling
from connector_asterisk.wire import Collector, Frame, UnsafeValue, encode

_REASONS: Final = {
    "0": "the telephone cannot be reached, or declined",
    "1": "the telephone was hung up",
    "3": "nobody lifted the telephone",
    "5": "the telephone is busy, or declined",
    "8": "the network is congested",
}


class Desk(Works[Plan]):
    """Carries plans out as AMI actions."""

    def __init__(self, state: State) -> None:
        super().__init__("Asterisk", self._encoded, "cmd-")
        self._state = state
        self._lists: dict[int, Collector] = {}

    def take(self, frame: Frame, at: datetime, turn: Turn) -> bool:
        """Use a frame that answers one of our actions; False for any other."""
        name = frame.get("ActionID")
        if not self.is_ours(name):
            return False
        found = self.named(name)
        if found is None:
            return True  # of a command that is over already
        number, _, work = found
        if number in self._lists:
            self._listed(number, work, frame, turn)
        elif frame.is_response:
            self._answered(number, work, frame, at, turn)
        elif frame.name == "OriginateResponse":
            self._originated(number, work, frame, turn)
        return True

    def give_up(self, number: int) -> CommandResult:
        """See `Works.give_up`."""
        self._lists.pop(number, None)
        return super().give_up(number)

    def _answered(self, number: int, work: Work[Plan], response: Frame, at: datetime, turn: Turn) -> None:
        plan, message = work.plan, response.get("Message")
        if response.get("Response") == "Error" and not work.is_harmless(message):
            self.refused(number, message, turn)
            return
        if not self.advance(number, work, turn):
            return
        if plan.accepted is not None:
            telling = Telling(self._state, NOTHING, at, Origin.OBSERVED)
            plan.accepted(telling, response)
            turn.events.extend(telling.told)
        if plan.seen is None and not plan.originates:
            self.observed(number, Sight(message=message), turn)

    def _originated(self, number: int, work: Work[Plan], event: Frame, turn: Turn) -> None:
        if event.get("Response") != "Success":
            reason = _REASONS.get(event.get("Reason"), f"reason {event.get('Reason')}")
            self.refused(number, reason, turn, ErrorCode.NO_EFFECT)
            return
        channel = self._state.channels.get(event.get("Uniqueid"))
        if work.plan.originates:
            self.observed(number, sight_of(channel) if channel is not None else Sight(), turn)

    def _listed(self, number: int, work: Work[Plan], frame: Frame, turn: Turn) -> None:
        collector, collect = self._lists[number], work.plan.collect
        if collect is None or not collector.take(frame) or not collector.complete:
            return
        del self._lists[number]
        if collector.error is not None:
            self.refused(number, collector.error, turn)
        else:
            self.observed(number, collect(collector.items), turn)

    def _encoded(self, number: int, work: Work[Plan]) -> bytes:
        action, headers = work.plan.steps[work.step]
        action_id = self.name_of(number, work)
        try:
            data = encode(action, action_id, headers)
        except UnsafeValue as error:
            raise CommandRefused(ErrorCode.BAD_REQUEST, str(error)) from error
        if work.plan.collect is not None:
            self._lists[number] = Collector(action_id)
        return data
