"""What users sign in at a PBX with, asked of the directory: who asks is proved, and only they open the reply.

Both sides, without I/O. Connector and directory share a key for each PBX (32 bytes). A request carries a public key
made for it alone (X25519) and a proof over all of it (HMAC-SHA-256); the directory seals its reply (AES-256-GCM) by a
key from its own one-time key, the request's, and the shared one. So whoever reads NATS learns nothing, nor does who
learns the shared key later; whoever repeats a request gets what they cannot open; nobody else can forge a reply.

NotProven   the request is not of who has the PBX's key, or is not of now
NotSealed   the reply does not open
"""

import base64
import binascii
import hmac
from collections.abc import Sequence
from datetime import datetime
from typing import Final

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from msgspec import Struct
from msgspec.structs import replace

MOST_USERS: Final = 100
CLOCKS_APART_S: Final = 60.0
_KEY_BYTES: Final = 32
_NONCE: Final = bytes(12)  # each sealing key is used once


class NotProven(Exception):
    """Nobody who may ask has asked this now. The text says what is wrong, and holds nothing secret."""


class NotSealed(Exception):
    """A reply that is not the directory's to this request."""


class CredentialsRequest(Struct, frozen=True, omit_defaults=True, kw_only=True):
    """What do these users, `MOST_USERS` at most, sign in at this PBX with?"""

    pbx: str
    users: tuple[str, ...]
    at: datetime
    public_key: bytes
    proof: bytes = b""


class CredentialsReply(Struct, frozen=True, omit_defaults=True, kw_only=True):
    """`sealed` holds a `Credential` for each user who has one. With `error` nothing was answered."""

    public_key: bytes = b""
    sealed: bytes = b""
    error: str = ""


class Credential(Struct, frozen=True, kw_only=True):
    """What a user signs in with. `credential` is its version, as the bucket tells it. No text shows the secret."""

    user: str
    credential: str
    login: str
    secret: str

    def __repr__(self) -> str:
        return f"Credential(user={self.user!r}, credential={self.credential!r}, login={self.login!r})"


_decoder = msgspec.json.Decoder(tuple[Credential, ...])


class ConnectorKey:
    """The key that a PBX's connector and the directory share. Raises `ValueError` for a text that is none."""

    def __init__(self, text: str) -> None:
        try:
            key = base64.b64decode(text.strip(), validate=True)
        except binascii.Error as error:
            raise ValueError("a connector's key is not base64") from error
        if len(key) != _KEY_BYTES:
            raise ValueError(f"a connector's key has {len(key)} bytes in place of 32: openssl rand -base64 32")
        self._key = key

    def __repr__(self) -> str:
        return "ConnectorKey()"

    def proof(self, tenant: str, request: CredentialsRequest) -> bytes:
        """What proves a request of a tenant."""
        said = tenant.encode() + b"\n" + msgspec.json.encode(replace(request, proof=b""))
        return hmac.digest(self._derived(b"trunkline credentials request"), said, "sha256")

    def box(self, own: X25519PrivateKey, other: bytes, proof: bytes) -> AESGCM:
        """What seals and opens the one reply to the request of this proof. Raises `ValueError`."""
        agreed = own.exchange(X25519PublicKey.from_public_bytes(other))
        return AESGCM(_hkdf(agreed + self._key, b"trunkline credentials reply" + proof))

    def _derived(self, purpose: bytes) -> bytes:
        return _hkdf(self._key, purpose)


class Question:
    """One request, and what opens its reply."""

    def __init__(self, key: ConnectorKey, tenant: str, pbx: str, users: Sequence[str], at: datetime) -> None:
        self._key = key
        self._own = X25519PrivateKey.generate()
        unproven = CredentialsRequest(
            pbx=pbx, users=tuple(users), at=at, public_key=self._own.public_key().public_bytes_raw()
        )
        self.request = replace(unproven, proof=key.proof(tenant, unproven))

    def open(self, reply: CredentialsReply) -> tuple[Credential, ...]:
        """What the directory answered; raises `NotSealed`."""
        try:
            box = self._key.box(self._own, reply.public_key, self.request.proof)
            return _decoder.decode(box.decrypt(_NONCE, reply.sealed, None))
        except (InvalidTag, ValueError) as error:
            raise NotSealed("the reply does not open: another key, or not of the directory") from error


def check(key: ConnectorKey | None, tenant: str, request: CredentialsRequest, at: datetime) -> ConnectorKey:
    """The key, if the request is of who has it, and of now; raises `NotProven`."""
    if key is None:
        raise NotProven(f"no key is set for the PBX {request.pbx}: connector_keys of the directory")
    if not hmac.compare_digest(request.proof, key.proof(tenant, request)):
        raise NotProven(f"not asked with the key of the PBX {request.pbx}")
    apart = abs((at - request.at).total_seconds())
    if apart > CLOCKS_APART_S:
        raise NotProven(f"asked {apart:.0f} s apart from our clock: {CLOCKS_APART_S:.0f} s are allowed")
    if len(request.users) > MOST_USERS:
        raise NotProven(f"more than {MOST_USERS} users in one request")
    return key


def sealed(key: ConnectorKey, request: CredentialsRequest, credentials: Sequence[Credential]) -> CredentialsReply:
    """The reply to a request that was checked; raises `NotProven` when its public key is none."""
    own = X25519PrivateKey.generate()
    try:
        box = key.box(own, request.public_key, request.proof)
    except ValueError as error:
        raise NotProven("the public key of the request is none") from error
    body = box.encrypt(_NONCE, msgspec.json.encode(tuple(credentials)), None)
    return CredentialsReply(public_key=own.public_key().public_bytes_raw(), sealed=body)


def _hkdf(secret: bytes, info: bytes) -> bytes:
    return HKDF(hashes.SHA256(), _KEY_BYTES, None, info).derive(secret)
