"""The commands at work on one connection: who waits for which number."""

import asyncio
from collections.abc import Callable, Iterable
from datetime import datetime

from cti_model.commands import CommandRefused, CommandRequest, CommandResult, failed

from cti_connector.session import Session

Told = Callable[[CommandResult], None]
"""Hears each result of a command as it comes, the final one included. Must be quick."""


class Asked:
    """Gives commands to a session and their results to who asked. Lives as long as the connection."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._waiting: dict[int, tuple[asyncio.Future[CommandResult], Told | None]] = {}
        self._last = 0

    async def ask(
        self, request: CommandRequest, told: Told | None, write: Callable[[bytes], None], at: datetime
    ) -> CommandResult:
        """The final result, in `request.deadline_s` at most. When the caller is cancelled the command is given up."""
        self._last += 1
        number = self._last
        try:
            turn = self._session.command(request, number, at)
        except CommandRefused as error:
            return failed(request, error.code, error.message)
        # From here on bytes of it may be with the PBX.
        final: asyncio.Future[CommandResult] = asyncio.get_running_loop().create_future()
        self._waiting[number] = (final, told)
        try:
            write(turn.send)
            self.answered(turn.results)
            async with asyncio.timeout(request.deadline_s):
                return await final
        except TimeoutError:
            if final.done() and not final.cancelled():  # both at once
                return final.result()
            return self._session.give_up(number)
        except asyncio.CancelledError:
            if final.cancelled():
                self._session.give_up(number)
            raise
        finally:
            del self._waiting[number]

    def answered(self, results: Iterable[tuple[int, CommandResult]]) -> None:
        """Hand results to those who wait. One that nobody waits for any more came after its deadline: dropped."""
        for number, result in results:
            final, told = self._waiting.get(number, (None, None))
            if final is None or final.done():
                continue
            if told is not None:
                told(result)
            if result.outcome.final:
                final.set_result(result)

    def give_up_all(self) -> None:
        """The connection is over."""
        for number, (final, _) in tuple(self._waiting.items()):
            if not final.done():
                final.set_result(self._session.give_up(number))
