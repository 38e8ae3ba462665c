"""A migrated database, and a client of the API with tokens for anybody."""

import time
from collections.abc import AsyncIterator, Callable

import asyncpg
import httpx
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cti_api.signin import by_key, by_token
from cti_devstack.testing import MakeDatabase, prepared
from cti_runtime.auth import Rules as TokenRules
from cti_runtime.auth import Verifier
from directory.api.app import api
from directory.identify import Rules
from directory.lookup import Lookup
from directory.store.migrate import migrate
from directory.telemetry import metrics
from directory.vault import Vault
from opentelemetry import metrics as otel

KEY = Ed25519PrivateKey.generate()
PUBLIC = KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
IDENTIFY = by_token(by_key(Verifier(PUBLIC, TokenRules(("EdDSA",), "i", "a"))))
METRICS = metrics(otel.get_meter("test"))
OLD_KEY = "b2xkb2xkb2xkb2xkb2xkb2xkb2xkb2xkb2xkb2xkb2w="
Headers = Callable[..., dict[str, str]]


@pytest.fixture(scope="session")
def bearer() -> Headers:
    """The header of a token."""

    def made(*roles: str, tenant: str = "acme", user: str = "boss", **headers: str) -> dict[str, str]:
        claims = {
            "sub": user, "tenant": tenant, "roles": list(roles or ("admin",)),
            "iss": "i", "aud": "a", "exp": time.time() + 86_400,
        }  # fmt: skip
        return {"Authorization": f"Bearer {jwt.encode(claims, KEY, algorithm='EdDSA')}", **headers}

    return made


@pytest.fixture(scope="session")
def postgres_template(make_database: MakeDatabase) -> str:
    """A migrated database: to copy it is ten times quicker."""
    return prepared(make_database, migrate)


@pytest.fixture
async def pool(postgres_dsn: str) -> AsyncIterator[asyncpg.Pool]:
    """A pool on an empty, migrated database."""
    async with asyncpg.create_pool(postgres_dsn, min_size=1, max_size=4) as made:
        yield made


@pytest.fixture
async def client(pool: asyncpg.Pool) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the API."""
    app = api(
        IDENTIFY, pool=pool, lookup=Lookup(pool, Rules(), METRICS, None, 8), vault=Vault([OLD_KEY]),
        metrics=METRICS,
    )  # fmt: skip
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://directory") as made:
        yield made
