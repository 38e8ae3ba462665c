"""The simulated Asterisk as an exchange for scenarios. Pure: it has a time of its own, and no I/O."""

import random

from cti_simulators.asterisk.exchange import people, transfers
from cti_simulators.asterisk.exchange.blocks import Block
from cti_simulators.asterisk.exchange.dialling import answer
from cti_simulators.asterisk.exchange.pbx import Pbx
from cti_simulators.asterisk.exchange.plan import Control, Plan, standard
from cti_simulators.asterisk.exchange.state import RINGING
from cti_simulators.asterisk.exchange.talks import hang_up
from cti_simulators.scenario.exchange import Impossible
from cti_simulators.scenario.steps import Actor, Step

_SHUTTING_DOWN = 4


class AsteriskExchange:
    """Implements `cti_simulators.scenario.Exchange`.

    `dialect`: 11, 13 or 22. `now`: epoch seconds at boot. `said()` gives the AMI blocks of all that has happened
    since it was last called. The same seed and deeds give the same blocks.
    """

    def __init__(self, dialect: str, now: float, rng: random.Random, plan: Plan | None = None) -> None:
        self.pbx = Pbx(plan or standard(), dialect, now, rng)

    @property
    def now(self) -> float:
        """The instant it is, in epoch seconds."""
        return self.pbx.now

    @property
    def next_timer(self) -> float | None:
        """When something will happen by itself."""
        return self.pbx.next_timer

    @property
    def quiet(self) -> bool:
        """Whether there is no channel."""
        return not self.pbx.channels

    def advance(self, to: float) -> None:
        """Let time pass."""
        self.pbx.advance(to)

    def said(self) -> list[Block]:
        """What AMI has to tell since the last time."""
        return self.pbx.said()

    def rings(self, actor: Actor) -> bool:
        """Whether this person's telephone rings."""
        return people.rings(self.pbx, actor)

    def do(self, step: Step) -> None:
        """Somebody does something. Raises `Impossible`."""
        if not step.actor.outside and step.actor.key not in self.pbx.phones:
            raise Impossible(f"there is no telephone {step.actor.key}")
        people.DEEDS[step.verb](self.pbx, step)

    def reload(self, module: str) -> None:
        """The settings are read anew; calls go on. `module`: `All` for everything."""
        self.pbx.reloaded = self.pbx.now
        self.pbx.tell(self.pbx.voice.reloaded(module, len(self.pbx.phones)))

    def take_down(self) -> None:
        """`core restart now` begins: every channel is taken down."""
        pbx = self.pbx
        for channel in tuple(pbx.channels.values()):
            pbx.tell(pbx.voice.soft_hangup(channel, _SHUTTING_DOWN))
        for channel in tuple(pbx.channels.values()):
            if not channel.gone and channel.attempt is None:
                channel.transfers = None
                hang_up(pbx, channel)

    def shut_down(self) -> None:
        """And ends: the last word. This exchange is over then."""
        self.pbx.tell(self.pbx.voice.shutdown())

    def notified(self, number: str, event: str) -> None:
        """A NOTIFY reaches a telephone; one that obeys answers, takes back or puts on hold. Others do nothing."""
        phone = self.pbx.phones[number]
        if phone.plan.control is not Control.DESK:
            return
        ringing = [leg for leg in phone.legs if leg.state == RINGING]
        holding = [leg for leg in phone.legs if leg.holding]
        talking = [leg for leg in phone.legs if leg.bridge is not None and not leg.holding]
        if event.lower() == "talk" and ringing:
            for leg in talking:
                transfers.hold(self.pbx, leg)
            answer(self.pbx, ringing[0])
        elif event.lower() == "talk" and holding:
            transfers.retrieve(self.pbx, holding[-1])
        elif event.lower() == "hold" and talking:
            transfers.hold(self.pbx, talking[-1])
