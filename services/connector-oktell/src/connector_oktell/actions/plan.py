"""What a command means on the wire, and how its success is seen. Pure but for `State`, which is only looked at."""

import dataclasses
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from cti_connector.sight import InVain, Seen, Sight
from cti_model.calls import Command, Connection, ConnectionState
from cti_model.commands import SUPERVISOR, CommandRefused, CommandRequest, ErrorCode
from cti_model.events import CallEvent
from cti_model.permissions import allowed
from msgspec.structs import replace

from connector_oktell.actions.options import Options
from connector_oktell.translate import Box, Deed, Desk, State
from connector_oktell.translate.users import Agents
from connector_oktell.wire import Frame


@dataclass(frozen=True)
class Question:
    """A method and its fields."""

    method: str
    fields: dict[str, Any] = field(default_factory=dict)


Later = Callable[[Frame | None], Question | None]
"""A question that follows from the answer before it, or that waits (None) until something is seen on the line.

Raises `CommandRefused` when there is nothing to ask for (`InVain`: any more).
"""


@dataclass(frozen=True)
class Plan:
    """How to carry out a command.

    `steps` are asked one after the other, each when the one before it was answered with success. Its effect is there
    when `seen` says so; without `seen`, when the last step succeeded. `deed`, `to` and `goal`: what the line is told
    to expect when the first step goes out.
    """

    steps: tuple[Question | Later, ...] = ()
    seen: Seen | None = None
    deed: Deed | None = None
    to: str = ""
    goal: str = ""


@dataclass(frozen=True)
class Ask:
    """A command and all that is needed to plan it. `desk`: of the operator whose connection carries it."""

    request: CommandRequest
    desk: Desk
    state: State
    agents: Agents
    options: Options
    features: frozenset[Command]

    def mine(self) -> tuple[Box, Connection]:
        """The connection that is meant, if it is this operator's."""
        box, connection = self.find()
        if connection.device.number != self.desk.device:
            text = "Oktell lets each operator act on their own calls only"
            code = ErrorCode.NOT_SUPPORTED if SUPERVISOR in self.request.roles else ErrorCode.FORBIDDEN
            raise CommandRefused(code, text)
        return box, connection

    def own(self) -> tuple[Box, Connection]:
        """The same, if it allows the verb now."""
        box, connection = self.mine()
        may = allowed(replace(box.call, features=tuple(self.features)), connection)
        if self.request.verb not in may:
            raise CommandRefused(ErrorCode.WRONG_STATE, f"not while it is {connection.state}")
        return box, connection

    def about(self, connection_id: str) -> "Ask":
        """The same question about another connection."""
        return dataclasses.replace(self, request=replace(self.request, connection_id=connection_id))

    def find(self) -> tuple[Box, Connection]:
        """The living connection of the request, of whatever device."""
        found = self.state.find(self.request.connection_id)
        if found is None:
            raise CommandRefused(ErrorCode.NOT_FOUND, "no such connection, or it has ended")
        return found


def sight(box: Box, connection: Connection) -> Sight:
    """Where a connection is."""
    return Sight(call_id=box.call.call_id, connection_id=connection.connection_id)


def becomes(state: State, connection: Connection, wanted: ConnectionState) -> Seen:
    """Seen when the connection is in a state, in whatever call it is by then; in vain when it has ended."""

    def look(_: Sequence[CallEvent]) -> Sight | None:
        now = state.find(connection.connection_id)
        if now is None:
            raise InVain("the connection ended before that")
        return sight(*now) if now[1].state is wanted else None

    return look


def ends(box: Box, connection: Connection) -> Seen:
    """Seen when the connection has ended, or went to another call."""

    def look(_: Sequence[CallEvent]) -> Sight | None:
        now = box.call.connection(connection.connection_id)
        return sight(box, connection) if now is None or not now.alive else None

    return look


def begins(desk: Desk, state: State) -> Seen:
    """Seen when the operator has a call that was not there before."""
    before = frozenset(state.boxes)

    def look(_: Sequence[CallEvent]) -> Sight | None:
        box = desk.box
        own = box.extension(desk.device) if box is not None else None
        new = box is not None and own is not None and box.call.call_id not in before
        return sight(box, own) if new and box is not None and own is not None else None

    return look
