"""What a simulator was asked for, in order, and waiting for it."""

import asyncio
from collections.abc import Callable


class Told:
    """Lines such as `register`, `hold`, `digits 5`."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self._changed = asyncio.Condition()

    async def note(self, line: str) -> None:
        """It happened."""
        async with self._changed:
            self.lines.append(line)
            self._changed.notify_all()

    async def until(self, line: str, times: int = 1, seconds: float = 30) -> None:
        """Wait until it happened so often; raises `TimeoutError`."""
        await self.when(lambda: self.lines.count(line) >= times, seconds)

    async def when(self, condition: Callable[[], bool], seconds: float = 30) -> None:
        """Wait for a condition that changes with what happens; raises `TimeoutError`."""
        async with asyncio.timeout(seconds), self._changed:
            await self._changed.wait_for(condition)
