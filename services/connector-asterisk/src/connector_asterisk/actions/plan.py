"""What a command means on the wire, and how its success is seen. Pure but for `State`, which is only looked at."""

import dataclasses
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from cti_connector.sight import Seen, Sight
from cti_model.calls import Command, Connection
from cti_model.commands import (
    SUPERVISOR,
    CommandRefused,
    CommandRequest,
    ErrorCode,
)
from cti_model.events import CallEvent
from cti_model.permissions import allowed
from msgspec.structs import replace

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
class Ask:
    """A command and all that is needed to plan it."""

    request: CommandRequest
    state: State
    dialect: Dialect
    options: Options
    features: frozenset[Command]
    at: datetime

    def own(self, verb: Command | None = None) -> tuple[Channel, Connection, CallBox]:
        """The connection that is meant, if it is the requester's and allows the verb now."""
        channel, connection, box = self.find(self.request.connection_id)
        if connection.device.number != self.request.device and SUPERVISOR not in self.request.roles:
            raise CommandRefused(ErrorCode.FORBIDDEN, "this connection is another device's")
        may = allowed(replace(box.call, features=tuple(self.features)), connection)
        if (verb or self.request.verb) not in may:
            raise CommandRefused(ErrorCode.WRONG_STATE, f"not while it is {connection.state}")
        return channel, connection, box

    def about(self, connection_id: str) -> "Ask":
        """The same question about another connection."""
        return dataclasses.replace(self, request=replace(self.request, connection_id=connection_id))

    def find(self, connection_id: str) -> tuple[Channel, Connection, CallBox]:
        """The living connection of this id, of whatever device."""
        for channel in self.state.channels.values():
            if channel.connection_id == connection_id and channel.gone_at is None:
                connection, box = channel.connection, channel.box
                if connection is not None and box is not None and connection.alive:
                    return channel, connection, box
        raise CommandRefused(ErrorCode.NOT_FOUND, "no such connection, or it has ended")

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


def sight_of(channel: Channel) -> Sight:
    """Where a channel is now."""
    return Sight(
        call_id=channel.box.call.call_id if channel.box is not None else "", connection_id=channel.connection_id
    )


def ended(channel: Channel) -> Seen:
    """Seen when the channel's connection has ended."""
    before = sight_of(channel)

    def look(_: Sequence[CallEvent]) -> Sight | None:
        connection = channel.connection
        return before if connection is None or not connection.alive else None

    return look
