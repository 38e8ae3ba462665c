"""The calls that go on while something is killed."""

import asyncio

from tests.chaos.truth import calls_in
from tests.running import RECORDINGS, PacedCall, Running

_LANES = (
    ("j_attended_transfer", "l_blind_transfer"),
    ("h2_both_hold", "n1_queue_ringall"),
    ("k_consultation_cancelled", "d_internal_busy", "g2_inbound_utf8_name"),
)
USERS = ("101", "102", "111", "121")
"""Who is called in them, among others."""
_LONG = "j_attended_transfer"
_LONG_FLOOR = len(_LANES)


class Traffic:
    """Waves of calls, and one long call that stays alive through all that happens."""

    def __init__(self, site: Running) -> None:
        self._site = site
        self.calls = calls_in(RECORDINGS[_LONG])
        self.long = PacedCall(site.pbx, _LONG, _LONG_FLOOR)

    def wave(self) -> "asyncio.Task[None]":
        """One more wave; done when Asterisk has told the end of its last call."""
        self.calls += sum(calls_in(RECORDINGS[name]) for lane in _LANES for name in lane)
        return asyncio.create_task(self._wave())

    async def _wave(self) -> None:
        async with asyncio.TaskGroup() as group:
            for floor, lane in enumerate(_LANES):
                group.create_task(self._lane(floor, lane))

    async def _lane(self, floor: int, names: tuple[str, ...]) -> None:
        for name in names:
            await self._site.play(name, floor)
