"""Signing in with a password, and who tries to guess one."""

import json
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from push.login.issuer import Claims, PasswordIssuer
from push.login.passwords import BadUsers, accounts, agrees, hashed

from .client import Dial
from .conftest import KEY, TENANT, token

HASH = hashed("correct horse")
USERS = f"""
[users.101]
password = '{HASH}'
[users.boss]
password = '{HASH}'
roles = ["supervisor", "admin"]
"""


@pytest.fixture
def files(tmp_path: Path) -> dict[str, Path]:
    users, key = tmp_path / "users.toml", tmp_path / "issuer.key"
    users.write_text(USERS)
    key.write_bytes(KEY.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return {"login_users_file": users, "login_key_file": key}


@asynccontextmanager
async def http(port: int) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client:
        yield client


async def sign_in(client: httpx.AsyncClient, user: str, password: str, address: str = "10.0.0.1") -> httpx.Response:
    body = json.dumps({"user": user, "password": password})
    return await client.post("/v1/login", content=body, headers={"X-Forwarded-For": address})


async def test_a_password_gives_a_token_that_opens_a_session(pushing, files):
    async with pushing(**files) as port, http(port) as client:
        answer = await sign_in(client, "boss", "correct horse")
        assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store")
        given = answer.json()["token"]
        tab = await Dial(port).raw()
        await tab.say("hello", token=given)
        welcome = await tab.next("welcome")
        assert (welcome["user"], welcome["roles"]) == ("boss", ["admin", "supervisor"])
        renewed = await client.post("/v1/login/renew", headers={"Authorization": f"Bearer {given}"})
        await tab.say("renew", token=renewed.json()["token"])
        assert await tab.next("renewed")
        for page, kind in (
            ("/login", "text/html"),
            ("/login/login.js", "text/javascript"),
            ("/login/login.css", "css"),
        ):
            got = await client.get(page)
            assert (got.status_code, kind in got.headers["content-type"]) == (200, True)
            assert "default-src 'none'" in got.headers["content-security-policy"]


async def test_what_is_wrong_is_not_said(pushing, files):
    async with pushing(**files) as port, http(port) as client:
        answers = [await sign_in(client, "101", "wrong"), await sign_in(client, "nobody", "correct horse")]
        assert {(each.status_code, each.text) for each in answers} == {(401, answers[0].text)}
        for body in ("", "[]", '{"user": "101"}', '{"user": "", "password": ""}', "\xff"):
            assert (await client.post("/v1/login", content=body)).status_code == 400
        assert (await client.post("/v1/login", content="x" * 5000)).status_code == 413


async def test_guessing_is_slow_for_a_user_and_for_an_address(pushing, files):
    async with pushing(**files, login_user_attempts=3, login_address_attempts=5) as port, http(port) as client:
        for n in range(3):
            assert (await sign_in(client, "101", f"guess {n}", f"10.0.0.{n}")).status_code == 401
        refused = await sign_in(client, "101", "correct horse", "10.0.0.9")
        assert (refused.status_code, 1 <= int(refused.headers["retry-after"]) <= 21) == (429, True)
        assert (await sign_in(client, "boss", "correct horse", "10.0.0.9")).status_code == 200
        for n in range(5):
            assert (await sign_in(client, f"user {n}", "guess", "10.0.1.1")).status_code == 401
        assert (await sign_in(client, "boss", "correct horse", "10.0.1.1")).status_code == 429


async def test_who_is_taken_out_of_the_file_cannot_renew(pushing, files):
    async with pushing(**files) as port, http(port) as client:
        given = (await sign_in(client, "101", "correct horse")).json()["token"]
        headers = {"Authorization": f"Bearer {given}"}
        files["login_users_file"].write_text(USERS.partition("[users.boss]")[0].replace("101", "102"))
        assert (await client.post("/v1/login/renew", headers=headers)).status_code == 401
        assert (await sign_in(client, "102", "correct horse")).status_code == 200
        # A token from elsewhere does not tell when its password was given.
        foreign = {"Authorization": f"Bearer {token('102')}"}
        assert (await client.post("/v1/login/renew", headers=foreign)).status_code == 401
        files["login_users_file"].write_text("users = 1")
        assert (await sign_in(client, "102", "correct horse")).status_code == 503


async def test_a_session_ends_for_good(files):
    claims = Claims("me", "trunkline", TENANT, lifetime_s=60, session_s=100)
    issuer = PasswordIssuer(*files.values(), claims, user_attempts=9, address_attempts=9)
    given = jwt.decode(await issuer.sign_in("101", "correct horse", "a"), options={"verify_signature": False})
    assert given["exp"] - given["iat"] == 60
    from cti_runtime.auth import Identity
    from push.login.issuer import Refused

    identity = Identity("101", TENANT, frozenset(), 0.0)
    began_at = given["auth_time"]
    again = jwt.decode(issuer.renewed(identity, began_at), options={"verify_signature": False})
    assert again["auth_time"] == began_at
    with pytest.raises(Refused):
        issuer.renewed(identity, began_at - 101)


async def test_without_the_file_there_is_no_login(pushing):
    async with pushing() as port, http(port) as client:
        assert (await client.get("/login")).status_code == 404
        assert (await sign_in(client, "101", "correct horse")).status_code in (404, 405)


@pytest.mark.parametrize(
    "text", ["", "users = []", "[users.101]", "[users.101]\npassword = 'plain'", USERS + "[users.'a.b']\npassword='x'"]
)
def test_files_that_are_none(tmp_path, text):
    path = tmp_path / "users.toml"
    path.write_text(text)
    with pytest.raises(BadUsers, match=r"users\.toml"):
        accounts(path)


def test_another_kind_of_key_is_refused(files):
    key = generate_private_key(65537, 2048).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    files["login_key_file"].write_bytes(key)
    with pytest.raises(ValueError, match="holds no Ed25519 private key"):
        PasswordIssuer(*files.values(), Claims("", "", "", 1, 1), user_attempts=1, address_attempts=1)


def test_hashes_differ_and_agree():
    assert hashed("correct horse") != HASH
    assert agrees("correct horse", HASH)
    assert not agrees("correct horse ", HASH)
    assert not agrees("\ud800", HASH)
    assert not agrees("correct horse", "$argon2id$nonsense")


def test_no_password_has_no_hash():
    done = subprocess.run([sys.executable, "-m", "push", "password"], input="", capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "push password: no password was given\n"


def test_a_hash_is_made_by_hand():
    done = subprocess.run(
        [sys.executable, "-m", "push", "password"], input="secret\n", capture_output=True, text=True, check=True
    )
    assert agrees("secret", done.stdout.strip())
