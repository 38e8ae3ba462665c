"""Webitel's FreeSWITCH and the people at its telephones. Pure."""

import random
from collections.abc import Callable
from typing import Final

from cti_simulators.freeswitch.exchange import Headers, Switch
from cti_simulators.freeswitch.legs import Leg
from cti_simulators.freeswitch.people import People
from cti_simulators.freeswitch.plan import Plan as FreeSwitchPlan
from cti_simulators.scenario import Actor, Impossible, Step, Verb
from cti_simulators.webitel.new.plan import Plan, QueuePlan
from cti_simulators.webitel.new.voice import far_number

_NOT_HERE: Final = (Verb.PARK, Verb.UNPARK)
_STATUSES: Final = {Verb.JOIN: "online", Verb.LEAVE: "offline", Verb.PAUSE: "pause", Verb.UNPAUSE: "online"}
PICK_UP_S = 0.2
"""So long a telephone rings that lifts itself."""


class WebitelSwitch(Switch):
    """The dialplan as Webitel's flows have it. `queue_up`: what happens to a leg that calls a queue."""

    def __init__(self, now: float, rng: random.Random, tell: Callable[[Headers], None], plan: Plan) -> None:
        super().__init__(now, rng, tell, plan.domain, FreeSwitchPlan(rooms=frozenset(plan.rooms)), plan.manners)
        self.webitel = plan
        self.queue_up: Callable[[Leg, QueuePlan], None] = lambda leg, _: self.up(leg)

    def route(self, leg: Leg, to: str) -> None:
        """What the flow does with a number."""
        to = self.webitel.flows.get(to, to)
        queue = self.webitel.queue(to)
        if queue is not None:
            self.queue_up(leg, queue)
        elif to in self.webitel.announcements:
            self.up(leg)
        else:
            super().route(leg, to)

    def begin(self, leg: Leg) -> None:
        """A leg appears; whom it reaches outside stays known, wherever it is sent later."""
        if leg.outbound and not leg.user:
            leg.variables["wbt_to_number"] = leg.destination
        super().begin(leg)

    def offer(self, leg: Leg, user: str, uid: str, variables: dict[str, str]) -> Leg:
        """A queue rings a user for a leg that waits in it."""
        shown = leg.user or leg.number
        offered = Leg(uid, user, shown, leg.name, user, True, self.us, self.domain, leg)
        offered.variables = variables
        self.begin(offered)
        self.ring(offered)
        return offered

    def hang_up(self, leg: Leg, cause: str, disposition: str) -> None:
        """A leg ends; who waits in a queue does not, when an agent does not take the call."""
        if leg.alive and not leg.answered and "cc_attempt_id" in leg.variables:
            self.end(leg, cause, disposition)
        else:
            super().hang_up(leg, cause, disposition)

    def lift_itself(self, leg: Leg) -> None:
        """The telephone of this leg answers without its user."""
        self.later(PICK_UP_S, lambda: self.answer(leg) if leg.state == "ringing" else None)

    def pass_on(self, first: Leg, second: Leg) -> None:
        """The engine's bridge: mod_grpc notes on both of the operator's legs whom the other far end talks to."""
        for leg, name, reached in ((first.peer, "from", second), (second.peer, "to", first)):
            if leg is not None:
                leg.variables[f"wbt_transfer_{name}"] = reached.uid
        self.join(first, second)


class WebitelPeople(People):
    """`by_phone`: attended transfers are made by the telephones themselves (REFER), not by Webitel's workspace.

    `stands`: what becomes of an agent, by number, who joins or pauses in Webitel's workspace: there for all queues.
    """

    def __init__(self, switch: WebitelSwitch, *, by_phone: bool = False) -> None:
        super().__init__(switch)
        self._webitel = switch
        self._by_phone = by_phone
        self.stands: Callable[[str, str], None] = lambda _number, _status: None

    def _deeds(self) -> dict[Verb, Callable[[Step], None]]:
        known = super()._deeds() | {Verb.TRANSFER: self._transfer} | dict.fromkeys(_STATUSES, self._stand)
        return {verb: deed for verb, deed in known.items() if verb not in _NOT_HERE}

    def _transfer(self, step: Step) -> None:
        """Recorded: who transfers by telephone is gone before the next one rings, by the engine only afterwards."""
        leg = self._talk(step, "active")
        partner = self._partner(leg)
        if self._by_phone:
            self.switch.part(partner)
            self.switch.hang_up(leg, "NORMAL_CLEARING", "send_bye")
            self.switch.send_to(partner, step.target)
        else:
            self.switch.blind(partner, step.target)

    def _stand(self, step: Step) -> None:
        self.stands(self._number(step.actor), _STATUSES[step.verb])

    def _legs(self, actor: Actor) -> list[Leg]:
        number = self._number(actor)
        if not actor.outside and actor.key not in self._called:
            return [each for each in self.switch.legs.values() if each.user == number]
        return [each for each in self.switch.legs.values() if not each.user and number == far_number(each)]

    def _number(self, actor: Actor) -> str:
        return super()._number(actor) or "anonymous"

    def _dial(self, step: Step, number: str) -> None:
        actor = step.actor
        shown = actor.number or self._number(actor)
        self.switch.dial("" if actor.outside else shown, shown, actor.name, number)

    def _complete(self, step: Step) -> None:
        talks = [each for each in self._legs(step.actor) if each.talks]
        if len(talks) < 2:
            raise Impossible("there is nobody else")
        held, consulted = self._partner(talks[0]), self._partner(talks[-1])
        if self._by_phone:
            self.switch.join(consulted, held)
        else:
            self._webitel.pass_on(held, consulted)
