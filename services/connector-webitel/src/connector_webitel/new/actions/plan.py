"""A command and all that is needed to say it to the engine. Pure but for the picture, which is only looked at."""

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass

from cti_connector.sight import InVain, Seen
from cti_model.calls import Command, Connection, Direction
from cti_model.commands import SUPERVISOR, CommandRefused, CommandRequest, ErrorCode
from cti_model.permissions import allowed
from msgspec.structs import replace

from connector_webitel.new.agents import Agents
from connector_webitel.new.state import Leg, State
from connector_webitel.new.wire import Fields


def at_once() -> bool:
    """No need to wait."""
    return True


@dataclass(frozen=True)
class Step:
    """An action of the engine. `data` is made, and `due` asked, when the step before it was accepted.

    The engine accepts before anything happens: what a step needs, such as the other side on hold, `due` waits for. It
    raises `InVain` when that cannot come any more.
    """

    action: str
    data: Callable[[], Fields]
    due: Callable[[], bool] = at_once


@dataclass(frozen=True)
class Plan:
    """See `cti_connector.works.Planned`. `replied` hears the data of each answer; without `seen` the last one counts.

    `harmless`: ids of faults that mean that what was wanted is so already.
    """

    steps: tuple[Step, ...] = ()
    seen: Seen | None = None
    replied: Callable[[Fields], None] | None = None
    refused: Callable[[], None] | None = None
    harmless: tuple[str, ...] = ()


@dataclass(frozen=True)
class Ask:
    """A command and the picture that it is asked in. `agents`: the operators as agents."""

    request: CommandRequest
    state: State
    agents: Agents

    def own(self, verb: Command | None = None) -> tuple[Leg, Connection]:
        """The leg that is meant, if it is the requester's and allows the verb now."""
        leg, connection = self.find()
        if leg.device != self.request.device and SUPERVISOR not in self.request.roles:
            raise CommandRefused(ErrorCode.FORBIDDEN, "this connection is another device's")
        assert leg.box is not None
        may = allowed(replace(leg.box.call, features=self.state.features), connection)
        if (verb or self.request.verb) not in may:
            raise CommandRefused(ErrorCode.WRONG_STATE, f"not while it is {connection.state}")
        return leg, connection

    def find(self) -> tuple[Leg, Connection]:
        """The operator's living leg that has the connection of the request."""
        for leg, connection in self._living():
            if leg.connection_id == self.request.connection_id:
                return leg, connection
        raise CommandRefused(ErrorCode.NOT_FOUND, "no such connection of an operator, or it has ended")

    def about(self, connection_id: str) -> "Ask":
        """The same question about another connection."""
        return dataclasses.replace(self, request=replace(self.request, connection_id=connection_id))

    def consultation(self) -> Leg:
        """The consultation of the request: named as either connection, or the only one of the telephone."""
        asking = [
            leg
            for leg, connection in self._living(self.request.device)
            if leg.box is not None and leg.box.call.consultation_of and connection.direction is Direction.OUT
        ]
        named = (self.request.other_connection_id, self.request.connection_id)
        found = [each for each in asking if each.connection_id in named] or asking
        if not found:
            raise CommandRefused(ErrorCode.WRONG_STATE, "no consultation")
        leg, _ = self.about(found[-1].connection_id).own()
        return leg

    def consulted_about(self, consultation: Leg) -> Leg:
        """The telephone's leg in the call that a consultation is about."""
        for leg, _ in self._living(self.request.device):
            homes = leg.box, consultation.box
            if homes[0] and homes[1] and homes[0].call.call_id == homes[1].call.consultation_of:
                return leg
        raise CommandRefused(ErrorCode.WRONG_STATE, "the call that it is about is over")

    def of(self, device: str) -> list[Leg]:
        """The living legs of an operator's telephone."""
        return [leg for leg, _ in self._living(device)]

    def _living(self, device: str = "") -> list[tuple[Leg, Connection]]:
        found = []
        for leg in self.state.legs.values():
            connection = leg.connection
            if leg.device and leg.device == (device or leg.device) and connection is not None and connection.alive:
                found.append((leg, connection))
        return found


def is_held(leg: Leg) -> Callable[[], bool]:
    """Whether the other side waits on hold; in vain when the leg has ended."""

    def look() -> bool:
        if leg.connection is None or not leg.connection.alive:
            raise InVain("the call ended before the other side was on hold")
        return leg.held

    return look
