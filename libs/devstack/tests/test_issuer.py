"""The demo's issuer from the command line: keys for the services, tokens and links for people."""

import subprocess
import sys
from pathlib import Path

import pytest
from cti_devstack.keys import AUDIENCE, ISSUER
from cti_runtime.auth import Rules, Unauthorized, Verifier


def trunkline(*arguments: str) -> str:
    code = "from cti_devstack.cli import main; main()"
    return subprocess.run(
        [sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=True
    ).stdout.strip()


def verifier(key: Path) -> Verifier:
    return Verifier(key.read_bytes(), Rules(("EdDSA",), ISSUER, AUDIENCE))


def test_services_get_the_public_key_and_verify_with_it(tmp_path: Path):
    state, public = tmp_path / "state", tmp_path / "public.pem"
    make = ("keys", "--state", str(state), "--copy-public", str(public))
    assert trunkline(*make) == str(public)
    assert "PRIVATE" not in public.read_text()
    token = trunkline("token", "101", "--tenant", "acme", "--role", "supervisor", "--state", str(state))
    trunkline(*make)  # a second time changes nothing
    who = verifier(public).verify(token)
    assert (who.user, who.tenant, who.roles) == ("101", "acme", frozenset({"supervisor"}))


def test_the_link_leads_to_the_panel_and_carries_the_token(tmp_path: Path):
    link = trunkline("token", "102", "--link", "http://panel:2013", "--state", str(tmp_path))
    address, token = link.split("/#token=")
    assert address == "http://panel:2013"
    assert verifier(tmp_path / "keys" / "issuer.pub").verify(token).user == "102"


def test_another_issuers_token_is_refused(tmp_path: Path):
    ours, theirs = tmp_path / "a", tmp_path / "b"
    trunkline("keys", "--state", str(ours))
    token = trunkline("token", "101", "--state", str(theirs))
    with pytest.raises(Unauthorized):
        verifier(ours / "keys" / "issuer.pub").verify(token)
