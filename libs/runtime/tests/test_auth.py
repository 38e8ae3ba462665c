import base64
import hashlib
import hmac
import json
import time

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cti_runtime.auth import Rules, Unauthorized, Verifier, bearer

KEY = Ed25519PrivateKey.generate()
PUBLIC = KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
VERIFIER = Verifier(PUBLIC, Rules(("EdDSA",), "me", "trunkline"))
GOOD = {"sub": "101", "tenant": "demo", "roles": ["operator"], "iss": "me", "aud": "trunkline"}


def token(key=KEY, algorithm="EdDSA", **changes) -> str:
    claims = {**GOOD, "exp": time.time() + 60, **changes}
    return jwt.encode({name: value for name, value in claims.items() if value is not None}, key, algorithm=algorithm)


def part(content: dict) -> str:
    return base64.urlsafe_b64encode(json.dumps(content).encode()).rstrip(b"=").decode()


def unsigned(algorithm: str, signature: str = "") -> str:
    return f"{part({'alg': algorithm, 'typ': 'JWT'})}.{part({**GOOD, 'exp': time.time() + 60})}.{signature}"


def hmac_with_the_public_key() -> str:
    head = unsigned("HS256").rstrip(".")
    mac = hmac.new(PUBLIC, head.encode(), hashlib.sha256).digest()
    return f"{head}.{base64.urlsafe_b64encode(mac).rstrip(b'=').decode()}"


def test_a_good_token():
    identity = VERIFIER.verify(bearer(f"bearer  {token()}"))
    assert (identity.user, identity.tenant, identity.sees_everyone) == ("101", "demo", False)
    assert VERIFIER.verify(token(roles=["supervisor"])).sees_everyone


@pytest.mark.parametrize(
    "bad",
    [
        "",
        "x",
        token(exp=time.time() - 1),
        token(exp=None),
        token(aud="other"),
        token(aud=None),
        token(iss="other"),
        token(sub=None),
        token(tenant=None),
        token(tenant=""),
        token(roles="admin"),
        token(key=Ed25519PrivateKey.generate()),
        unsigned("none"),
        unsigned("None"),
        hmac_with_the_public_key(),
        token()[:-4] + "AAAA",
    ],
)
def test_forgeries(bad):
    with pytest.raises(Unauthorized) as raised:
        VERIFIER.verify(bad)
    assert not bad or bad not in str(raised.value)


@pytest.mark.parametrize("header", [None, "", "Basic x", "Bearer", "Bearer "])
def test_headers_without_a_token(header):
    with pytest.raises(Unauthorized, match="bearer token is needed"):
        bearer(header)


def test_a_supervisor_of_a_team_does_not_see_everyone():
    team = VERIFIER.verify(token(roles=["supervisor"], team=["102"]))
    assert (team.team, team.sees_everyone) == (frozenset({"102"}), False)
    assert VERIFIER.verify(token(roles=["supervisor", "admin"], team=["102"])).sees_everyone
    with pytest.raises(Unauthorized, match="team"):
        VERIFIER.verify(token(roles=["supervisor"], team="102"))
