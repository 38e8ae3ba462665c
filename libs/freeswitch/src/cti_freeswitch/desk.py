"""The commands at work on one connection: what was sent, what was answered, what was seen. No I/O, no clock.

How a step is written and how its answer is known is the connector's; FreeSWITCH's own words in it are the same for all.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

from cti_connector.session import Turn
from cti_connector.sight import Seen, Sight
from cti_connector.works import Work, Works
from cti_model.commands import ErrorCode

S = TypeVar("S")

NO_EFFECT: Final = {
    "NO_ANSWER": "nobody lifted the telephone",
    "USER_BUSY": "the telephone is busy, or declined",
    "CALL_REJECTED": "the telephone declined",
    "SUBSCRIBER_ABSENT": "the telephone cannot be reached",
    "USER_NOT_REGISTERED": "the telephone is not registered",
    "ORIGINATOR_CANCEL": "it was cancelled",
    "NORMAL_CLEARING": "the telephone was hung up",
    "No such channel!": "a connection that it is about has ended",
    "Invalid uuid": "a connection that it is about has ended",
}
"""What `originate` says when the telephone did not take the call, and others of what is over; every other error is a
refusal of the command."""


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


class Desk(Works[Plan[S]], Generic[S]):
    """Carries plans out. Every method adds what is to be sent, told and answered to the connector's `Turn`.

    `write(name, what)`: a step as bytes, under the name by which its answer is known; raises `CommandRefused` when a
    value of it may not go over the wire. `prefix`: how all these names begin.
    """

    def __init__(self, write: Callable[[str, S], bytes], prefix: str) -> None:
        super().__init__("FreeSWITCH", self._written, prefix)
        self._write = write

    def answered(self, name: str, ok: bool, said: str, turn: Turn) -> None:
        """A step was answered, in FreeSWITCH's words. Answers to what is over, and to others, are dropped."""
        found = self.named(name)
        if found is None:
            return
        number, step, work = found
        if step != work.step:
            return
        said = said.strip()
        if not ok and not work.is_harmless(said):
            reason = said.removeprefix("-ERR").removeprefix("-USAGE:").strip()
            no_effect = NO_EFFECT.get(reason)
            self.refused(number, no_effect or reason, turn, ErrorCode.NO_EFFECT if no_effect else ErrorCode.REFUSED)
        elif self.advance(number, work, turn):
            if work.plan.done is not None:
                work.plan.done()
            if work.plan.seen is None:
                self.observed(number, Sight(message=said), turn)

    def _written(self, number: int, work: Work[Plan[S]]) -> bytes:
        plan = work.plan
        data = self._write(self.name_of(number, work), plan.steps[work.step])
        if plan.sent is not None and work.step + 1 == len(plan.steps):
            plan.sent()
        return data
