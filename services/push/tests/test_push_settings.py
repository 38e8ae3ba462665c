"""Settings of push that other things are built from."""

from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    PublicFormat,
)
from push.settings import PushSettings
from pydantic import ValidationError

KEY = Ed25519PrivateKey.generate()


def sealed() -> bytes:
    return KEY.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"hunter2"))


def public() -> bytes:
    return KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


@pytest.mark.parametrize("setting", ["web_phone_sockets", "photo_origins"])
@pytest.mark.parametrize(
    "origin",
    [
        "wss://pbx.example:8089; script-src *",
        "wss://pbx.example *",
        "wss://pbx.example/ws",
        "wss://pbx.example\n",
        "ftp://pbx.example",
        "wss:",
        "*",
    ],
)
def test_only_an_origin_gets_into_the_policy_of_the_page(setting: str, origin: str) -> None:
    good = {"web_phone_sockets": ["wss://[::1]:8089"], "photo_origins": ["https://crm.example", "http://[::1]:8080"]}
    assert (
        getattr(PushSettings(jwks_url="https://id.example/keys", **{setting: good[setting]}), setting) == good[setting]
    )
    with pytest.raises(ValidationError, match=setting):
        PushSettings(jwks_url="https://id.example/keys", **{setting: [origin]})


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (None, "cannot be read: No such file or directory"),
        (b"hunter2", "holds no Ed25519 private key in PEM"),
        (sealed(), "without a password"),
        (
            KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo),
            "holds no Ed25519 private key",
        ),
    ],
)
def test_a_key_that_cannot_sign_is_found_before_the_start(content: bytes | None, why: str, tmp_path: Path) -> None:
    file = tmp_path / "issuer.key"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(ValidationError, match=why):
        PushSettings(jwks_url="https://id.example/keys", login_users_file=tmp_path / "users", login_key_file=file)
