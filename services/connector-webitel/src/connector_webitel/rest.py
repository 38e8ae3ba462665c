"""Webitel's REST, as far as it is read: the history of calls. The new generation alone.

RestRefused   Webitel did not give them; the text says why
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Final

import httpx

from connector_webitel.new.history import Gap
from connector_webitel.new.snapshot import items
from connector_webitel.new.wire import Fields, decoded, fields, millis, text

_PAGE: Final = 100
_MOST_PAGES: Final = 20
_LATER: Final = timedelta(days=1)  # until when calls may come into the history: the engine wants to know an end
_FIELDS: Final = (
    *("id", "app_id", "parent_id", "user", "direction", "destination", "from", "to", "variables", "queue", "files"),
    *("created_at", "answered_at", "bridged_at", "hangup_at", "hold", "bridged_id", "cause", "hangup_by"),
    *("transfer_from", "transfer_to"),
)
"""What is read: not all of it comes unasked, and what an engine does not know it leaves out."""
_PASSING: Final = frozenset({HTTPStatus.TOO_MANY_REQUESTS, *(each for each in HTTPStatus if each >= 500)})
_SAYS_WHEN: Final = (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE)
_MOST: Final = timedelta(minutes=2)  # a call that is asked about stays alive meanwhile


class RestRefused(Exception):
    """Webitel did not give the calls. `passing`: it will, later: it restarts, or has too much to do.

    `later`: how long it wants not to be asked, where it says so (`Retry-After`), two minutes at most.
    """

    def __init__(self, text: str, *, passing: bool = False, later: timedelta | None = None) -> None:
        super().__init__(text)
        self.passing = passing
        self.later = later


def question(gap: Gap, since: datetime, page: int = 1) -> dict[str, Sequence[str]]:
    """The query for the user's calls that came into the history since then. Its two ends count only together."""
    until = gap.theirs(gap.until) + _LATER
    asked = {"user_id": gap.user_id, "stored_at.from": millis(since), "stored_at.to": millis(until)}
    asked |= {"page": str(page), "size": str(_PAGE)}
    return {**{name: (value,) for name, value in asked.items()}, "fields": _FIELDS}


def own(answer: Fields, gap: Gap) -> list[Fields]:
    """The user's own legs in an answer: with them come those of others that they were called by, or talked with."""
    return [each for each in items(answer) if text(fields(each, "user"), "id") == gap.user_id]


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

    async def ended(self, gap: Gap, since: datetime) -> list[Fields]:
        """The user's calls that came into the history since then; raises `RestRefused`."""
        found: list[Fields] = []
        for page in range(1, _MOST_PAGES + 1):
            answer = await self._get(question(gap, since, page), self._token or gap.token)
            found += own(answer, gap)
            if not answer.get("next"):
                return found
        raise RestRefused(f"more than {_PAGE * _MOST_PAGES} calls of one user")

    async def _get(self, query: Mapping[str, Sequence[str]], token: str) -> Fields:
        headers = {"X-Webitel-Access": token}
        try:
            answer = await self._client.get(f"{self._url}/calls/history", params=query, headers=headers)
            body = decoded(answer.content) if answer.is_success else None
        except (httpx.LocalProtocolError, UnicodeEncodeError):  # their texts quote the token
            raise RestRefused("the access token cannot stand in a header") from None
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise RestRefused(str(error) or type(error).__name__, passing=True) from error
        if body is None:
            status = answer.status_code
            later = wanted_wait(answer.headers.get("Retry-After", ""), answer.headers.get("Date", ""))
            passing, says_when = status in _PASSING, status in _SAYS_WHEN
            why = "no JSON" if answer.is_success else f"status {status}"
            raise RestRefused(why, passing=passing, later=later if says_when else None)
        return body


def wanted_wait(said: str, date: str) -> timedelta | None:
    """What `Retry-After` asks for, in seconds or as an instant by the server's own clock (`Date`); None: nothing."""
    if said.isascii() and said.isdigit():
        return min(_MOST, timedelta(seconds=int(said[:9])))
    try:
        wanted, there = (parsedate_to_datetime(each) for each in (said, date))
    except ValueError:
        return None
    apart = _aware(wanted) - _aware(there)
    return min(_MOST, max(timedelta(), apart))


def _aware(at: datetime) -> datetime:
    return at if at.tzinfo is not None else at.replace(tzinfo=UTC)
