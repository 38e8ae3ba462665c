"""One time of leading Webitel's new generation: what is known before the links begin, the links, what they missed."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Final

from cti_connector.asked import Told
from cti_connector.firstparty import Pool
from cti_connector.link import Listener, now
from cti_model.agents import AgentEvent
from cti_model.commands import CommandRequest, CommandResult
from cti_model.events import CallEvent, LinkKind
from cti_model.operators import OperatorEvent

from connector_webitel.backfill import Backfill

_EVERY_S: Final = 1.0


class Term:
    """A pool of links together with what tells the calls that they missed. Implements `cti_connector.host.Source`.

    `before` is waited for before any link begins. `tick`: what time brings, also when nobody is signed in any more, as
    where the last operator was refused with a call not over yet.
    """

    def __init__(
        self,
        pool: Pool,
        before: Callable[[], Awaitable[None]],
        tick: Callable[[datetime], list[CallEvent]],
        backfill: Backfill | None,
        listener: Listener,
    ) -> None:
        self._pool = pool
        self._before = before
        self._tick = tick
        self._backfill = backfill
        self._listener = listener

    async def run(self) -> None:
        """Until cancelled; raises what the listener raises."""
        await self._before()
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._pool.run())
                group.create_task(self._tend(), name="calls without a link")
                if self._backfill is not None:
                    group.create_task(self._backfill.run(self._tell), name="missed calls")
        except BaseExceptionGroup as several:
            raise _first(several) from several

    async def _tend(self) -> None:
        while True:
            await asyncio.sleep(_EVERY_S)
            events = self._tick(now())
            if events:
                self._tell(events)

    def _tell(self, events: list[CallEvent]) -> None:
        self._pool.heard(events)
        self._listener.events(events)

    def problem(self) -> str | None:
        """Why nothing is told at present: the links' own."""
        return self._pool.problem()

    async def command(self, request: CommandRequest, told: Told | None = None) -> CommandResult:
        """Carried out by a link."""
        return await self._pool.command(request, told)


class Overhearing:
    """A listener that also has log-ins heard by `operator`, before they are published."""

    def __init__(self, listener: Listener, operator: Callable[[OperatorEvent], None]) -> None:
        self._listener = listener
        self._operator = operator

    def events(self, events: list[CallEvent]) -> None:
        """Call events."""
        self._listener.events(events)

    def agents(self, events: list[AgentEvent]) -> None:
        """Agent events."""
        self._listener.agents(events)

    def operator(self, event: OperatorEvent) -> None:
        """What became of a log-in."""
        self._operator(event)
        self._listener.operator(event)

    def raw(self, data: bytes, at: datetime, who: str = "") -> None:
        """Bytes as they came."""
        self._listener.raw(data, at, who)

    def link(self, kind: LinkKind, detail: str) -> None:
        """The link's own."""
        self._listener.link(kind, detail)


def _first(several: BaseExceptionGroup[BaseException]) -> BaseException:
    found: BaseException = several
    while isinstance(found, BaseExceptionGroup):
        found = found.exceptions[0]
    return found
