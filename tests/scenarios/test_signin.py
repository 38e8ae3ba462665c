"""Call journal and directory with tokens of an issuer that changes its keys: settings alike, answers alike."""

import json
import time

import asyncpg
import httpx
import jwt
import pytest
from call_journal.api.app import api as journal_api
from call_journal.settings import JournalSettings
from call_journal.store.migrate import migrate as migrate_journal
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cti_api.signin import identification
from directory.api.app import api as directory_api
from directory.settings import DirectorySettings
from directory.store.migrate import migrate as migrate_directory
from jwt.algorithms import OKPAlgorithm

KEYS = {name: Ed25519PrivateKey.generate() for name in ("old", "new")}
SERVICES = {
    "call-journal": (JournalSettings, migrate_journal, lambda pool, who: journal_api(pool, who), "/v1/calls"),
    "directory": (DirectorySettings, migrate_directory, lambda pool, who: directory_api(who, pool=pool), "/v1/users"),
}


def signed(kid: str) -> dict[str, str]:
    claims = {"sub": "1", "tenant": "demo", "roles": ["admin"], "iss": "i", "aud": "a", "exp": time.time() + 600}
    return {"Authorization": f"Bearer {jwt.encode(claims, KEYS[kid], algorithm='EdDSA', headers={'kid': kid})}"}


@pytest.mark.parametrize("name", SERVICES)
async def test_keys_are_changed_while_a_service_answers(name, empty_postgres_dsn):
    settings_class, migrate, api, path = SERVICES[name]
    told: list[str] = []

    def issuer(_: httpx.Request) -> httpx.Response:
        keys = [{**OKPAlgorithm.to_jwk(KEYS[kid].public_key(), as_dict=True), "kid": kid} for kid in told]
        return httpx.Response(200, text=json.dumps({"keys": keys}))

    settings = settings_class(
        jwks_url="https://id.example/keys", jwks_pause_s=1e-9, jwks_max_age_s=1e-9, jwt_issuer="i", jwt_audience="a"
    )
    await migrate(empty_postgres_dsn)
    async with (
        asyncpg.create_pool(empty_postgres_dsn, min_size=1, max_size=2) as pool,
        httpx.AsyncClient(transport=httpx.MockTransport(issuer)) as keys,
        httpx.AsyncClient(
            transport=httpx.ASGITransport(app=api(pool, identification(settings, keys))), base_url="http://service"
        ) as client,
    ):

        async def codes() -> list[int]:
            return [(await client.get(path, headers=signed(kid))).status_code for kid in ("old", "new")]

        assert await codes() == [503, 503], "nobody can tell"
        told[:] = ["old"]
        assert await codes() == [200, 401]
        told[:] = ["old", "new"]
        assert await codes() == [200, 200]
        told[:] = ["new"]
        assert await codes() == [401, 200]
