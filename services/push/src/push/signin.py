"""How tokens are verified here, with one key or with those of an issuer that changes them, and who issues ours."""

import httpx
from cti_runtime.auth import Identity, Rules, Verifier
from cti_runtime.jwks import MOST_BYTES, JwksVerifier, KeySet

from push.gateway.shared import Verify
from push.login.issuer import Claims, PasswordIssuer
from push.settings import PushSettings


def verification(settings: PushSettings, client: httpx.AsyncClient) -> Verify:
    """The verification that the settings ask for; raises `OSError` or `ValueError` when they cannot be followed."""
    if settings.jwt_key_file is not None:
        fixed = Verifier.from_file(
            settings.jwt_key_file,
            algorithms=settings.jwt_algorithms,
            issuer=settings.jwt_issuer,
            audience=settings.jwt_audience,
        )

        async def verify(token: str) -> Identity:
            return fixed.verify(token)

        return verify
    rules = Rules(settings.jwt_algorithms, settings.jwt_issuer, settings.jwt_audience)
    url = settings.jwks_url or ""

    async def fetch() -> bytes:
        body = b""
        async with client.stream("GET", url, timeout=settings.jwks_timeout_s) as answer:
            answer.raise_for_status()
            async for portion in answer.aiter_bytes():
                body += portion
                if len(body) > MOST_BYTES:
                    raise ValueError("the key set is too large")
        return body

    keys = KeySet(fetch, max_age_s=settings.jwks_max_age_s, pause_s=settings.jwks_pause_s)
    return JwksVerifier(keys, rules).verify


def password_issuer(settings: PushSettings) -> PasswordIssuer | None:
    """Our own issuer, where there is to be one; raises `OSError`, `ValueError` or `BadUsers` when it cannot be."""
    if settings.login_users_file is None or settings.login_key_file is None:
        return None
    return PasswordIssuer(
        settings.login_users_file,
        settings.login_key_file,
        Claims(
            settings.jwt_issuer,
            settings.jwt_audience,
            settings.tenant,
            settings.login_token_s,
            settings.login_session_s,
        ),
        user_attempts=settings.login_user_attempts,
        address_attempts=settings.login_address_attempts,
    )
