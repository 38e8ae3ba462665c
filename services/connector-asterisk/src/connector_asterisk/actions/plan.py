"""What a command means on the wire, and how its success is seen. Pure but for `State`, which is only looked at."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from cti_connector.asking import Asking
from cti_connector.sight import Seen, Sight
from cti_model.commands import CommandRefused, ErrorCode

from connector_asterisk.actions.dialect import Dialect
from connector_asterisk.actions.options import Options
from connector_asterisk.channels import CallBox, Channel, State
from connector_asterisk.translate.turn import Turn
from connector_asterisk.wire import Frame

Step = tuple[str, tuple[tuple[str, str], ...]]
"""An action's name and its headers."""


@dataclass(frozen=True)
class Plan:
    """How to carry out a command.

    `steps` are sent one after the other, each when the one before it succeeded. Its effect is there when `seen` says
    so; without `seen`, when the last step succeeded. A call to be made (`originates`) has succeeded at the latest when
    `OriginateResponse` says that the telephone was lifted. `accepted` tells call facts once the last step succeeded,
    `refused` takes back what planning prepared. `collect` makes sense of the answer to a step that lists things.
    `harmless`: error texts that mean that what was wanted is so already.
    """

    steps: tuple[Step, ...] = ()
    seen: Seen | None = None
    originates: bool = False
    accepted: Callable[[Turn, Frame], None] | None = None
    refused: Callable[[], None] | None = None
    collect: Callable[[list[Frame]], Sight] | None = None
    harmless: tuple[str, ...] = ()


@dataclass(frozen=True)
class Ask(Asking[Channel, CallBox]):
    """A command and all that is needed to plan it."""

    state: State
    dialect: Dialect
    options: Options
    at: datetime

    def legs(self) -> Iterable[tuple[Channel, CallBox | None]]:
        """The channels that have not ended."""
        return ((each, each.box) for each in self.state.channels.values() if each.gone_at is None)

    def far_side(self, channel: Channel) -> Channel:
        """The telephone that it talks to, seen through Local channels."""
        found = far_sides(self.state, channel)
        if len(found) != 1:
            why = "it talks to nobody" if not found else "it talks to more than one"
            raise CommandRefused(ErrorCode.WRONG_STATE, why)
        return found[0]


def far_sides(state: State, channel: Channel) -> list[Channel]:
    """The telephones in the same bridge, and in the bridges behind Local channels in it."""
    seen, todo, found = {id(channel)}, [channel], []
    while todo:
        for member in state.bridges.get(todo.pop().bridge, ()):
            if id(member) in seen:
                continue
            seen.add(id(member))
            if not member.pseudo:
                found.append(member)
            elif member.pair is not None and id(member.pair) not in seen:
                seen.add(id(member.pair))
                todo.append(member.pair)
    return found
