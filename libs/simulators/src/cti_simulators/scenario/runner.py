"""Plays a scenario on an exchange: in its own time at once, or in real time by whoever awaits what `script` yields."""

from collections.abc import Callable, Iterator, Mapping

from msgspec import Struct

from cti_simulators.scenario.exchange import Exchange, Impossible
from cti_simulators.scenario.steps import Scenario, Step, Verb

PATIENCE_S = 120.0
"""So long a scenario waits for a telephone to ring or for the last call to end: longer than any dialling time-out."""


class ScenarioFailed(Exception):
    """A step that could not be done; the text begins with its line."""

    def __init__(self, step: Step, why: str) -> None:
        super().__init__(f"line {step.line}: {step.actor.key} {step.verb.value} {step.target}".rstrip() + f": {why}")
        self.step = step


class Pause(Struct, frozen=True):
    """Let the exchange's time pass until `until`, or until `over`, if given, is true."""

    until: float
    over: Callable[[], bool] | None = None


Commands = Mapping[str, Callable[[], None]]
"""What each `@name` of a scenario does."""
_NONE: Commands = {}


def script(scenario: Scenario, exchange: Exchange, commands: Commands = _NONE) -> Iterator[Pause]:
    """Do the steps, yielding where time has to pass in between; raises `ScenarioFailed`.

    A delay counts from the step before, not from when the exchange had done it: instants are the scenario's own.
    """
    at = exchange.now
    for step in scenario.steps:
        at += step.after_s
        if at > exchange.now:
            yield Pause(at)
        condition = _awaited(step, exchange)
        if condition is None:
            _do(step, exchange, commands)
        else:
            yield Pause(exchange.now + PATIENCE_S, condition)
            if not condition():
                raise ScenarioFailed(step, f"not within {PATIENCE_S:.0f} s")
            at = exchange.now


def perform(scenario: Scenario, exchange: Exchange, commands: Commands = _NONE) -> None:
    """Play it in the exchange's own time, without waiting: the same scenario always gives the same events."""
    for pause in script(scenario, exchange, commands):
        pass_time(exchange, pause)


def pass_time(exchange: Exchange, pause: Pause) -> None:
    """Let the exchange's own time pass, timer by timer."""
    while exchange.now < pause.until and not (pause.over is not None and pause.over()):
        timer = exchange.next_timer
        exchange.advance(pause.until if timer is None else min(timer, pause.until))


def _awaited(step: Step, exchange: Exchange) -> Callable[[], bool] | None:
    if step.verb is Verb.RING:
        return lambda: exchange.rings(step.actor)
    if step.verb is Verb.QUIET:
        return lambda: exchange.quiet
    return None


def _do(step: Step, exchange: Exchange, commands: Commands) -> None:
    if step.verb is Verb.WAIT:
        return
    if step.verb is Verb.COMMAND:
        command = commands.get(step.target)
        if command is None:
            raise ScenarioFailed(step, "nobody knows this command")
        command()
        return
    try:
        exchange.do(step)
    except Impossible as error:
        raise ScenarioFailed(step, str(error)) from error
