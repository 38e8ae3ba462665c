"""Settings of connectors with a link for each operator."""

import base64

import pytest
from cti_connector.firstparty.settings import FirstPartySettings
from cti_connector.session import Refusal
from pydantic import Field, ValidationError

KEY = base64.b64encode(b"k" * 32).decode()


class BoardSettings(FirstPartySettings):
    """As a connector declares them."""

    pbx: str = Field("board", description="name")
    url: str = Field("ws://127.0.0.1:4066", pattern="^wss?://", description="address")


def test_waits_by_reason_and_the_key_goes_no_further():
    settings = BoardSettings(tenant="acme", credentials_key=KEY, in_use_wait_s=5)
    pool = settings.pool()
    assert (pool.tenant, pool.pbx, pool.stagger_s) == ("acme", "board", 0.1)
    assert [pool.link.wait_after(each) for each in Refusal] == [3600.0, 5.0, 300.0, 30.0, 300.0]
    assert KEY not in repr(settings)


def test_the_key_may_be_in_a_file(tmp_path):
    file = tmp_path / "key"
    file.write_text(f"{KEY}\n")
    assert BoardSettings(credentials_key_file=file).key() is not None
    for text, other, why in (("short", "", "not base64"), ("", "", "0 bytes"), (KEY, KEY, "only one of them")):
        file.write_text(text)
        with pytest.raises(ValidationError, match=why):
            BoardSettings(credentials_key_file=file, credentials_key=other)
    with pytest.raises(ValidationError, match="credentials_key_file cannot be read"):
        BoardSettings(credentials_key_file=tmp_path / "nowhere")


@pytest.mark.parametrize(
    "bad",
    [
        {},
        {"credentials_key": "short"},
        {"credentials_key": KEY, "url": "http://x"},
        {"credentials_key": KEY, "sign_in": "never"},
        {"credentials_key": KEY, "tls_ca_file": "/nowhere.pem"},
        {"credentials_key": KEY, "tls_ca_file": __file__},
    ],
)
def test_what_cannot_be_is_refused(bad):
    with pytest.raises(ValidationError):
        BoardSettings(**bad)
