"""What is seen of a command's effect: the same for every PBX kind that watches its own events for it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from cti_model.calls import Call
from cti_model.commands import CommandOutcome, CommandRequest, CommandResult, Membership
from cti_model.events import CallEvent


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
