"""What is seen of a command's effect: the same for every PBX kind that watches its own events for it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from cti_model.agents import Agent
from cti_model.calls import Call, ConnectionState
from cti_model.commands import CommandOutcome, CommandRequest, CommandResult, Membership
from cti_model.events import CallEvent

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


Seen = Callable[[Sequence[CallEvent]], Sight | None]
"""Given the call events told since the last look: what is seen of the effect now, or None."""


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
    """Seen when the leg's connection is in a state."""

    def look(_: Sequence[CallEvent]) -> Sight | None:
        connection = leg.connection
        return sight_of(leg) if connection is not None and connection.state is wanted else None

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
