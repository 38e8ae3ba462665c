"""Secrets of PBX accounts, encrypted at rest: AES-256-GCM, bound to the row they belong to.

NoKey      no key is configured, so no secret can be kept
BadSecret  a stored secret does not open: its key is gone, or it was moved or changed
"""

import base64
import binascii
import hashlib
import os
from collections.abc import Sequence

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_KEY_BYTES = 32
_ID_BYTES = 4
_NONCE_BYTES = 12


class NoKey(Exception):
    """No key is configured. The text says where to set one."""


class BadSecret(Exception):
    """A stored secret does not open. The text holds nothing of it."""


class Vault:
    """Seals with the first key, opens with any: so keys are rotated.

    Put the new key first, restart, run `python -m directory rotate`, then remove the old one.
    """

    def __init__(self, keys: Sequence[str]) -> None:
        """`keys`: 32 random bytes each, in base64 (`openssl rand -base64 32`). Raises `ValueError`."""
        self._keys = {_id(key): AESGCM(key) for key in map(_key, keys)}

    def __repr__(self) -> str:
        return f"Vault({len(self._keys)} keys)"

    @property
    def usable(self) -> bool:
        """Whether there is a key."""
        return bool(self._keys)

    def seal(self, secret: str, owner: str) -> bytes:
        """Encrypt for one owner; raises `NoKey`."""
        if not self._keys:
            raise NoKey("no key for secrets is set: secret_keys or secret_key_file of the directory")
        key_id, key = next(iter(self._keys.items()))
        nonce = os.urandom(_NONCE_BYTES)
        return key_id + nonce + key.encrypt(nonce, secret.encode(), owner.encode())

    def open(self, sealed: bytes, owner: str) -> str:
        """Decrypt what was sealed for this owner; raises `BadSecret`."""
        key = self._keys.get(sealed[:_ID_BYTES])
        if key is None:
            raise BadSecret("sealed with a key that is not configured any more")
        nonce, body = sealed[_ID_BYTES : _ID_BYTES + _NONCE_BYTES], sealed[_ID_BYTES + _NONCE_BYTES :]
        try:
            return key.decrypt(nonce, body, owner.encode()).decode()
        except (InvalidTag, ValueError) as error:
            raise BadSecret("changed after it was sealed, or sealed for another owner") from error

    def is_newest(self, sealed: bytes) -> bool:
        """Whether it was sealed with the first key."""
        return sealed[:_ID_BYTES] == next(iter(self._keys), None)


def _key(text: str) -> bytes:
    try:
        key = base64.b64decode(text.strip(), validate=True)
    except binascii.Error as error:
        raise ValueError("a key is not base64") from error
    if len(key) != _KEY_BYTES:
        raise ValueError(f"a key has {len(key)} bytes in place of {_KEY_BYTES}: openssl rand -base64 32")
    return key


def _id(key: bytes) -> bytes:
    return hashlib.sha256(b"trunkline directory key" + key).digest()[:_ID_BYTES]
