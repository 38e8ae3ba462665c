"""The commands at work on one connection to the engine. No I/O, no clock."""

from collections.abc import Callable

from cti_connector.session import Turn
from cti_connector.sight import InVain, Sight
from cti_connector.works import Work, Works

from connector_webitel.new.actions.faults import meaning
from connector_webitel.new.actions.plan import Plan
from connector_webitel.new.wire import Fields, Reply

Ask = Callable[[str, str, Fields], bytes]
"""A step as bytes: its name, by which the answer is known, the action, and its data."""


class Desk(Works[Plan]):
    """Carries plans out. A step whose turn has come may wait until what it needs has been told."""

    def __init__(self, ask: Ask) -> None:
        super().__init__("Webitel", self._written, "step-")
        self._ask = ask
        self._waiting: dict[int, Work[Plan]] = {}

    def answered(self, name: str, reply: Reply, turn: Turn) -> None:
        """A step was answered. Answers to what is over are dropped."""
        found = self.named(name)
        if found is None or found[1] != found[2].step:
            return
        number, _, work = found
        if reply.fault is not None and not work.is_harmless(reply.fault.id):
            code, text = meaning(reply.fault)
            self.refused(number, text, turn, code)
            return
        if work.plan.replied is not None:
            work.plan.replied(reply.data)
        if work.step + 1 < len(work.plan.steps):
            self._waiting[number] = work
            self._go_on(turn)
        elif self.advance(number, work, turn) and work.plan.seen is None:
            self.observed(number, Sight(), turn)

    def look(self, turn: Turn) -> None:
        """After what was read was translated: whether a step is due, and any effect there."""
        self._go_on(turn)
        super().look(turn)

    def _go_on(self, turn: Turn) -> None:
        for number, work in tuple(self._waiting.items()):
            try:
                due = work.plan.steps[work.step + 1].due()
            except InVain as error:
                self.refused(number, error.message, turn, error.code)
                continue
            if due:
                del self._waiting[number]
                self.advance(number, work, turn)

    def _forgotten(self, number: int) -> Work[Plan]:
        self._waiting.pop(number, None)
        return super()._forgotten(number)

    def _written(self, number: int, work: Work[Plan]) -> bytes:
        step = work.plan.steps[work.step]
        return self._ask(self.name_of(number, work), step.action, step.data())
