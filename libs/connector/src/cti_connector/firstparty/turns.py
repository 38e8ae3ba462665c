"""One after another: turns with a distance between them."""

import asyncio


class Turns:
    """Hands out turns, `apart_s` seconds from each other at least, in the order in which they are asked for."""

    def __init__(self, apart_s: float) -> None:
        self._apart_s = apart_s
        self._next_at = float("-inf")

    async def take(self) -> None:
        """Wait for the next turn. One that is given up meanwhile is lost."""
        now = asyncio.get_running_loop().time()
        at = max(now, self._next_at)
        self._next_at = at + self._apart_s
        await asyncio.sleep(at - now)
