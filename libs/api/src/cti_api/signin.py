"""Who is asking: how a service verifies tokens, with one key or with those of an issuer that changes them."""

from collections.abc import Awaitable, Callable

import httpx
from cti_runtime.auth import Identity, Rules, Verifier, bearer
from cti_runtime.jwks import MOST_BYTES, Fetch, JwksVerifier, KeySet

from cti_api.settings import ApiSettings, TokenSettings

Verify = Callable[[str], Awaitable[Identity]]
"""Whom a token speaks for; raises `cti_runtime.auth.Unauthorized`, and `KeysUnavailable` when nobody can tell."""

Identify = Callable[[str | None], Awaitable[Identity]]
"""The same for an `Authorization` header."""


def verification(settings: TokenSettings, client: httpx.AsyncClient) -> Verify:
    """The verification that the settings ask for; raises `OSError` or `ValueError` when they cannot be followed."""
    rules = Rules(settings.jwt_algorithms, settings.jwt_issuer, settings.jwt_audience)
    if settings.jwt_key_file is not None:
        return by_key(Verifier(settings.jwt_key_file.read_bytes(), rules))
    keys = KeySet(
        _from(settings.jwks_url or "", client, settings.jwks_timeout_s),
        max_age_s=settings.jwks_max_age_s,
        pause_s=settings.jwks_pause_s,
    )
    return JwksVerifier(keys, rules).verify


def by_key(verifier: Verifier) -> Verify:
    """Verification with one key."""

    async def verify(token: str) -> Identity:
        return verifier.verify(token)

    return verify


def identification(settings: ApiSettings, client: httpx.AsyncClient) -> Identify:
    """Who asks the API; with `auth` off everybody is an administrator. Raises as `verification` does."""
    if not settings.needs_token:
        everybody = Identity("anybody", settings.tenant, frozenset({"admin"}), float("inf"))

        async def anybody(_: str | None) -> Identity:
            return everybody

        return anybody
    return by_token(verification(settings, client))


def by_token(verify: Verify) -> Identify:
    """Who asks, by the bearer token of the header; one without is nobody's (`Unauthorized`)."""

    async def identify(authorization: str | None) -> Identity:
        return await verify(bearer(authorization))

    return identify


def _from(url: str, client: httpx.AsyncClient, timeout_s: float) -> Fetch:
    async def fetch() -> bytes:
        body = b""
        async with client.stream("GET", url, timeout=timeout_s) as answer:
            answer.raise_for_status()
            async for portion in answer.aiter_bytes():
                body += portion
                if len(body) > MOST_BYTES:
                    raise ValueError("the key set is too large")
        return body

    return fetch
