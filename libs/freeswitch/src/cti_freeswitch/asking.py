"""A command and what it is about, among the channels that are known. Whoever carries it out says it in their own words.

Pure but for `State`, which is only looked at.
"""

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self
from uuid import UUID, uuid5

from cti_connector.sight import Seen, Sight
from cti_model.calls import Call, Command, Connection, ConnectionState, Direction
from cti_model.commands import SUPERVISOR, CommandRefused, CommandRequest, ErrorCode
from cti_model.events import CallEvent
from cti_model.permissions import allowed
from msgspec.structs import replace

from cti_freeswitch.channels import CallBox, Channel, State, beyond

_NAMESPACE = UUID("8b7b4f0c-4c1e-5a39-9d64-667265657377")  # fixed: a repeat of a command makes no second channel


@dataclass(frozen=True)
class Asking:
    """A command, and the picture that it is asked in. `features`: what can be asked at all."""

    request: CommandRequest
    state: State
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

    def about(self, connection_id: str) -> Self:
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

    def both(self) -> tuple[Channel, Channel]:
        """The requester's leg in the first call, and that of the consultation."""
        consultation, _, box = self.consultation()
        for channel in self.state.channels.values():
            connection = channel.connection
            ours = connection is not None and connection.alive and connection.device.number == self.request.device
            if ours and channel.box is not None and channel.box.call.call_id == box.call.consultation_of:
                return channel, consultation
        raise CommandRefused(ErrorCode.WRONG_STATE, "the call that it is about is over")

    def consultation(self) -> tuple[Channel, Connection, CallBox]:
        """The consultation of the request: named as either connection, or the only one of the telephone."""
        request = self.request
        for named in (request.other_connection_id, request.connection_id):
            if named:
                _, _, box = self.find(named)
                if box.call.consultation_of:
                    return self.about(named).own()
        for channel in self.state.channels.values():
            known, home = channel.connection, channel.box
            if known is None or home is None or not known.alive or known.device.number != request.device:
                continue
            if home.call.consultation_of and known.direction is Direction.OUT:
                return self.about(channel.connection_id).own()
        raise CommandRefused(ErrorCode.WRONG_STATE, "no consultation")

    def calls(self) -> tuple[Call, ...]:
        """The calls that the requester's telephone has now."""
        device = self.request.device
        calls = (box.call for box in self.state.boxes.values())
        return tuple(c for c in calls if any(each.alive and each.device.number == device for each in c.connections))

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


def becomes(channel: Channel, wanted: ConnectionState) -> Seen:
    """Seen when the channel's connection is in a state."""

    def look(_: Sequence[CallEvent]) -> Sight | None:
        connection = channel.connection
        return sight_of(channel) if connection is not None and connection.state is wanted else None

    return look


def transferred(channel: Channel) -> Seen:
    """Seen when the channel's telephone has passed its call on, whichever link told it."""

    def look(_: Sequence[CallEvent]) -> Sight | None:
        return sight_of(channel) if channel.transferred else None

    return look
