"""Settings of push that other things are built from."""

from pathlib import Path

import pytest
from push.settings import PushSettings
from pydantic import ValidationError


@pytest.mark.parametrize(
    "origin",
    [
        "wss://pbx.example:8089; script-src *",
        "wss://pbx.example *",
        "wss://pbx.example/ws",
        "wss://pbx.example\n",
        "https://pbx.example",
        "wss:",
        "*",
    ],
)
def test_only_an_origin_gets_into_the_policy_of_the_page(origin: str) -> None:
    key = Path("key.pem")
    assert PushSettings(jwt_key_file=key, web_phone_sockets=["wss://[::1]:8089"]).web_phone_sockets
    with pytest.raises(ValidationError, match="web_phone_sockets"):
        PushSettings(jwt_key_file=key, web_phone_sockets=[origin])
