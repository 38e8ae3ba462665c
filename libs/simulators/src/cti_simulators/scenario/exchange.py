"""What a simulated exchange offers to a scenario. Each PBX simulator implements it."""

from typing import Protocol

from cti_simulators.scenario.steps import Actor, Step


class Impossible(Exception):
    """Nobody could do this now, such as answering a telephone that does not ring; the text says why."""


class Exchange(Protocol):
    """An exchange with its telephones, in a time of its own that others move on. Pure but for its own state.

    Time is in seconds. What the exchange does by itself (a telephone begins to ring, a call is given up) waits as
    timers; `advance` fires those that are due, in order.
    """

    @property
    def now(self) -> float:
        """The instant it is."""
        ...

    @property
    def next_timer(self) -> float | None:
        """When something will happen by itself, or None."""
        ...

    @property
    def quiet(self) -> bool:
        """Whether there is no call."""
        ...

    def advance(self, to: float) -> None:
        """Let time pass; an instant in the past changes nothing."""
        ...

    def do(self, step: Step) -> None:
        """Somebody does something, now. Raises `Impossible`."""
        ...

    def rings(self, actor: Actor) -> bool:
        """Whether this person's telephone rings."""
        ...
