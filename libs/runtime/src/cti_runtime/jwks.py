"""The keys of an OpenID Connect issuer (JSON Web Key Set, RFC 7517), as they change."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Final

import jwt
import structlog

from cti_runtime.auth import Identity, KeysUnavailable, Rules, Unauthorized

_log = structlog.get_logger(__name__)
MOST_BYTES: Final = 256 * 1024
"""A key set above this is none: the largest honest one has a few KiB."""

Fetch = Callable[[], Awaitable[bytes]]
"""Gets the key set's JSON; may raise anything."""


class KeySet:
    """Public keys by `kid`.

    They are fetched when a key is asked for that is not among them (the issuer has a new one), or when they are older
    than `max_age_s` (the issuer took one back); at most once in `pause_s`, whatever clients send. When that fails the
    keys that are known still count.
    """

    def __init__(
        self,
        fetch: Fetch,
        *,
        max_age_s: float = 3600.0,
        pause_s: float = 10.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._fetch = fetch
        self._max_age_s = max_age_s
        self._pause_s = pause_s
        self._clock = clock
        self._keys: dict[str, jwt.PyJWK] = {}
        self._fetched_at = float("-inf")
        self._tried_at = float("-inf")
        self._fetching = asyncio.Lock()

    async def key(self, kid: str) -> jwt.PyJWK:
        """The key of this id (of the only key, when a token names none).

        Raises `Unauthorized` when the issuer has no such key, `KeysUnavailable` when it can't be asked.
        """
        if self._find(kid) is None or self._clock() - self._fetched_at > self._max_age_s:
            await self._refresh(kid)
        found = self._find(kid)
        if found is not None:
            return found
        if self._fetched_at == float("-inf"):
            raise KeysUnavailable("the issuer's keys cannot be fetched")
        raise Unauthorized("the token is signed with a key that its issuer does not have")

    def _find(self, kid: str) -> jwt.PyJWK | None:
        if not kid and len(self._keys) == 1:
            return next(iter(self._keys.values()))
        return self._keys.get(kid)

    async def _refresh(self, kid: str) -> None:
        """Fetch, unless somebody just did."""
        asked_at = self._clock()
        async with self._fetching:
            fetched_meanwhile = self._tried_at >= asked_at
            if fetched_meanwhile or self._clock() - self._tried_at < self._pause_s:
                return
            self._tried_at = self._clock()
            try:
                self._keys = _keys_in(await self._fetch())
                self._fetched_at = self._clock()
            except Exception as error:  # whatever goes wrong at somebody else's server: the known keys count
                _log.warning("the issuer's keys were not fetched", error=f"{type(error).__name__}: {error}")


class JwksVerifier:
    """Verifies tokens with the keys of an issuer."""

    def __init__(self, keys: KeySet, rules: Rules) -> None:
        self._keys = keys
        self._rules = rules

    async def verify(self, token: str) -> Identity:
        """Whom the token speaks for; raises `Unauthorized`, `KeysUnavailable`."""
        try:
            header = jwt.get_unverified_header(token)
        except jwt.PyJWTError as error:
            raise Unauthorized(f"the token is not valid: {type(error).__name__}") from error
        if header.get("alg") not in self._rules.algorithms:
            raise Unauthorized("the token is signed in a way that is not accepted here")
        key = await self._keys.key(str(header.get("kid", "")))
        return self._rules.identity(token, key)


def _keys_in(body: bytes) -> dict[str, jwt.PyJWK]:
    """The public keys for signatures; those of other kinds, and secrets that have no place there, are left out."""
    if len(body) > MOST_BYTES:
        raise ValueError(f"a key set of {len(body)} bytes")
    found = jwt.PyJWKSet.from_json(body.decode()).keys
    return {
        str(key.key_id or ""): key
        for key in found
        if key.key_type in ("RSA", "EC", "OKP") and key.public_key_use in (None, "sig")
    }
