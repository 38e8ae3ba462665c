"""A command and what it is about, among the channels that are known. Whoever carries it out says it in their own words.

Pure but for `State`, which is only looked at.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID, uuid5

from cti_connector import asking
from cti_connector.sight import Seen, Sight, sight_of
from cti_model.calls import Call, Connection, Direction
from cti_model.commands import CommandRefused, ErrorCode
from cti_model.events import CallEvent

from cti_freeswitch.agents import Agents
from cti_freeswitch.channels import CallBox, Channel
from cti_freeswitch.loopback import beyond
from cti_freeswitch.state import State

_NAMESPACE = UUID("8b7b4f0c-4c1e-5a39-9d64-667265657377")  # fixed: a repeat of a command makes no second channel


@dataclass(frozen=True)
class Asking(asking.Asking[Channel, CallBox]):
    """A command, and the picture that it is asked in."""

    state: State
    agents: Agents

    def legs(self) -> Iterable[tuple[Channel, CallBox | None]]:
        """The channels that have not ended."""
        return ((each, each.box) for each in self.state.channels.values() if each.gone_at is None)

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
        return self.calls_among(self.state.boxes.values())

    @property
    def new_channel(self) -> str:
        """The id of the channel that this command makes: every event of it can be tied to the command."""
        return str(uuid5(_NAMESPACE, self.request.command_id))


@dataclass(frozen=True)
class Release:
    """The requester ends a channel: for its own user it counts as its telephone's own doing."""

    channel: Channel
    own: bool
    before: tuple[bool, bool]

    def sent(self) -> None:
        """It was asked for."""
        self.channel.asked, self.channel.cut = self.own, not self.own

    def refused(self) -> None:
        """It was not done."""
        self.channel.asked, self.channel.cut = self.before


def release(ask: Asking, channel: Channel, connection: Connection) -> Release:
    """What to note of a command that ends this channel."""
    return Release(channel, connection.device.number == ask.request.device, (channel.asked, channel.cut))


def transferred(channel: Channel) -> Seen:
    """Seen when the channel's telephone has passed its call on, whichever link told it."""

    def look(_: Sequence[CallEvent]) -> Sight | None:
        return sight_of(channel) if channel.transferred else None

    return look
