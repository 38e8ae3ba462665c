"""Keys of an issuer that changes them, and who tries to get around them."""

import asyncio
import json
import time

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cti_runtime.auth import KeysUnavailable, Rules, Unauthorized
from cti_runtime.jwks import JwksVerifier, KeySet
from jwt.algorithms import ECAlgorithm, RSAAlgorithm

RSA = rsa.generate_private_key(public_exponent=65537, key_size=2048)
NEWER = rsa.generate_private_key(public_exponent=65537, key_size=2048)
CURVE = ec.generate_private_key(ec.SECP256R1())
RULES = Rules(("RS256", "ES256"), "https://id.example", "trunkline")


def jwk(private, kid: str) -> dict:
    algorithm = RSAAlgorithm if isinstance(private, rsa.RSAPrivateKey) else ECAlgorithm
    return {**algorithm.to_jwk(private.public_key(), as_dict=True), "kid": kid, "use": "sig"}


def token(private=RSA, kid: str | None = "a", algorithm: str = "RS256", **changes) -> str:
    claims = {
        "sub": "101", "tenant": "demo", "roles": ["operator"], "grants": ["watch:*"], "iss": "https://id.example",
        "aud": "trunkline", "exp": time.time() + 60, **changes,
    }  # fmt: skip
    return jwt.encode(claims, private, algorithm=algorithm, headers={"kid": kid} if kid is not None else {})


class Issuer:
    """An issuer's key set, and how often it was asked for."""

    def __init__(self, *keys: dict) -> None:
        self.keys = list(keys)
        self.asked = 0
        self.down = False
        self.now = 0.0

    async def fetch(self) -> bytes:
        self.asked += 1
        await asyncio.sleep(0)
        if self.down:
            raise OSError("connection refused")
        return json.dumps({"keys": self.keys}).encode()

    def verifier(self) -> JwksVerifier:
        return JwksVerifier(KeySet(self.fetch, max_age_s=100, pause_s=10, clock=lambda: self.now), RULES)


async def test_a_good_token_and_the_keys_are_fetched_once():
    issuer = Issuer(jwk(RSA, "a"), jwk(CURVE, "b"))
    verifier = issuer.verifier()
    identity = await verifier.verify(token())
    assert (identity.user, identity.tenant, identity.grants) == ("101", "demo", {"watch:*"})
    await asyncio.gather(*(verifier.verify(token(CURVE, "b", "ES256")) for _ in range(20)))
    assert issuer.asked == 1


async def test_a_new_key_counts_at_once_and_made_up_ones_do_not_flood_the_issuer():
    issuer = Issuer(jwk(RSA, "a"))
    verifier = issuer.verifier()
    await verifier.verify(token())
    issuer.keys.append(jwk(NEWER, "new"))
    issuer.now = 11
    assert (await verifier.verify(token(NEWER, "new"))).user == "101"
    assert issuer.asked == 2
    for n in range(50):
        with pytest.raises(Unauthorized, match="does not have"):
            await verifier.verify(token(kid=f"made-up-{n}"))
    assert issuer.asked == 2
    issuer.now = 22
    together = [verifier.verify(token(kid=f"x-{n}")) for n in range(50)]
    assert all(isinstance(each, Unauthorized) for each in await asyncio.gather(*together, return_exceptions=True))
    assert issuer.asked == 3


async def test_a_key_that_was_taken_back_counts_no_longer():
    issuer = Issuer(jwk(RSA, "a"), jwk(NEWER, "new"))
    verifier = issuer.verifier()
    await verifier.verify(token())
    issuer.keys = [jwk(NEWER, "new")]
    issuer.now = 101
    with pytest.raises(Unauthorized):
        await verifier.verify(token())


async def test_an_issuer_that_is_away():
    issuer = Issuer(jwk(RSA, "a"))
    issuer.down = True
    verifier = issuer.verifier()
    with pytest.raises(KeysUnavailable):
        await verifier.verify(token())
    issuer.down, issuer.now = False, 11
    await verifier.verify(token())
    issuer.down, issuer.now = True, 500
    assert await verifier.verify(token())  # the known keys count
    with pytest.raises(Unauthorized):
        await verifier.verify(token(kid="unknown"))


async def test_a_token_without_a_key_id_is_good_where_there_is_only_one():
    assert await Issuer(jwk(RSA, "a")).verifier().verify(token(kid=None))
    with pytest.raises(Unauthorized):
        await Issuer(jwk(RSA, "a"), jwk(NEWER, "b")).verifier().verify(token(kid=None))


PUBLIC_PEM = RSA.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def hmac_with_the_public_key() -> str:
    import base64
    import hashlib
    import hmac

    good = token().split(".")
    head = base64.urlsafe_b64encode(b'{"alg":"HS256","typ":"JWT","kid":"a"}').rstrip(b"=").decode()
    signed = f"{head}.{good[1]}"
    mac = hmac.new(PUBLIC_PEM, signed.encode(), hashlib.sha256).digest()
    return f"{signed}.{base64.urlsafe_b64encode(mac).rstrip(b'=').decode()}"


def unsigned() -> str:
    import base64

    head = base64.urlsafe_b64encode(b'{"alg":"none","kid":"a"}').rstrip(b"=").decode()
    return f"{head}.{token().split('.')[1]}."


@pytest.mark.parametrize(
    "bad",
    [
        "",
        "a.b",
        "a.b.c",
        unsigned(),
        hmac_with_the_public_key(),
        token(NEWER),
        token(CURVE, "a", "ES256"),
        token(algorithm="RS512"),
        token(exp=time.time() - 1),
        token(aud="another"),
        token(iss="https://evil.example"),
        token(tenant=None),
        token(grants="watch:*"),
    ],
)
async def test_forgeries(bad):
    issuer = Issuer(jwk(RSA, "a"), jwk(CURVE, "b"), {"kty": "oct", "k": "c2VjcmV0", "kid": "c", "alg": "HS256"})
    with pytest.raises(Unauthorized):
        await issuer.verifier().verify(bad)


@pytest.mark.parametrize("algorithms", [(), ("none",), ("HS256",), ("RS256", "HS512")])
def test_unsafe_algorithms_are_not_even_a_setting(algorithms):
    with pytest.raises(ValueError, match="signature algorithms"):
        Rules(algorithms, "me", "trunkline")


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"keys": []}', b"x" * 300_000, b'{"keys": [{"kty": "oct"}]}'])
async def test_a_key_set_that_is_none(body):
    async def fetch() -> bytes:
        return body

    with pytest.raises(KeysUnavailable):
        await JwksVerifier(KeySet(fetch), RULES).verify(token())
