"""Signs people in, and signs their tokens."""

import asyncio
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import jwt
import structlog
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from cti_runtime.auth import Identity

from push.gateway.limits import Budgets
from push.login.passwords import Account, accounts, agrees, hashed

_log = structlog.get_logger(__name__)
_AT_ONCE: Final = 2
"""Each verification takes 19 MiB and a core: more at once would be a way to stop the service."""
_MINUTE_S: Final = 60.0


class Refused(Exception):
    """No such user, or not this password; which of them is nobody's business."""


class TooMany(Exception):
    """Too many attempts; `wait_s`: seconds until the next one."""

    def __init__(self, wait_s: float) -> None:
        super().__init__("too many attempts: wait a moment")
        self.wait_s = wait_s


@dataclass(frozen=True)
class Claims:
    """What stands in every token. `lifetime_s`: how long one lasts; `session_s`: how long it can be renewed."""

    issuer: str
    audience: str
    tenant: str
    lifetime_s: float
    session_s: float


def signing_key(file: Path) -> Ed25519PrivateKey:
    """The key in a file; raises `ValueError` when it cannot be read or is no such key."""
    try:
        key = load_pem_private_key(file.read_bytes(), None)
    except OSError as error:
        raise ValueError(f"cannot be read: {error.strerror}") from error
    except (ValueError, TypeError, UnsupportedAlgorithm):  # a TypeError: it wants a password
        key = None
    if not isinstance(key, Ed25519PrivateKey):
        raise ValueError("holds no Ed25519 private key in PEM (BEGIN PRIVATE KEY) without a password")
    return key


class PasswordIssuer:
    """Signs with an Ed25519 key. Attempts are limited for each user and for each address, a minute's worth at once."""

    def __init__(
        self, users_file: Path, key_file: Path, claims: Claims, *, user_attempts: int, address_attempts: int
    ) -> None:
        self._key = signing_key(key_file)
        self._users_file = users_file
        self._claims = claims
        self._of_users = Budgets(user_attempts / _MINUTE_S, user_attempts)
        self._of_addresses = Budgets(address_attempts / _MINUTE_S, address_attempts)
        self._working = asyncio.Semaphore(_AT_ONCE)
        self._nobody = hashed("nobody's password")
        accounts(users_file)  # a bad file is said at the start

    async def sign_in(self, user: str, password: str, address: str) -> str:
        """A token; raises `Refused`, `TooMany`, and `BadUsers` when the file is no good.

        The file is read each time, so a user can be added or taken out without a restart.
        """
        for budgets, name in ((self._of_addresses, address), (self._of_users, user)):
            if not budgets.take(name):
                _log.warning("too many sign-ins", name=name)
                raise TooMany(budgets.wait_s(name))
        account = accounts(self._users_file).get(user)
        async with self._working:
            # Also for who is not there: how long it takes does not tell who is.
            good = await asyncio.to_thread(agrees, password, account.password if account else self._nobody)
        if account is None or not good:
            _log.warning("sign-in refused", address=address)
            raise Refused
        return self._signed(user, account, time.time())

    def renewed(self, identity: Identity, began_at: float) -> str:
        """Another token for who has one that is good; raises `Refused`, `BadUsers`."""
        account = accounts(self._users_file).get(identity.user)
        if account is None or time.time() - began_at > self._claims.session_s:
            raise Refused
        return self._signed(identity.user, account, began_at)

    def _signed(self, user: str, account: Account, began_at: float) -> str:
        now = time.time()
        claims = {
            "iss": self._claims.issuer,
            "aud": self._claims.audience,
            "sub": user,
            "tenant": self._claims.tenant,
            "roles": [role.value for role in account.roles],
            "iat": int(now),
            "auth_time": int(began_at),
            "exp": int(now + self._claims.lifetime_s),
        }
        return jwt.encode(claims, self._key, algorithm="EdDSA")
