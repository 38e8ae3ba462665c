"""Passwords as Argon2id hashes (PHC strings), and the file of those who may sign in.

BadUsers   the file cannot be read or is not what it must be; the text names the file
"""

import os
import tomllib
from pathlib import Path
from typing import Annotated, Final

import msgspec
from cryptography.exceptions import InvalidKey
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
from cti_model import subjects
from cti_model.directory import Role
from msgspec import Meta, Struct

# OWASP's choice of parameters: 19 MiB and two passes take about 50 ms, which a person does not notice.
_MEMORY_KIB: Final = 19 * 1024
_PASSES: Final = 2
_SALT_BYTES: Final = 16
_HASH_BYTES: Final = 32


class BadUsers(Exception):
    """The file of users is no good."""


class Account(Struct, frozen=True, forbid_unknown_fields=True):
    """Who may sign in. `password` is its hash; `python -m push password` makes one."""

    password: Annotated[str, Meta(pattern=r"^\$argon2id\$")]
    roles: tuple[Role, ...] = (Role.OPERATOR,)


class _File(Struct, frozen=True, forbid_unknown_fields=True):
    users: dict[str, Account]


def hashed(password: str) -> str:
    """A password's hash, another one each time."""
    kdf = Argon2id(
        salt=os.urandom(_SALT_BYTES), length=_HASH_BYTES, iterations=_PASSES, lanes=1, memory_cost=_MEMORY_KIB
    )
    return kdf.derive_phc_encoded(password.encode())


def agrees(password: str, stored: str) -> bool:
    """Whether a password is the one whose hash is stored. Slow by intention: call it in a thread."""
    try:
        Argon2id.verify_phc_encoded(password.encode("utf-8", "surrogatepass"), stored)
    except InvalidKey:
        return False
    return True


def accounts(path: Path) -> dict[str, Account]:
    """Those who may sign in, by user id; raises `BadUsers`."""
    try:
        found = msgspec.convert(tomllib.loads(path.read_text(encoding="utf-8")), _File).users
        for user in found:
            subjects.token(user)
    except (OSError, ValueError) as error:  # TOML, validation and bad tokens are all ValueErrors
        raise BadUsers(f"{path}: {error}") from error
    return found
