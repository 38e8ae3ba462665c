"""The commands at work on one connection: what was sent, what was answered, what was seen. No I/O, no clock.

Each step is a background job (`bgapi`), named by us, whose end is told by `BACKGROUND_JOB`: `+OK …` or `-ERR …`.
"""

from typing import Final

from cti_connector.session import Turn
from cti_connector.sight import Sight
from cti_connector.works import Work, Works
from cti_freeswitch.event import Event
from cti_model.commands import CommandRefused, ErrorCode

from connector_freeswitch.actions.plan import Plan
from connector_freeswitch.wire import UnsafeValue, background

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


class Desk(Works[Plan]):
    """Carries plans out as background jobs."""

    def __init__(self) -> None:
        super().__init__("FreeSWITCH", self._encoded, "trunkline-")

    def job(self, event: Event, turn: Turn) -> None:
        """A background job ended; those of others are none of ours."""
        found = self.named(event.get("Job-UUID"))
        if found is None:
            return
        number, step, work = found
        if step != work.step:
            return
        said = event.get("_body").strip()
        if said.startswith(("-ERR", "-USAGE")) and not work.is_harmless(said):
            reason = said.removeprefix("-ERR").removeprefix("-USAGE:").strip()
            no_effect = _NO_EFFECT.get(reason)
            self.refused(number, no_effect or reason, turn, ErrorCode.NO_EFFECT if no_effect else ErrorCode.REFUSED)
        elif self.advance(number, work, turn) and work.plan.seen is None:
            self.observed(number, Sight(message=said), turn)

    def _encoded(self, number: int, work: Work[Plan]) -> bytes:
        plan = work.plan
        try:
            data = background(plan.steps[work.step], self.name_of(number, work))
        except UnsafeValue as error:
            raise CommandRefused(ErrorCode.BAD_REQUEST, str(error)) from error
        if plan.sent is not None and work.step + 1 == len(plan.steps):
            plan.sent()
        return data
