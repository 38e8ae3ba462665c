"""Who is asking: verification of JSON Web Tokens.

Unauthorized      no token, a bad one, or one that is over; the text is safe to show
KeysUnavailable   nobody can tell: the issuer's keys cannot be had now
"""

from dataclasses import dataclass
from typing import Any

import jwt
from cryptography.hazmat.primitives.serialization import load_pem_public_key


class Unauthorized(Exception):
    """The token does not prove anything. The text says why and holds nothing of the token."""


class KeysUnavailable(Exception):
    """The issuer's keys cannot be fetched, so the token can't be judged. The text says why."""


SIGNATURES = frozenset(
    {"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"},
)
"""Algorithms whose public key can't sign: only these may be in the settings, so neither `none` nor an HMAC passes."""


@dataclass(frozen=True)
class Identity:
    """Whom a token speaks for. `expires_at`: epoch second at which that ends. `grants`: what an integrator may.

    `team`: whose calls a supervisor sees; None: everybody's.
    """

    user: str
    tenant: str
    roles: frozenset[str]
    expires_at: float
    grants: frozenset[str] = frozenset()
    team: frozenset[str] | None = None

    @property
    def sees_everyone(self) -> bool:
        """Whether all calls of the tenant are theirs to see: not an operator's, nor the supervisor's of a team."""
        return bool(self.roles & {"integrator", "admin"}) or ("supervisor" in self.roles and self.team is None)


@dataclass(frozen=True)
class Rules:
    """What a token must be, whichever key it is verified with. Raises `ValueError` for an algorithm that is unsafe."""

    algorithms: tuple[str, ...]
    issuer: str
    audience: str

    def __post_init__(self) -> None:
        unsafe = set(self.algorithms) - SIGNATURES
        if unsafe or not self.algorithms:
            raise ValueError(f"signature algorithms must be of {', '.join(sorted(SIGNATURES))}")

    def identity(self, token: str, key: Any) -> Identity:
        """Whom the token speaks for, if this key verifies it; raises `Unauthorized`."""
        try:
            claims = jwt.decode(
                token,
                key,
                algorithms=list(self.algorithms),
                issuer=self.issuer,
                audience=self.audience,
                options={"require": ["exp", "aud", "iss", "sub"]},
            )
        except jwt.ExpiredSignatureError as error:
            raise Unauthorized("the token has expired") from error
        except (jwt.PyJWTError, ValueError, TypeError) as error:
            raise Unauthorized(f"the token is not valid: {type(error).__name__}") from error
        return _identity(claims)


class Verifier:
    """Verifies tokens with one public key (PEM; raises `ValueError` for one that is none).

    The algorithms are fixed by the rules and never taken from the token, so neither `none` nor an HMAC made with the
    public key passes. `exp`, `aud`, `iss`, `sub` and `tenant` must be there.
    """

    def __init__(self, public_key_pem: bytes, rules: Rules) -> None:
        self._key: Any = load_pem_public_key(public_key_pem)
        self._rules = rules

    def verify(self, token: str) -> Identity:
        """Whom the token speaks for; raises `Unauthorized`."""
        return self._rules.identity(token, self._key)


def bearer(authorization: str | None) -> str:
    """The token of an `Authorization: Bearer` header; raises `Unauthorized`."""
    scheme, _, token = (authorization or "").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise Unauthorized("a bearer token is needed")
    return token.strip()


def _identity(claims: dict[str, Any]) -> Identity:
    tenant, roles, grants = claims.get("tenant"), claims.get("roles", []), claims.get("grants", [])
    if not isinstance(tenant, str) or not tenant or not isinstance(roles, list) or not isinstance(grants, list):
        raise Unauthorized("the token names no tenant")
    team = claims.get("team")
    if not (team is None or isinstance(team, list)):
        raise Unauthorized("the token's team is no list of users")
    return Identity(
        user=str(claims["sub"]),
        tenant=tenant,
        roles=frozenset(map(str, roles)),
        expires_at=float(claims["exp"]),
        grants=frozenset(map(str, grants)),
        team=None if team is None else frozenset(map(str, team)),
    )
