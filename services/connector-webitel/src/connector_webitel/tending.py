"""Links of operators, and what has to happen though nobody of them is signed in any more."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from datetime import datetime
from typing import Any, Final

from cti_connector.asked import Told
from cti_connector.firstparty import Pool
from cti_connector.link import Listener, now
from cti_connector.session import Turn
from cti_model.commands import CommandRequest, CommandResult
from cti_model.events import CallEvent

Tick = Callable[[datetime, Turn], None]
"""Tells what time brings; what is to be sent is not: there may be no link."""
Beside = Callable[[Callable[[list[CallEvent]], None]], Coroutine[Any, Any, None]]
"""Runs as long as the links do, and tells call events of its own."""
_EVERY_S: Final = 1.0


async def _nothing() -> None:
    pass


class Tended:
    """A pool of links with one picture, in which time passes without a link too.

    Implements `cti_connector.host.Source`. The last operator may be signed out, or refused, with a call not over yet:
    its far end, and a recording that is waited for, have their own time. `before` is waited for before any link begins.
    """

    def __init__(
        self,
        pool: Pool,
        tick: Tick,
        listener: Listener,
        *,
        before: Callable[[], Awaitable[None]] = _nothing,
        beside: Sequence[Beside] = (),
        clock: Callable[[], datetime] = now,
    ) -> None:
        self._pool = pool
        self._tick = tick
        self._listener = listener
        self._before = before
        self._beside = beside
        self._clock = clock

    async def run(self) -> None:
        """Until cancelled; raises what the listener raises."""
        await self._before()
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._pool.run())
                group.create_task(self._tend(), name="calls without a link")
                for each in self._beside:
                    group.create_task(each(self._tell), name="beside the links")
        except BaseExceptionGroup as several:
            raise _first(several) from several

    async def _tend(self) -> None:
        while True:
            await asyncio.sleep(_EVERY_S)
            turn = Turn()
            self._tick(self._clock(), turn)
            if turn.events:
                self._tell(turn.events)
            if turn.agents:
                self._listener.agents(turn.agents)

    def _tell(self, events: list[CallEvent]) -> None:
        self._pool.heard(events)
        self._listener.events(events)

    def problem(self) -> str | None:
        """Why nothing is told at present: the links' own."""
        return self._pool.problem()

    async def command(self, request: CommandRequest, told: Told | None = None) -> CommandResult:
        """Carried out by a link."""
        return await self._pool.command(request, told)


def _first(several: BaseExceptionGroup[BaseException]) -> BaseException:
    found: BaseException = several
    while isinstance(found, BaseExceptionGroup):
        found = found.exceptions[0]
    return found
