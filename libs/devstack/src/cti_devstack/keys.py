"""The local issuer of the demo: a key pair, tokens signed with it, and passwords."""

import base64
import json
import os
import secrets
import time
from collections.abc import Iterable
from pathlib import Path

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from cti_devstack.process import StartFailed

ISSUER = "trunkline-demo"
AUDIENCE = "trunkline"
TOKEN_HOURS = 12


def secret_key(folder: Path, name: str = "secrets") -> Path:
    """A file with a key of 32 bytes in base64, made when it is not there; `secrets`: what the directory seals with."""
    path = folder / f"{name}.key"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        _write(path, base64.b64encode(os.urandom(32)))
    return path


def connector_keys(folder: Path, pbx: str) -> Path:
    """A file with the key of a PBX's connector, as the directory reads it."""
    path = folder / "connectors"
    _write(path, f"{pbx} ".encode() + secret_key(folder, pbx).read_bytes() + b"\n")
    return path


def _write(path: Path, data: bytes) -> None:
    """For nobody else's eyes."""
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(data)


class Passwords:
    """Made-up passwords of the demo's users, in `folder`, made when they are not there. push gets `users_file`."""

    def __init__(self, folder: Path, users: Iterable[str]) -> None:
        self.users_file = folder / "users.toml"
        self._plain_file = folder / "passwords.json"
        wanted = list(users)
        if not (self.users_file.exists() and self._plain_file.exists() and set(wanted) <= self._plain().keys()):
            self._make(folder, wanted)

    def of(self, user: str) -> str:
        """A user's password."""
        return self._plain()[user]

    def _plain(self) -> dict[str, str]:
        found: dict[str, str] = json.loads(self._plain_file.read_text(encoding="utf-8"))
        return found

    def _make(self, folder: Path, users: Iterable[str]) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        plain = {user: secrets.token_urlsafe(6) for user in users}
        tables = [f"[users.{user}]\npassword = '{_hashed(password)}'\n" for user, password in plain.items()]
        for path, text in ((self._plain_file, json.dumps(plain)), (self.users_file, "\n".join(tables))):
            with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
                file.write(text)


def _hashed(password: str) -> str:
    kdf = Argon2id(salt=os.urandom(16), length=32, iterations=2, lanes=1, memory_cost=19 * 1024)
    return kdf.derive_phc_encoded(password.encode())


class Issuer:
    """Signs tokens with the key in `folder`, which is made when it is not there. Services get `public_key`."""

    def __init__(self, folder: Path) -> None:
        self.private_key = folder / "issuer.key"
        self.public_key = folder / "issuer.pub"
        if not (self.private_key.exists() and self.public_key.exists()):
            self._make(folder)

    def token(self, user: str, tenant: str, roles: tuple[str, ...] = ("operator",)) -> str:
        """A token for a user, good for a working day. Raises `StartFailed` when the file holds no key."""
        now = int(time.time())
        claims = {
            "iss": ISSUER,
            "aud": AUDIENCE,
            "sub": user,
            "tenant": tenant,
            "roles": list(roles),
            "iat": now,
            "exp": now + TOKEN_HOURS * 3600,
        }
        try:
            key = load_pem_private_key(self.private_key.read_bytes(), None)
        except (ValueError, TypeError):  # a TypeError: it wants a password
            key = None
        if not isinstance(key, Ed25519PrivateKey):
            raise StartFailed(f"{self.private_key} holds no Ed25519 key in PEM: remove it, and another is made")
        return jwt.encode(claims, key, algorithm="EdDSA")

    def _make(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        key = Ed25519PrivateKey.generate()
        private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        with os.fdopen(os.open(self.private_key, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(private)
        self.public_key.write_bytes(key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
