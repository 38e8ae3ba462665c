"""Settings that could not work are refused before anything starts, and say why."""

import base64

import pytest
from connector_webitel.settings import WebitelSettings
from pydantic import ValidationError

KEY = base64.b64encode(bytes(32)).decode()


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ({}, "credentials_key is needed"),
        ({"credentials_key": "short"}, "credentials_key"),
        ({"generation": "old", "credentials_key": KEY}, "domain is needed"),
        ({"generation": "old", "domain": "d.local", "account": "500@d.local"}, "account needs secret"),
        ({"account": "500@d.local", "secret": "s", "credentials_key": KEY}, "account needs secret, and generation"),
        (
            {"generation": "old", "domain": "d.local", "credentials_key": KEY, "token_key": "k"},
            "token_key needs account",
        ),
        ({"credentials_key": KEY, "rest_token_file": "/nowhere"}, "rest_token_file cannot be read"),
        ({"generation": "old", "domain": "d.local", "credentials_key": KEY, "extension_pattern": "("}, "regular"),
    ],
)
def test_what_cannot_work_is_refused(given, why):
    with pytest.raises(ValidationError, match=why):
        WebitelSettings(**given)


def test_what_can_work_is_taken():
    WebitelSettings(credentials_key=KEY)
    WebitelSettings(generation="old", domain="d.local", credentials_key=KEY)
    WebitelSettings(generation="old", domain="d.local", account="500@d.local", secret="s")


def test_secrets_may_be_in_files(tmp_path):
    (file := tmp_path / "secret").write_text("s\n")
    new = WebitelSettings(credentials_key=KEY, rest_token_file=file)
    old = WebitelSettings(generation="old", domain="d.local", account="500@d.local", secret_file=file)
    assert (new.token_of_rest(), old.secret_of_account()) == ("s", "s")
    with pytest.raises(ValidationError, match="only one of them"):
        WebitelSettings(credentials_key=KEY, rest_token="t", rest_token_file=file)
