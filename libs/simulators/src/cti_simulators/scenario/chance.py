"""Deeds by chance: what no author of a scenario would think of. The same seed gives the same deeds.

For tests of invariants: whatever people do at their telephones, an exchange and who listens to it must keep theirs.
"""

import random
from collections.abc import Callable, Sequence

from msgspec import Struct
from msgspec.structs import replace

from cti_simulators.scenario.exchange import Exchange, Impossible
from cti_simulators.scenario.steps import Actor, Step, Verb

_PAUSES_S = (0.0, 0.005, 0.3, 1.0, 1.0, 3.0, 8.0)
_OUTSIDE = (Verb.ANSWER, Verb.DECLINE, Verb.HANG_UP, Verb.HOLD, Verb.RETRIEVE)
_INSIDE = tuple(verb for verb in Verb if verb not in (Verb.RING, Verb.WAIT, Verb.QUIET, Verb.COMMAND))
_AT_WORK = (
    *(Verb.CALL, Verb.CALL, Verb.HOLD, Verb.RETRIEVE, Verb.CONSULT, Verb.CONSULT, Verb.COMPLETE, Verb.COMPLETE),
    *(Verb.CANCEL, Verb.TRANSFER, Verb.HANG_UP, Verb.SEND),
)
_REMEMBERED = 4
_LONGEST_INSIDE = 5  # digits of an extension
_ROUNDS = 40
_ROUND_S = 6.0


class World(Struct, frozen=True):
    """What there is to dial and to press. `numbers`: from inside, those outside too; `dids`: from outside."""

    telephones: tuple[str, ...]
    numbers: tuple[str, ...]
    dids: tuple[str, ...]
    queues: tuple[str, ...]
    slots: tuple[str, ...]
    keys: tuple[str, ...]


def riot(
    exchange: Exchange, world: World, rng: random.Random, deeds: int, hear: Callable[[], None] = lambda: None
) -> None:
    """So many deeds by chance; those that cannot be done are not. Then all hang up until it is quiet.

    `hear` is called whenever something may have happened. Raises `RuntimeError` when it does not become quiet.
    """
    people = [Actor(each, each) for each in world.telephones]
    for index in range(deeds):
        _pass(exchange, rng.choice(_PAUSES_S), hear)
        chance = rng.random()
        if chance < 0.2:
            caller = Actor(f"o{index}", f"7916{rng.randrange(10**7):07}", f"Caller {index}", outside=True)
            people.append(caller)
            step = Step(index, caller, Verb.CALL, rng.choice(world.dids))
        else:
            step = _deed(index, rng.choice(people), world, rng)
        _try(exchange, step)
        hear()
    _all_hang_up(exchange, people, deeds, hear)


def bustle(
    exchange: Exchange, world: World, rng: random.Random, deeds: int, hear: Callable[[], None] = lambda: None
) -> None:
    """As `riot`, but of people who work: who is rung mostly answers, and talks are held, passed on and consulted."""
    people = [Actor(each, each) for each in world.telephones]
    outside: list[Actor] = []
    for index in range(deeds):
        _pass(exchange, rng.choice(_PAUSES_S), hear)
        ringing = [each for each in (*people, *outside[-_REMEMBERED:]) if exchange.rings(each)]
        actor = rng.choice(ringing or people)
        if ringing and rng.random() < 0.8:
            step = Step(index, actor, rng.choice((Verb.ANSWER, Verb.ANSWER, Verb.ANSWER, Verb.DECLINE)))
        elif rng.random() < 0.15:
            caller = Actor(f"o{index}", f"7916{rng.randrange(10**7):07}", f"Caller {index}", outside=True)
            outside.append(caller)
            step = Step(index, caller, Verb.CALL, rng.choice(world.dids))
        elif outside and rng.random() < 0.1:
            step = Step(index, outside[-1], Verb.HANG_UP)
        else:
            step = _deed(index, actor, world, rng, _AT_WORK)
            number = step.target
            if step.verb in (Verb.CALL, Verb.CONSULT) and len(number) > _LONGEST_INSIDE:
                called = Actor(f"{number}-{index}", number, outside=True)
                outside.append(called)
                step = replace(step, other=called.key)
        _try(exchange, step)
        hear()
    _all_hang_up(exchange, [*people, *outside], deeds, hear)


def _all_hang_up(exchange: Exchange, people: Sequence[Actor], line: int, hear: Callable[[], None]) -> None:
    for _ in range(_ROUNDS):
        for each in people:
            while _try(exchange, Step(line, each, Verb.HANG_UP)) or _try(exchange, Step(line, each, Verb.DECLINE)):
                hear()
        if exchange.quiet:
            return
        _pass(exchange, _ROUND_S, hear)
    raise RuntimeError(f"not quiet {_ROUNDS * _ROUND_S:.0f} s after everybody hung up")


def _deed(index: int, actor: Actor, world: World, rng: random.Random, inside: Sequence[Verb] = ()) -> Step:
    verb = rng.choice(_OUTSIDE if actor.outside else inside or (*_INSIDE, Verb.ANSWER, Verb.ANSWER))
    targets: dict[Verb, tuple[str, ...]] = {
        Verb.CALL: world.numbers,
        Verb.CONSULT: world.numbers,
        Verb.TRANSFER: world.numbers,
        Verb.UNPARK: world.slots,
        Verb.PICK_UP: ("", *world.telephones),
        Verb.JOIN: world.queues,
        Verb.LEAVE: world.queues,
        Verb.PAUSE: world.queues,
        Verb.UNPAUSE: world.queues,
        Verb.SEND: world.keys,
    }
    return Step(index, actor, verb, rng.choice(targets.get(verb, ("",))))


def _try(exchange: Exchange, step: Step) -> bool:
    try:
        exchange.do(step)
    except Impossible:
        return False
    return True


def _pass(exchange: Exchange, seconds: float, hear: Callable[[], None]) -> None:
    until = exchange.now + seconds
    while exchange.now < until:
        timer = exchange.next_timer
        exchange.advance(until if timer is None else min(timer, until))
        hear()
