"""Another system that knows people by their numbers, asked over HTTP: number in, candidates out.

It is asked with `GET` and answers `{"candidates": [{"id": "…", "name": "…", "kind": "contact", "detail": "…",
"photo_url": "…"}]}`, or 404 for nobody. A telephone rings meanwhile, so it never fails and never takes long: what does
not answer in time is nobody, and after several failures in a row the other system is left alone for a while.
"""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Annotated
from urllib.parse import quote

import httpx
import msgspec
import structlog
from cti_model.directory import Candidate, Match, SubscriberKind, photo_url
from msgspec import Meta, Struct

from directory.numbers import Number
from directory.telemetry import Metrics

_log = structlog.get_logger(__name__)
_MOST_BYTES = 256 * 1024
_MOST_CANDIDATES = 20


class _Person(Struct, kw_only=True):
    id: str
    name: str
    kind: SubscriberKind = SubscriberKind.CONTACT
    detail: str = ""
    photo_url: object = None


class _Answer(Struct, kw_only=True):
    candidates: Annotated[tuple[_Person, ...], Meta(max_length=_MOST_CANDIDATES)] = ()


class Breaker:
    """Says whether to try. After `failures` in a row: no, for `pause_s`; then one may try, and decides."""

    def __init__(self, failures: int, pause_s: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._limit = failures
        self._pause_s = pause_s
        self._clock = clock
        self._failures = 0
        self._closed_until = 0.0

    def allows(self) -> bool:
        """Whether to try now; the one who is allowed to after a pause is the only one until it has ended."""
        if self._failures < self._limit:
            return True
        if self._clock() < self._closed_until:
            return False
        self._closed_until = self._clock() + self._pause_s
        return True

    def succeeded(self) -> None:
        """The try went well."""
        self._failures = 0

    def failed(self) -> bool:
        """It did not; returns whether the pause begins with this."""
        self._failures += 1
        self._closed_until = self._clock() + self._pause_s
        return self._failures == self._limit


class Cache:
    """Answers by question, good for `ttl_s`, the least recently used of more than `most` forgotten."""

    def __init__(self, ttl_s: float, most: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._ttl_s = ttl_s
        self._most = most
        self._clock = clock
        self._kept: OrderedDict[tuple[str, str], tuple[float, tuple[Candidate, ...]]] = OrderedDict()

    def get(self, key: tuple[str, str]) -> tuple[Candidate, ...] | None:
        """The answer, unless there is none or it is too old."""
        found = self._kept.get(key)
        if found is None or found[0] <= self._clock():
            return None
        self._kept.move_to_end(key)
        return found[1]

    def put(self, key: tuple[str, str], answer: tuple[Candidate, ...]) -> None:
        """Remember an answer."""
        self._kept[key] = self._clock() + self._ttl_s, answer
        self._kept.move_to_end(key)
        if len(self._kept) > self._most:
            self._kept.popitem(last=False)


class External:
    """The other system. `url` holds `{number}` and perhaps `{tenant}`; `client` carries the token."""

    def __init__(
        self,
        client: httpx.AsyncClient,
        url: str,
        name: str,
        metrics: Metrics,
        *,
        timeout_s: float,
        cache: Cache,
        breaker: Breaker,
    ) -> None:
        self._client = client
        self._url = url
        self._name = name
        self._metrics = metrics
        self._timeout_s = timeout_s
        self._cache = cache
        self._breaker = breaker

    async def candidates(self, tenant: str, number: Number) -> tuple[Candidate, ...]:
        """Who it says has this number; nobody when it does not say in time. Never raises."""
        asked = number.e164 or number.digits
        known = self._cache.get((tenant, asked))
        if known is not None:
            self._metrics.external.add(1, {"outcome": "cached"})
            return known
        if not self._breaker.allows():
            self._metrics.external.add(1, {"outcome": "paused"})
            return ()
        try:
            async with asyncio.timeout(self._timeout_s):
                people = await self._ask(tenant, asked)
        except (httpx.HTTPError, msgspec.MsgspecError, TimeoutError, ValueError, RecursionError) as error:
            self._metrics.external.add(1, {"outcome": "failed"})
            if self._breaker.failed():
                _log.warning("external directory left alone", source=self._name, error=type(error).__name__)
            return ()
        self._breaker.succeeded()
        self._metrics.external.add(1, {"outcome": "answered"})
        found = tuple(self._candidate(each, asked, number) for each in people)
        self._cache.put((tenant, asked), found)
        return found

    async def _ask(self, tenant: str, asked: str) -> tuple[_Person, ...]:
        url = self._url.replace("{number}", quote(asked, safe="")).replace("{tenant}", quote(tenant, safe=""))
        async with self._client.stream("GET", url) as answer:
            if answer.status_code == httpx.codes.NOT_FOUND:
                return ()
            if answer.status_code != httpx.codes.OK:
                raise ValueError(f"status {answer.status_code}")
            body = b""
            async for chunk in answer.aiter_bytes():
                body += chunk
                if len(body) > _MOST_BYTES:
                    raise ValueError(f"more than {_MOST_BYTES} bytes")
        return msgspec.json.decode(body, type=_Answer).candidates

    def _candidate(self, each: _Person, asked: str, number: Number) -> Candidate:
        return Candidate(
            id=each.id,
            kind=each.kind,
            name=each.name,
            number=asked,
            match=Match.E164 if number.e164 else Match.DIGITS,
            matched_digits=len(number.digits),
            detail=each.detail,
            source=self._name,
            # Another system's mistake costs the photo, not the name.
            photo_url=photo_url(each.photo_url if isinstance(each.photo_url, str) else None),
        )
