"""What a command means on the wire, and how its success is seen. Pure but for `State`, which is only looked at."""

import dataclasses
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from uuid import UUID, uuid5

from cti_connector.sight import Seen, Sight
from cti_freeswitch.agents import Agents
from cti_freeswitch.channels import CallBox, Channel, State, beyond
from cti_model.calls import Command, Connection
from cti_model.commands import SUPERVISOR, CommandRefused, CommandRequest, ErrorCode
from cti_model.events import CallEvent
from cti_model.permissions import allowed
from msgspec.structs import replace

from connector_freeswitch.actions.options import Options

_NAMESPACE = UUID("8b7b4f0c-4c1e-5a39-9d64-667265657377")  # fixed: a repeat of a command makes no second channel


@dataclass(frozen=True)
class Plan:
    """How to carry out a command.

    `steps` are API commands, sent one after the other, each when the one before it succeeded. Its effect is there when
    `seen` says so; without `seen`, when the last step succeeded. `sent` runs when the last step goes out, `refused`
    takes back what planning and `sent` prepared. `harmless`: error texts that mean that what was wanted is so already.
    """

    steps: tuple[str, ...] = ()
    seen: Seen | None = None
    sent: Callable[[], None] | None = None
    refused: Callable[[], None] | None = None
    harmless: tuple[str, ...] = ()


@dataclass(frozen=True)
class Ask:
    """A command and all that is needed to plan it."""

    request: CommandRequest
    state: State
    agents: Agents
    options: Options
    features: frozenset[Command]

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
        """The telephone that it talks to, seen through loopback channels."""
        found = beyond(self.state, channel.peer) if channel.peer is not None and channel.talks else None
        if found is None or found.gone_at is not None:
            raise CommandRefused(ErrorCode.WRONG_STATE, "it talks to nobody")
        return found

    @property
    def new_channel(self) -> str:
        """The id of the channel that this command makes: every event of it can be tied to the command."""
        return str(uuid5(_NAMESPACE, self.request.command_id))


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
