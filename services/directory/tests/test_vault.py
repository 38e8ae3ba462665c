"""Secrets at rest."""

import base64
import os

import pytest
from directory.vault import BadSecret, NoKey, Vault

OLD, NEW = (base64.b64encode(os.urandom(32)).decode() for _ in range(2))


def test_sealed_and_opened_by_its_owner_alone():
    vault = Vault([OLD])
    sealed = vault.seal("pässword", "acme/anna")
    assert b"ssword" not in sealed
    assert sealed != vault.seal("pässword", "acme/anna")
    assert vault.open(sealed, "acme/anna") == "pässword"
    with pytest.raises(BadSecret):
        vault.open(sealed, "acme/boris")
    with pytest.raises(BadSecret):
        vault.open(sealed[:-1] + bytes([sealed[-1] ^ 1]), "acme/anna")


def test_keys_are_rotated():
    sealed = Vault([OLD]).seal("s", "o")
    both = Vault([NEW, OLD])
    assert both.open(sealed, "o") == "s"
    assert not both.is_newest(sealed)
    anew = both.seal("s", "o")
    assert both.is_newest(anew)
    assert Vault([NEW]).open(anew, "o") == "s"
    with pytest.raises(BadSecret, match="not configured"):
        Vault([NEW]).open(sealed, "o")


def test_keys_that_are_none():
    with pytest.raises(NoKey):
        Vault([]).seal("s", "o")
    for bad in ("short", "%%%", base64.b64encode(b"x" * 31).decode()):
        with pytest.raises(ValueError, match="key"):
            Vault([bad])
    assert OLD not in repr(Vault([OLD]))
