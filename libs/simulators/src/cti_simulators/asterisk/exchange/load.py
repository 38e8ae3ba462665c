"""Traffic: thousands of calls at once, by chance but the same for the same seed. Pure."""

import random
from collections.abc import Callable, Iterator

from msgspec import Struct

from cti_simulators.asterisk.exchange.blocks import header, wire
from cti_simulators.asterisk.exchange.exchange import AsteriskExchange
from cti_simulators.asterisk.exchange.plan import Plan, Telephone, standard
from cti_simulators.scenario.exchange import Impossible
from cti_simulators.scenario.steps import Actor, Step, Verb

_FIRST = 10001
_DAY_BEGAN = 1795169000.0


class Traffic(Struct, frozen=True):
    """What calls are like. Shares are of all calls; times are means, in seconds.

    So many calls are alive at once as `calls_per_s` times ringing and talking; each takes one or two telephones.
    """

    calls_per_s: float
    ring_s: float = 4.0
    talk_s: float = 60.0
    inside: float = 0.3
    from_outside: float = 0.4
    """The rest goes outside."""
    unanswered: float = 0.15
    held: float = 0.2
    telephones: int = 2000


def plan_for(traffic: Traffic) -> Plan:
    """An exchange with so many telephones, each with a number from outside, and nothing else."""
    numbers = [str(_FIRST + index) for index in range(traffic.telephones)]
    bare = standard(0)
    return Plan(
        telephones=tuple(Telephone(number, f"Operator {number}") for number in numbers),
        queues=(),
        did_telephones={f"74950{number}": number for number in numbers},
        did_queues={},
        did_locals={},
        did_conferences={},
        conferences=frozenset(),
        forwards={},
        park_s=bare.park_s,
    )


class Load:
    """Makes calls on an exchange as its time passes, from `start` until `stop`.

    `begun`: how many calls there were; `refused`: calls that found no telephone free.
    """

    def __init__(self, exchange: AsteriskExchange, traffic: Traffic, rng: random.Random) -> None:
        self.begun = 0
        self.refused = 0
        self._exchange, self._traffic, self._rng = exchange, traffic, rng
        self._free = list(exchange.pbx.phones)
        self._going = False

    def start(self) -> None:
        """From now on."""
        self._going = True
        self._next()

    def stop(self) -> None:
        """No more; calls that go on end in their own time."""
        self._going = False

    def _next(self) -> None:
        self._exchange.pbx.later(self._rng.expovariate(self._traffic.calls_per_s), self._arrives)

    def _arrives(self) -> None:
        if not self._going:
            return
        self._next()
        kind = self._rng.random()
        inside = kind < self._traffic.inside
        if len(self._free) < 1 + inside:
            self.refused += 1
            return
        self.begun += 1
        taken = [self._take() for _ in range(1 + inside)]
        near = Actor(taken[0], taken[0])
        far = Actor(taken[-1], taken[-1])
        outside_number = f"8{self._rng.randrange(10**10):010}"
        if inside:
            self._call(near, far, taken[-1], taken)
        elif kind < self._traffic.inside + self._traffic.from_outside:
            caller = Actor(f"o{self.begun}", f"7{outside_number[1:]}", f"Caller {self.begun}", outside=True)
            self._call(caller, near, f"74950{near.number}", taken)
        else:
            self._call(near, Actor(outside_number, outside_number, outside=True), outside_number, taken)

    def _take(self) -> str:
        """A free telephone by chance, in constant time."""
        at = self._rng.randrange(len(self._free))
        self._free[at], self._free[-1] = self._free[-1], self._free[at]
        return self._free.pop()

    def _call(self, caller: Actor, called: Actor, target: str, taken: list[str]) -> None:
        rng, traffic = self._rng, self._traffic
        self._does(caller, Verb.CALL, target)
        rang = 0.1 + rng.expovariate(1 / traffic.ring_s)
        if rng.random() < traffic.unanswered:
            self._after(rang, lambda: self._does(rng.choice((called, caller)), Verb.DECLINE))
            self._after(rang + 0.05, lambda: self._over(caller, taken))
            return
        ends = rang + 0.2 + rng.expovariate(1 / traffic.talk_s)
        self._after(rang, lambda: self._does(called, Verb.ANSWER))
        if rng.random() < traffic.held:
            self._after(rang + (ends - rang) * 0.3, lambda: self._does(caller, Verb.HOLD))
            self._after(rang + (ends - rang) * 0.6, lambda: self._does(caller, Verb.RETRIEVE))
        self._after(ends, lambda: self._over(rng.choice((caller, called)), taken))
        self._after(ends + 0.01, lambda: self._over(caller, []))

    def _after(self, delay_s: float, do: Callable[[], None]) -> None:
        self._exchange.pbx.later(delay_s, do)

    def _over(self, who: Actor, taken: list[str]) -> None:
        self._does(who, Verb.HANG_UP)
        self._free.extend(taken)

    def _does(self, who: Actor, verb: Verb, target: str = "") -> None:
        """Somebody does something, if it still can be done: the call may have been over."""
        try:
            self._exchange.do(Step(0, who, verb, target))
        except Impossible:
            return


def stream(
    dialect: str, traffic: Traffic, seconds: float, *, seed: int = 1, classes: frozenset[str] | None = None
) -> Iterator[tuple[float, bytes]]:
    """What a manager receives during so many seconds of traffic: instants in epoch seconds, and bytes.

    Nothing is kept of what was yielded. `classes`: only events of these (`call`, `agent`, ...); None for all.
    """
    rng = random.Random(seed)  # noqa: S311 - traffic of a simulator
    exchange = AsteriskExchange(dialect, _DAY_BEGAN, rng, plan_for(traffic))
    load = Load(exchange, traffic, rng)
    load.start()
    end = exchange.now + seconds
    while exchange.next_timer is not None and exchange.next_timer <= end:
        exchange.advance(exchange.next_timer)
        said = exchange.said()
        if classes is not None:
            said = [each for each in said if header(each, "Privilege").split(",")[0] in classes]
        if said:
            yield exchange.now, b"".join(map(wire, said))
