"""Calls that ended while an operator's link was away, asked of Webitel's REST. The new generation alone.

RestRefused   Webitel did not give them; the text says why
"""

import asyncio
import random
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any, Final

import httpx
import msgspec
import structlog
from cti_bus import NoAnswer
from cti_connector.backoff import backoff
from cti_connector.link import now
from cti_model.events import CallEvent

from connector_webitel.new.history import Gap, missed
from connector_webitel.new.snapshot import items
from connector_webitel.new.state import State
from connector_webitel.new.wire import millis

_log = structlog.get_logger(__name__)
_PAGE: Final = 100
_MOST_PAGES: Final = 20
_TRIES: Final = 4  # where it is not over by itself
_LONGEST_S: Final = 30.0  # between two tries
_PASSING: Final = frozenset({HTTPStatus.TOO_MANY_REQUESTS, *(each for each in HTTPStatus if each >= 500)})
_AT_ONCE: Final = 4
_GIVES_UP_S: Final = 300.0  # so long at most a call stays alive because it is asked about
_SETTLES_S: Final = 3.0  # a call moves to the history about a second after its end

Told = Callable[[dict[str, Any]], Awaitable[bool]]
"""Whether the stream has a call of the history already. Raises `NoAnswer`."""


class RestRefused(Exception):
    """Webitel did not give the calls. `passing`: it will, later: it restarts, or has too much to do."""

    def __init__(self, text: str, *, passing: bool = False) -> None:
        super().__init__(text)
        self.passing = passing


class Rest:
    """The history of calls. `token`: of a service account; empty: each operator's own is used."""

    def __init__(self, client: httpx.AsyncClient, url: str, token: str = "") -> None:
        self._client = client
        self._url = url.rstrip("/")
        self._token = token

    async def __aenter__(self) -> "Rest":
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._client.aclose()

    async def ended(self, gap: Gap, since: datetime) -> list[dict[str, Any]]:
        """The user's calls that came into the history since then; raises `RestRefused`."""
        found: list[dict[str, Any]] = []
        for page in range(1, _MOST_PAGES + 1):
            asked = {"user_id": gap.user_id, "stored_at.from": millis(since), "page": str(page), "size": str(_PAGE)}
            answer = await self._get(asked, self._token or gap.token)
            found += items(answer)
            if not answer.get("next"):
                return found
        raise RestRefused(f"more than {_PAGE * _MOST_PAGES} calls of one user")

    async def _get(self, query: dict[str, str], token: str) -> dict[str, Any]:
        headers = {"X-Webitel-Access": token}
        try:
            answer = await self._client.get(f"{self._url}/calls/history", params=query, headers=headers)
            body = msgspec.json.decode(answer.content) if answer.is_success else None
        except (httpx.LocalProtocolError, UnicodeEncodeError):  # their texts quote the token
            raise RestRefused("the access token cannot stand in a header") from None
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise RestRefused(str(error) or type(error).__name__, passing=True) from error
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise RestRefused("no JSON") from error
        if not isinstance(body, dict):
            raise RestRefused(f"status {answer.status_code}", passing=answer.status_code in _PASSING)
        return body


class Backfill:
    """Asks about gaps, and tells what ended in them. `missed` may be called at any time.

    `most`: of a longer gap only the last part is asked about. What the picture knows to have ended, or a former leader
    told (`told`), is not told again. When many links come back at once, a few are asked about at a time; what is not
    answered in `gives_up_s` is given up.
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
            self._release(gap)

    async def _asked(self, gap: Gap) -> list[dict[str, Any]] | None:
        """What is in the history and was not told; None: it could not be read."""
        waits, left = backoff(self._first_wait_s, _LONGEST_S, random.Random()), _TRIES  # noqa: S311 - jitter is no secret
        try:
            async with asyncio.timeout(self._gives_up_s):
                while left:
                    try:
                        return await self._new_in(gap)
                    except (RestRefused, NoAnswer) as error:
                        _log.warning("missed calls not read", device=gap.device, reason=str(error))
                        left -= not (isinstance(error, RestRefused) and error.passing)
                    await asyncio.sleep(next(waits))
        except TimeoutError:
            _log.warning("missed calls not read", device=gap.device, reason=f"no answer in {self._gives_up_s:g} s")
        return None

    async def _new_in(self, gap: Gap) -> list[dict[str, Any]]:
        async with self._turns:
            found = await self._rest.ended(gap, gap.theirs(max(gap.since, gap.until - self._most)))
            return [each for each in found if not await self._told(each)]

    def _release(self, gap: Gap) -> None:
        legs = self._state.legs
        own = {uid for uid in self._state.awaited if uid not in legs or legs[uid].device == gap.device}
        self._state.awaited -= own
