"""People at the telephones of a simulated FreeSWITCH: implements `cti_simulators.scenario.Exchange`."""

from collections.abc import Callable

from cti_simulators.freeswitch.exchange import Switch
from cti_simulators.freeswitch.legs import Leg
from cti_simulators.scenario import Actor, Impossible, Step, Verb


class People:
    """Whose telephone does what. An outside subscriber is known by the number that called or was called."""

    def __init__(self, switch: Switch) -> None:
        self.switch = switch
        self._called: dict[str, str] = {}  # the key of an outside subscriber who was called, to the number

    @property
    def now(self) -> float:
        """The instant it is."""
        return self.switch.now

    @property
    def next_timer(self) -> float | None:
        """When something will happen by itself, or None."""
        return self.switch.next_timer

    @property
    def quiet(self) -> bool:
        """Whether there is no call."""
        return not self.switch.legs

    def advance(self, to: float) -> None:
        """Let time pass."""
        self.switch.advance(to)

    def rings(self, actor: Actor) -> bool:
        """Whether this person's telephone rings."""
        return any(each.state == "ringing" for each in self._legs(actor))

    def do(self, step: Step) -> None:
        """Somebody does something, now. Raises `Impossible`."""
        deed = self._deeds().get(step.verb)
        if deed is None:
            raise Impossible("this simulator does not know how")
        if step.other:
            self._called[step.other] = step.target
        deed(step)

    def _deeds(self) -> dict[Verb, Callable[[Step], None]]:
        return {
            Verb.CALL: self._call,
            Verb.ANSWER: lambda step: self.switch.answer(self._ringing(step)),
            Verb.DECLINE: lambda step: self.switch.hang_up(self._ringing(step), "CALL_REJECTED", "recv_refuse"),
            Verb.BUSY: self._busy,
            Verb.FREE: lambda step: self.switch.busy.discard(self._number(step.actor)),
            Verb.HANG_UP: self._hang_up,
            Verb.HOLD: lambda step: self.switch.hold(self._talk(step, "active"), True),
            Verb.RETRIEVE: lambda step: self.switch.hold(self._talk(step, "held"), False),
            Verb.CONSULT: self._consult,
            Verb.COMPLETE: self._complete,
            Verb.CANCEL: self._cancel,
            Verb.TRANSFER: lambda step: self.switch.blind(self._partner(self._talk(step, "active")), step.target),
        }

    def _number(self, actor: Actor) -> str:
        return self._called.get(actor.key, actor.number)

    def _legs(self, actor: Actor) -> list[Leg]:
        number = self._number(actor)
        if not actor.outside and actor.key not in self._called:
            return [each for each in self.switch.legs.values() if each.user == number]
        return [
            each
            for each in self.switch.legs.values()
            if not each.user and number == (each.destination if each.outbound else each.number)
        ]

    def _ringing(self, step: Step) -> Leg:
        return self._one(step, lambda each: each.state == "ringing", "it does not ring")

    def _talk(self, step: Step, state: str) -> Leg:
        return self._one(step, lambda each: each.talks and each.state == state, f"no talk that is {state}")

    def _one(self, step: Step, wanted: Callable[[Leg], bool], otherwise: str) -> Leg:
        found = [each for each in self._legs(step.actor) if wanted(each)]
        if not found:
            raise Impossible(otherwise)
        return found[-1]

    @staticmethod
    def _partner(leg: Leg) -> Leg:
        if leg.peer is None:
            raise Impossible("it talks to nobody")
        return leg.peer

    def _call(self, step: Step) -> None:
        actor = step.actor
        self.switch.dial("" if actor.outside else actor.number, actor.number, actor.name, step.target)

    def _busy(self, step: Step) -> None:
        ringing = [each for each in self._legs(step.actor) if each.state == "ringing"]
        if ringing:
            self.switch.hang_up(ringing[-1], "USER_BUSY", "recv_refuse")
        else:
            self.switch.busy.add(self._number(step.actor))

    def _hang_up(self, step: Step) -> None:
        leg = self._one(step, lambda each: each.state != "held", "it has no call")
        self.switch.hang_up(leg, "NORMAL_CLEARING", "recv_bye" if leg.answered else "recv_cancel")

    def _consult(self, step: Step) -> None:
        for each in self._legs(step.actor):
            self.switch.hold(each, True)
        self._call(step)

    def _complete(self, step: Step) -> None:
        held = self._talk(step, "held")
        self.switch.join(self._partner(held), self._partner(self._talk(step, "active")))

    def _cancel(self, step: Step) -> None:
        self._hang_up(step)
        self.switch.hold(self._talk(step, "held"), False)
