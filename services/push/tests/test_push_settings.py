"""Settings of push that other things are built from."""

import pytest
from push.settings import PushSettings
from pydantic import ValidationError


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
