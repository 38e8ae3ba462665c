"""What is seen of a command's effect: the same for every PBX kind that watches its own events for it."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from cti_model.agents import Agent
from cti_model.calls import Call, ConnectionState
from cti_model.commands import CommandOutcome, CommandRefused, CommandRequest, CommandResult, ErrorCode, Membership
from cti_model.events import CallEvent, Parked

from cti_connector.asking import Leg


@dataclass(frozen=True)
class Sight:
    """What was seen of a command's effect."""

    call_id: str = ""
    connection_id: str = ""
    message: str = ""
    details: dict[str, str] = field(default_factory=dict)
    calls: tuple[Call, ...] = ()
    memberships: tuple[Membership, ...] = ()


class InVain(CommandRefused):
    """What a command waits for cannot come any more: it has failed, and nobody need wait until its time is over."""

    def __init__(self, message: str) -> None:
        super().__init__(ErrorCode.NO_EFFECT, message)


Seen = Callable[[Sequence[CallEvent]], Sight | None]
"""Given the call events told since the last look: what is seen of the effect now, or None. Raises `InVain`."""


def sight_of(leg: Leg) -> Sight:
    """Where a leg is now."""
    return Sight(call_id=leg.box.call.call_id if leg.box is not None else "", connection_id=leg.connection_id)


def ended(leg: Leg) -> Seen:
    """Seen when the leg's connection has ended."""
    before = sight_of(leg)

    def look(_: Sequence[CallEvent]) -> Sight | None:
        connection = leg.connection
        return before if connection is None or not connection.alive else None

    return look


def becomes(leg: Leg, wanted: ConnectionState) -> Seen:
    """Seen when the leg's connection is in a state; in vain when it has ended."""

    def look(_: Sequence[CallEvent]) -> Sight | None:
        connection = leg.connection
        if connection is None or not connection.alive:
            raise InVain("the connection ended before that")
        return sight_of(leg) if connection.state is wanted else None

    return look


def needs(legs: Iterable[Leg], seen: Seen) -> Seen:
    """Seen when `seen` says so; in vain when one of these legs has ended before."""
    needed = tuple(legs)

    def look(events: Sequence[CallEvent]) -> Sight | None:
        sight = seen(events)
        if sight is None and any(each.connection is None or not each.connection.alive for each in needed):
            raise InVain("a connection that it is about ended before that")
        return sight

    return look


def parked(leg: Leg) -> Seen:
    """Seen when the leg is told to wait in a slot, which is a detail of it; in vain when it has ended."""

    def look(events: Sequence[CallEvent]) -> Sight | None:
        for event in events:
            if isinstance(event.fact, Parked) and event.fact.connection_id == leg.connection_id:
                return Sight(event.call.call_id, leg.connection_id, details={"slot": event.fact.slot})
        return None

    return needs((leg,), look)


class Rung(Leg, Protocol):
    """A leg that rings, and that another telephone may take the call of."""

    @property
    def picked_up(self) -> bool:
        """Whether one did."""
        ...


def taken(rung: Rung) -> Seen:
    """Seen when another telephone has taken the call from where it rings; in vain when it rings no more."""

    def look(_: Sequence[CallEvent]) -> Sight | None:
        if rung.picked_up:
            return Sight(call_id=sight_of(rung).call_id)
        if rung.connection is None or not rung.connection.alive:
            raise InVain("it does not ring any more")
        return None

    return look


def in_queues(agent: Agent) -> Sight:
    """In which queues an agent is, as it was told last."""
    parts = tuple(
        Membership(queue=each.queue, name=agent.name, paused=each.paused, reason=each.reason, dynamic=each.dynamic)
        for each in agent.queues
    )
    return Sight(memberships=parts)


def observed(request: CommandRequest, sight: Sight) -> CommandResult:
    """The result of a command whose effect was seen."""
    return CommandResult(
        command_id=request.command_id,
        outcome=CommandOutcome.OBSERVED,
        message=sight.message,
        call_id=sight.call_id,
        connection_id=sight.connection_id or request.connection_id,
        details=sight.details,
        calls=sight.calls,
        memberships=sight.memberships,
    )
