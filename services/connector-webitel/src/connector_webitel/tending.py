"""Links of operators, and what has to happen though nobody of them is signed in any more."""

import asyncio
from collections.abc import Callable
from datetime import datetime
from typing import Final

from cti_connector.asked import Told
from cti_connector.firstparty import Pool
from cti_connector.link import Listener, now
from cti_connector.session import Turn
from cti_model.commands import CommandRequest, CommandResult

from connector_webitel.old.picture import Picture
from connector_webitel.old.recordings import abandoned

_EVERY_S: Final = 1.0


class Tended:
    """A pool of links with one picture, in which time passes without a link too.

    Implements `cti_connector.host.Source`. The last operator may be signed out with the end of their call: its far
    end, and a recording that is waited for, have their own time.
    """

    def __init__(self, pool: Pool, picture: Picture, listener: Listener, clock: Callable[[], datetime] = now) -> None:
        self._pool = pool
        self._picture = picture
        self._listener = listener
        self._clock = clock

    async def run(self) -> None:
        """Until cancelled; raises what the listener raises."""
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._pool.run())
                group.create_task(self._tend(), name="calls without a link")
        except BaseExceptionGroup as several:
            raise several.exceptions[0] from several

    async def _tend(self) -> None:
        while True:
            await asyncio.sleep(_EVERY_S)
            at, turn = self._clock(), Turn()
            self._picture.quiet(at, turn)
            turn.events += abandoned(self._picture.state, at)
            if turn.events:
                self._pool.heard(turn.events)
                self._listener.events(turn.events)
            if turn.agents:
                self._listener.agents(turn.agents)

    def problem(self) -> str | None:
        """Why nothing is told at present: the links' own."""
        return self._pool.problem()

    async def command(self, request: CommandRequest, told: Told | None = None) -> CommandResult:
        """Carried out by a link."""
        return await self._pool.command(request, told)
