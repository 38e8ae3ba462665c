"""People at the telephones of a simulated FreeSWITCH: implements `cti_simulators.scenario.Exchange`."""

from collections.abc import Callable

from cti_simulators.freeswitch.callcenter import Seat
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
            Verb.PARK: self._park,
            Verb.UNPARK: self._call,
            Verb.PICK_UP: lambda step: self._dial(step, f"{self.switch.plan.pickup_prefix}{step.target}"),
            Verb.SEND: self._send,
            Verb.JOIN: self._join,
            Verb.LEAVE: lambda step: self._tier(step).remove(step.actor.number),
            Verb.PAUSE: lambda step: self.switch.callcenter.set_status(self._seat(step), "On Break"),
            Verb.UNPAUSE: lambda step: self.switch.callcenter.set_status(self._seat(step), "Available"),
        }

    def _number(self, actor: Actor) -> str:
        return self._called.get(actor.key, actor.number)

    def _legs(self, actor: Actor) -> list[Leg]:
        number = self._number(actor)
        if not actor.outside and actor.key not in self._called:
            return [each for each in self.switch.legs.values() if each.user == number]
        return [each for each in self.switch.legs.values() if not each.user and each.subscriber == number]

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
        self._dial(step, step.target)

    def _dial(self, step: Step, number: str) -> None:
        actor = step.actor
        self.switch.dial("" if actor.outside else actor.number, actor.number, actor.name, number)

    def _busy(self, step: Step) -> None:
        ringing = [each for each in self._legs(step.actor) if each.state == "ringing"]
        if ringing:
            self.switch.hang_up(ringing[-1], "USER_BUSY", "recv_refuse")
        else:
            self.switch.busy.add(self._number(step.actor))

    def _hang_up(self, step: Step) -> None:
        legs = [each for each in self._legs(step.actor) if each.state != "ringing" or not each.outbound]
        if not legs:
            raise Impossible("it has no call")
        leg = ([each for each in legs if each.state != "held"] or legs)[-1]
        self.switch.hang_up(leg, "NORMAL_CLEARING", "recv_bye" if leg.answered else "recv_cancel")

    def _consult(self, step: Step) -> None:
        if not any(each.state == "held" for each in self._legs(step.actor)):
            self.switch.hold(self._talk(step, "active"), True)
        self._call(step)

    def _complete(self, step: Step) -> None:
        """Two talks, the first of them held: those on their other sides are joined."""
        first = next((each for each in self._legs(step.actor) if each.talks and each.state == "held"), None)
        if first is None:
            raise Impossible("no talk that is held")
        second = self._one(step, lambda each: each.talks and each is not first, "nobody to join")
        self.switch.join(self._partner(first), self._partner(second))

    def _cancel(self, step: Step) -> None:
        self._talk(step, "held")
        self._hang_up(step)
        self.switch.hold(self._talk(step, "held"), False)

    def _park(self, step: Step) -> None:
        """A feature code: the other side goes into a slot, and the telephone is hung up by the switch."""
        mine = self._talk(step, "active")
        other = self._partner(mine)
        self.switch.part(other)
        self.switch.lot.put(other)
        self.switch.hang_up(mine, "NORMAL_CLEARING", "send_bye")

    def _send(self, step: Step) -> None:
        leg = self._one(step, lambda each: each.answered > 0, "it is not up")
        for digit in step.target:
            self.switch.say("DTMF", leg, DTMF__Digit=digit, DTMF__Duration="2000", DTMF__Source="RTP")
            self.switch.keys.press(leg, digit)

    def _tier(self, step: Step) -> list[str]:
        tier = self.switch.callcenter.tiers.get(step.target)
        if tier is None or (step.verb is Verb.LEAVE) is not (step.actor.number in tier):
            raise Impossible("no such queue, or no change")
        return tier

    def _join(self, step: Step) -> None:
        self._tier(step).append(step.actor.number)
        centre, user = self.switch.callcenter, step.actor.number
        centre.set_status(centre.agents.setdefault(user, Seat(user, "Available")), "Available")

    def _seat(self, step: Step) -> Seat:
        seat = self.switch.callcenter.agents.get(step.actor.number)
        if seat is None:
            raise Impossible("no agent")
        return seat
