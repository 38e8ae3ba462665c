"""People at the telephones of a simulated Oktell: implements `cti_simulators.scenario.Exchange`."""

import random
from collections.abc import Callable

from cti_simulators.oktell import calls, flash, links, pickup, users
from cti_simulators.oktell.pbx import Pbx
from cti_simulators.oktell.plan import Plan, standard
from cti_simulators.oktell.state import Line, Menu, Phase, UserState
from cti_simulators.scenario import Actor, Impossible, Step, Verb


class OktellExchange:
    """`pbx.said()` gives the events of all that has happened since it was last called; `pbx.saw` is the truth."""

    def __init__(self, now: float, rng: random.Random, plan: Plan | None = None) -> None:
        self.pbx = Pbx(plan or standard(), now, rng)

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
        """Whether there is no call."""
        return not any(each.taken for each in self.pbx.every_line())

    def advance(self, to: float) -> None:
        """Let time pass."""
        self.pbx.advance(to)

    def rings(self, actor: Actor) -> bool:
        """Whether this person's telephone rings."""
        line = self._known(actor)
        return line is not None and line.rings

    def do(self, step: Step) -> None:
        """Somebody does something, now. Raises `Impossible`."""
        deed = DEEDS.get(step.verb)
        if deed is None:
            raise Impossible("an Oktell has no way to do this")
        if step.other:
            self.pbx.outside_keys[step.target] = step.other
        deed(self.pbx, self._line(step.actor), step.target)

    def _known(self, actor: Actor) -> Line | None:
        return self.pbx.outside.get(actor.key) if actor.outside else self.pbx.lines.get(actor.key)

    def _line(self, actor: Actor) -> Line:
        if actor.outside:
            return self.pbx.subscriber(actor.key, actor.number, actor.name)
        line = self.pbx.lines.get(actor.key)
        if line is None:
            raise Impossible(f"there is no telephone {actor.key}")
        return line


def _must(done: bool, otherwise: str) -> None:
    if not done:
        raise Impossible(otherwise)


def _call(pbx: Pbx, line: Line, number: str) -> None:
    _must(line.current is None, "its line is taken")
    calls.dial(pbx, line, number)


def _consult(pbx: Pbx, line: Line, number: str) -> None:
    if line.flashed is None:
        _must(flash.hold(pbx, line), "it talks to nobody who could be held")
    _call(pbx, line, number)


def _refuse(pbx: Pbx, line: Line, _: str = "") -> None:
    link = line.current
    if link is None or not line.rings:
        raise Impossible("it does not ring")
    links.finish(pbx, link, line)


def _busy(pbx: Pbx, line: Line, _: str) -> None:
    if line.rings:
        _refuse(pbx, line)
    else:
        line.busy = True


def _free(pbx: Pbx, line: Line, _: str) -> None:
    line.busy = False


def _pick_up(pbx: Pbx, line: Line, number: str) -> None:
    """By the telephone's pickup code: what rings at the target goes on here."""
    _must(not line.taken, "its line is taken")
    _must(pickup.take(pbx, line, number), "nothing rings there that could be picked up")


def _keys(pbx: Pbx, line: Line, keys: str) -> None:
    """Keys mean something to a menu alone; nothing else tells of them."""
    link = line.current
    if link is None or not line.talks:
        raise Impossible("it is not through to anybody")
    menu = link.called
    number = menu.keys.get(keys) if isinstance(menu, Menu) else None
    if number is not None:
        link.called, link.phase = None, Phase.DIAL
        link.target = number
        pbx.changed(line)
        calls.route(pbx, link)


def _member(join: bool) -> Callable[[Pbx, Line, str], None]:
    def do(pbx: Pbx, line: Line, queue: str) -> None:
        found = next((each for each in pbx.queues.values() if queue in (each.name, each.number)), None)
        if found is None or line.user is None:
            raise Impossible(f"there is no queue {queue}")
        if (line.number in found.members) is not join:
            (found.members.append if join else found.members.remove)(line.number)
        users.set_state(pbx, line.user, {})

    return do


def _chooses(state: UserState) -> Callable[[Pbx, Line, str], None]:
    def do(pbx: Pbx, line: Line, _: str) -> None:
        if line.user is None:
            raise Impossible("it has no user")
        users.set_state(pbx, line.user, {"userstateid": int(state)})

    return do


DEEDS: dict[Verb, Callable[[Pbx, Line, str], None]] = {
    Verb.CALL: _call,
    Verb.ANSWER: lambda pbx, line, _: _must(calls.answer(pbx, line), "it does not ring"),
    Verb.DECLINE: _refuse,
    Verb.BUSY: _busy,
    Verb.FREE: _free,
    Verb.HANG_UP: lambda pbx, line, _: _must(not line.rings and flash.hang_up(pbx, line), "it has no call"),
    Verb.HOLD: lambda pbx, line, _: _must(flash.hold(pbx, line), "it talks to nobody who could be held"),
    Verb.RETRIEVE: lambda pbx, line, _: _must(flash.retrieve(pbx, line), "it holds nobody, or talks"),
    Verb.CONSULT: _consult,
    Verb.COMPLETE: lambda pbx, line, _: _must(flash.join(pbx, line), "there are not two parties to join"),
    Verb.CANCEL: lambda pbx, line, _: _must(flash.abort(pbx, line), "it holds nobody"),
    Verb.TRANSFER: lambda pbx, line, number: _must(flash.blind(pbx, line, number), "it talks to nobody"),
    Verb.PICK_UP: _pick_up,
    Verb.SEND: _keys,
    Verb.JOIN: _member(True),
    Verb.LEAVE: _member(False),
    Verb.PAUSE: _chooses(UserState.BREAK),
    Verb.UNPAUSE: _chooses(UserState.READY),
}
