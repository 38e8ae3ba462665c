"""A command and what it is about, among the legs that a connector knows. Pure: those are only looked at."""

import dataclasses
from abc import ABC, abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Generic, Protocol, Self, TypeVar

from cti_model.calls import Call, Command, Connection, ConnectionState, Direction
from cti_model.commands import SUPERVISOR, CommandRefused, CommandRequest, ErrorCode
from cti_model.permissions import allowed
from msgspec.structs import replace


class Box(Protocol):
    """Where a connector keeps a call."""

    @property
    def call(self) -> Call:
        """As it is now."""
        ...


class Leg(Protocol):
    """A leg as a connector keeps it. `box`: its call; None while it has none."""

    @property
    def connection_id(self) -> str:
        """Ours; empty while it has none."""
        ...

    @property
    def connection(self) -> Connection | None:
        """As it is now."""
        ...

    @property
    def box(self) -> Box | None:
        """The call that it is in."""
        ...


L = TypeVar("L", bound=Leg)
B = TypeVar("B", bound=Box)


@dataclass(frozen=True)
class Asking(ABC, Generic[L, B]):
    """A command. `features`: what can be asked at all. Each connector's own says which legs it knows."""

    request: CommandRequest
    features: frozenset[Command]

    @abstractmethod
    def legs(self) -> Iterable[tuple[L, B | None]]:
        """The legs that have not ended, each with its box."""

    def own(self, verb: Command | None = None) -> tuple[L, Connection, B]:
        """The connection that is meant, if it is the requester's and allows the verb now. Raises `CommandRefused`."""
        leg, connection, box = self.find(self.request.connection_id)
        if connection.device.number != self.request.device and SUPERVISOR not in self.request.roles:
            raise CommandRefused(ErrorCode.FORBIDDEN, "this connection is another device's")
        may = allowed(replace(box.call, features=tuple(self.features)), connection)
        if (verb or self.request.verb) not in may:
            raise CommandRefused(ErrorCode.WRONG_STATE, f"not while it is {connection.state}")
        return leg, connection, box

    def about(self, connection_id: str) -> Self:
        """The same question about another connection."""
        return dataclasses.replace(self, request=replace(self.request, connection_id=connection_id))

    def find(self, connection_id: str) -> tuple[L, Connection, B]:
        """The living connection of this id, of whatever device. Raises `CommandRefused`."""
        for leg, box in self.legs():
            if leg.connection_id == connection_id:
                connection = leg.connection
                if connection is not None and box is not None and connection.alive:
                    return leg, connection, box
        raise CommandRefused(ErrorCode.NOT_FOUND, "no such connection, or it has ended")

    def ringing(self) -> L:
        """The leg that rings at the device `to`: the one of `connection_id`, if the request names it."""
        for leg, _ in self.legs():
            connection = leg.connection
            if connection is None or connection.state is not ConnectionState.ALERTING:
                continue
            if connection.direction is not Direction.IN or connection.device.number != self.request.to:
                continue
            if self.request.connection_id in ("", leg.connection_id):
                return leg
        raise CommandRefused(ErrorCode.WRONG_STATE, f"{self.request.to} does not ring")

    def calls_among(self, boxes: Iterable[B]) -> tuple[Call, ...]:
        """The calls that the requester's device has now."""
        device = self.request.device
        calls = (box.call for box in boxes)
        return tuple(c for c in calls if any(each.alive and each.device.number == device for each in c.connections))
