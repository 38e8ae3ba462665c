"""Whose requests an API answers, as its settings say, while the issuer changes its keys."""

import json
import time

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from cti_api.problems import handlers
from cti_api.settings import ApiSettings
from cti_api.signin import identification
from jwt.algorithms import OKPAlgorithm
from litestar import Litestar, Request, get
from pydantic import ValidationError

KEYS = {name: Ed25519PrivateKey.generate() for name in ("old", "new")}
URL = "https://id.example/keys"


def token(kid: str) -> dict[str, str]:
    claims = {"sub": "101", "tenant": "demo", "iss": "trunkline-demo", "aud": "trunkline", "exp": time.time() + 60}
    return {"Authorization": f"Bearer {jwt.encode(claims, KEYS[kid], algorithm='EdDSA', headers={'kid': kid})}"}


class Issuer:
    """An issuer's key set over HTTP: the keys of these names; None: it answers nobody."""

    def __init__(self, *names: str) -> None:
        self.names: tuple[str, ...] | None = names
        self.padding = 0

    def answer(self, _: httpx.Request) -> httpx.Response:
        if self.names is None:
            return httpx.Response(500)
        keys = [{**OKPAlgorithm.to_jwk(KEYS[name].public_key(), as_dict=True), "kid": name} for name in self.names]
        return httpx.Response(200, text=json.dumps({"keys": keys}) + " " * self.padding)

    def client(self) -> httpx.AsyncClient:
        return httpx.AsyncClient(transport=httpx.MockTransport(self.answer))


def settings(**changes: object) -> ApiSettings:
    return ApiSettings(**{"http_port": 0, "jwks_url": URL, "jwks_pause_s": 1e-9, **changes})


def asking(which: ApiSettings, issuer: Issuer) -> httpx.AsyncClient:
    """A client of an API that says who asks."""
    identify = identification(which, issuer.client())

    @get("/who")
    async def who(request: Request) -> str:
        return (await identify(request.headers.get("authorization"))).user

    app = Litestar([who], exception_handlers=handlers("this", (), {}), openapi_config=None)
    return httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://api")


async def test_a_new_key_counts_and_one_taken_back_no_longer():
    issuer = Issuer("old")
    async with asking(settings(jwks_max_age_s=1e-9), issuer) as client:
        assert (await client.get("/who", headers=token("old"))).text == "101"
        refused = await client.get("/who", headers=token("new"))
        assert (refused.status_code, refused.headers["WWW-Authenticate"]) == (401, "Bearer")
        issuer.names = ("new",)
        assert (await client.get("/who", headers=token("new"))).text == "101"
        assert (await client.get("/who", headers=token("old"))).status_code == 401


async def test_an_issuer_that_cannot_be_asked_is_no_bad_token():
    issuer = Issuer("old")
    issuer.names = None
    async with asking(settings(), issuer) as client:
        later = await client.get("/who", headers=token("old"))
        assert (later.status_code, later.headers["Retry-After"]) == (503, "2")
        assert later.headers["content-type"] == "application/problem+json"
        issuer.names, issuer.padding = ("old",), 300_000
        assert (await client.get("/who", headers=token("old"))).status_code == 503, "too large to be a key set"
        issuer.padding = 0
        assert (await client.get("/who", headers=token("old"))).status_code == 200
        issuer.names = None
        assert (await client.get("/who", headers=token("old"))).status_code == 200, "the known keys count"


async def test_a_key_in_a_file_counts_as_before(tmp_path):
    file = tmp_path / "key.pub"
    file.write_bytes(KEYS["old"].public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    async with asking(settings(jwks_url=None, jwt_key_file=file), Issuer()) as client:
        assert (await client.get("/who", headers=token("old"))).text == "101"
        assert (await client.get("/who", headers=token("new"))).status_code == 401
        assert (await client.get("/who")).status_code == 401


async def test_with_auth_off_everybody_is_an_administrator():
    open_to_all = settings(auth="off", jwks_url=None)
    async with asking(open_to_all, Issuer()) as client:
        assert (await client.get("/who")).text == "anybody"
    identity = await identification(open_to_all, httpx.AsyncClient())(None)
    assert (identity.tenant, identity.roles) == ("demo", {"admin"})


@pytest.mark.parametrize(
    "bad", [{"jwks_url": None}, {"jwt_key_file": "key.pub"}, {"jwks_url": "file:///keys"}, {"auth": "none"}]
)
def test_settings_that_cannot_be_are_refused(bad):
    with pytest.raises(ValidationError):
        settings(**bad)


def test_a_key_file_that_is_missing_or_holds_no_public_key_is_told_with_the_settings(tmp_path):
    private, folder = tmp_path / "issuer.key", tmp_path / "folder"
    key = Ed25519PrivateKey.generate()
    private.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    folder.mkdir()
    for file, why in (
        (tmp_path / "nowhere", "cannot be read: No such file"),
        (folder, "cannot be read: Is a directory"),
        (private, "holds no public key"),
    ):
        with pytest.raises(ValidationError, match=why):
            settings(jwks_url=None, jwt_key_file=file)
