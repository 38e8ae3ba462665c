"""One operator's link in a pool: how its log-in stands, and who hears what comes over it."""

import asyncio
from collections.abc import Callable
from datetime import datetime
from enum import StrEnum
from typing import Protocol

import structlog
from cti_model.agents import AgentEvent
from cti_model.events import CallEvent, LinkKind
from cti_model.operators import OperatorEvent

from cti_connector.conversation import LinkSettings
from cti_connector.firstparty.operators import Operator
from cti_connector.link import Link, Listener
from cti_connector.session import LinkRefused, Session
from cti_connector.transport import Open

OpenOperatorSession = Callable[[Operator], Session]
"""Makes the session of one connection of an operator."""


class SeatState(StrEnum):
    """How an operator's log-in stands."""

    CONNECTING = "connecting"
    CONNECTED = "connected"
    REFUSED = "refused"


class Hall(Protocol):
    """Whom a seat tells: the pool."""

    def moved(self, seat: "Seat", state: SeatState, why: LinkRefused | str) -> None:
        """The log-in stands otherwise than before, or was refused again. `why`: also where it is connected to."""
        ...

    def heard(self, events: list[CallEvent]) -> None:
        """Call events, before they are published."""
        ...

    def others(self, seat: "Seat") -> None:
        """Sessions of other seats have something to do now."""
        ...


class Seat:
    """One operator's link, from `sit` to `leave`. A new secret is used from the next connection on."""

    def __init__(
        self,
        operator: Operator,
        settings: LinkSettings,
        opening: Open,
        open_session: OpenOperatorSession,
        listener: Listener,
        hall: Hall,
        *,
        clock: Callable[[], datetime],
    ) -> None:
        self.operator = operator
        self.state = SeatState.CONNECTING
        self.link = Link(
            settings,
            opening,
            lambda: open_session(self.operator),
            _Ears(self, listener, hall),
            refused=lambda error: hall.moved(self, SeatState.REFUSED, error),
            others=lambda: hall.others(self),
            clock=clock,
        )
        self._task: asyncio.Task[None] | None = None

    def sit(self, group: asyncio.TaskGroup, *, wait_s: float = 0.0) -> None:
        """Keep the link, in that group, not before `wait_s`; again: from the beginning, when the former one is over."""
        former = self.leave()
        self._task = group.create_task(self._keep(former, wait_s), name=f"operator {self.operator.user}")

    def follow(self, group: asyncio.TaskGroup, former: "Seat") -> None:
        """Keep the link when a former one of the same user is over: the PBX may let a user in only once."""
        self._task = group.create_task(self._keep(former.leave(), 0.0), name=f"operator {self.operator.user}")

    def leave(self) -> "asyncio.Task[None] | None":
        """Give the link up; the task has ended when its connection is closed."""
        if self._task is not None:
            self._task.cancel()
        return self._task

    async def _keep(self, former: "asyncio.Task[None] | None", wait_s: float) -> None:
        structlog.contextvars.bind_contextvars(operator=self.operator.user, device=self.operator.device)
        if former is not None:
            await asyncio.wait((former,))
        await asyncio.sleep(wait_s)
        await self.link.run()


class _Ears:
    """Hears a seat's link: tells the pool how it stands, and passes on what is everybody's."""

    def __init__(self, seat: Seat, listener: Listener, hall: Hall) -> None:
        self._seat = seat
        self._listener = listener
        self._hall = hall

    def events(self, events: list[CallEvent]) -> None:
        self._hall.heard(events)
        self._listener.events(events)

    def agents(self, events: list[AgentEvent]) -> None:
        self._listener.agents(events)

    def operator(self, event: OperatorEvent) -> None:
        self._listener.operator(event)

    def raw(self, data: bytes, at: datetime, who: str = "") -> None:
        self._listener.raw(data, at, self._seat.operator.user)

    def link(self, kind: LinkKind, detail: str) -> None:
        if kind is LinkKind.CONNECTED:
            self._hall.moved(self._seat, SeatState.CONNECTED, detail)
        elif kind is LinkKind.DISCONNECTED:
            self._hall.moved(self._seat, SeatState.CONNECTING, detail)
        else:
            self._listener.link(kind, f"{self._seat.operator.device}: {detail}")
