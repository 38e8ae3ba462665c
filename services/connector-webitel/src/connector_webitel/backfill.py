"""Calls that ended while an operator's link was away, asked of Webitel's REST. The new generation alone."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import structlog
from cti_bus import NoAnswer
from cti_connector.backoff import backoff
from cti_connector.link import now
from cti_connector.telemetry import Refused
from cti_model.events import CallEvent

from connector_webitel.new.history import Gap, missed
from connector_webitel.new.state import State
from connector_webitel.rest import Rest, RestRefused

_log = structlog.get_logger(__name__)
_TRIES: Final = 4  # where it is not over by itself
_LONGEST_S: Final = 30.0  # between two tries
_AT_ONCE: Final = 4
_GIVES_UP_S: Final = 300.0  # so long at most a call stays alive because it is asked about
_SETTLES_S: Final = 3.0  # a call moves to the history about a second after its end

Told = Callable[[dict[str, Any]], Awaitable[bool]]
"""Whether the stream has a call of the history already. Raises `NoAnswer`."""


class Backfill:
    """Asks about gaps, and tells what ended in them. `missed` may be called at any time.

    `most`: of a longer gap only the last part is asked about. What the picture knows to have ended, or a former leader
    told (`told`), is not told again. When many links come back at once, a few are asked about at a time, and none while
    Webitel wants not to be asked; what is not answered in `gives_up_s` is given up. `refused`: hears of each refusal.
    """

    def __init__(
        self,
        rest: Rest,
        state: State,
        told: Told,
        *,
        most: timedelta,
        settles_s: float = _SETTLES_S,
        gives_up_s: float = _GIVES_UP_S,
        first_wait_s: float = 1.0,
        clock: Callable[[], datetime] = now,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        refused: Refused = lambda _: None,
    ) -> None:
        self._rest = rest
        self._state = state
        self._told = told
        self._turns = asyncio.Semaphore(_AT_ONCE)
        self._most = most
        self._settles_s = settles_s
        self._gives_up_s = gives_up_s
        self._first_wait_s = first_wait_s
        self._clock = clock
        self._sleep = sleep
        self._refused = refused
        self._not_before = datetime.min.replace(tzinfo=UTC)  # our clock
        self._gaps: asyncio.Queue[Gap] = asyncio.Queue()

    def missed(self, gap: Gap) -> None:
        """An operator's link was away."""
        self._gaps.put_nowait(gap)

    async def run(self, tell: Callable[[list[CallEvent]], None]) -> None:
        """Until cancelled; raises what `tell` raises."""
        async with self._rest, asyncio.TaskGroup() as group:
            while True:
                gap = await self._gaps.get()
                group.create_task(self._fill(gap, tell), name=f"missed calls of {gap.device}")

    async def _fill(self, gap: Gap, tell: Callable[[list[CallEvent]], None]) -> None:
        """Ask, and again when it is refused. Then a call that was known stays lost, as the next list will tell it."""
        settled = gap.until + timedelta(seconds=self._settles_s)
        await asyncio.sleep(max(0.0, (settled - self._clock()).total_seconds()))
        try:
            found = await self._asked(gap)
            if found is None:
                return
            events = missed(self._state, gap.device, found, gap.theirs(gap.until), self._clock())
            _log.info("missed calls read", device=gap.device, found=len(found), events=len(events))
            if events:
                tell(events)
        finally:
            self._state.answered(gap.device)

    async def _asked(self, gap: Gap) -> list[dict[str, Any]] | None:
        """What is in the history and was not told; None: it could not be read."""
        waits, left = backoff(self._first_wait_s, _LONGEST_S, random.Random()), _TRIES  # noqa: S311 - jitter is no secret
        try:
            async with asyncio.timeout(self._gives_up_s):
                while left:
                    try:
                        return await self._new_in(gap)
                    except (RestRefused, NoAnswer) as error:
                        left -= not self._passes(error, gap.device)
                    await self._sleep(next(waits))
        except TimeoutError:
            _log.warning("missed calls not read", device=gap.device, reason=f"no answer in {self._gives_up_s:g} s")
        return None

    def _passes(self, error: RestRefused | NoAnswer, device: str) -> bool:
        """Whether a refusal is one that is over by itself; until when is everybody's affair."""
        later = error.later if isinstance(error, RestRefused) else None
        more = {"wanted_wait_s": later.total_seconds()} if later is not None else {}
        _log.warning("missed calls not read", device=device, reason=str(error), **more)
        if later is not None:
            self._not_before = max(self._not_before, self._clock() + later)
        if isinstance(error, RestRefused):
            self._refused("history" if later is None else "history_later")
        return isinstance(error, RestRefused) and error.passing

    async def _new_in(self, gap: Gap) -> list[dict[str, Any]]:
        async with self._turns:
            while (wait := (self._not_before - self._clock()).total_seconds()) > 0:
                await self._sleep(wait)
            found = await self._rest.ended(gap, gap.theirs(max(gap.since, gap.until - self._most)))
            return [each for each in found if not await self._told(each)]
