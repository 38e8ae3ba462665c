"""A directory that every version has written into answers as the newest one, and loses nothing."""

from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

import asyncpg
import cti_store
import directory
import httpx
import pytest
from cti_devstack.upgrades import grown, rows, versions
from directory.api.app import api
from directory.identify import Rules
from directory.lookup import Lookup
from directory.store.migrate import migrate
from directory.store.secrets import seal_anew
from directory.vault import Vault

from .conftest import IDENTIFY, METRICS, OLD_KEY
from .making import BODIES, all_made
from .test_secrets import NEW_KEY

SCRIPTS = Path(directory.__file__).parent / "migrations"
TENANTS = tuple(f"of-{each.stem[:4]}" for each in versions(SCRIPTS))


async def to(dsn: str, scripts: Path) -> None:
    await cti_store.migrate(dsn, scripts, lock=1)


@asynccontextmanager
async def client_of(pool):
    lookup = Lookup(pool, Rules(), METRICS, None, 8)
    app = api(IDENTIFY, pool=pool, lookup=lookup, vault=Vault([OLD_KEY]), metrics=METRICS)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://directory") as client:
        yield client


@pytest.mark.timeout(300)
async def test_what_every_version_wrote_stays_and_can_be_changed(
    pool, postgres_dsn, empty_postgres_dsn, bearer, tmp_path
):
    async with client_of(pool) as client:
        items = {tenant: await all_made(client, bearer(tenant=tenant)) for tenant in TENANTS}
    known = await grown(postgres_dsn, empty_postgres_dsn, SCRIPTS, to, TENANTS, tmp_path)
    await migrate(empty_postgres_dsn)
    for tenant, tables in known.items():
        before = await rows(postgres_dsn, tenant, tables)
        assert before["directory.users"]
        assert before["directory.communications"]
        assert await rows(empty_postgres_dsn, tenant, tables) == before, tenant
    async with asyncpg.create_pool(empty_postgres_dsn, min_size=1, max_size=3) as grown_pool:
        async with client_of(grown_pool) as client:
            for tenant, tables in known.items():
                columns = {each.name: each.columns for each in tables}
                for kind, item in items[tenant].items():
                    if kind == "web-phones" and "directory.web_phones" not in columns:
                        continue
                    without_photos = "photo_url" in item and "photo_url" not in columns["directory.users"]
                    wanted = item | {"photo_url": ""} if without_photos else item
                    await is_told_and_changed(client, partial(bearer, tenant=tenant), kind, wanted)
        assert await seal_anew(grown_pool, Vault([NEW_KEY, OLD_KEY])) == 2 * len(TENANTS) - 1, "every secret opens"


async def is_told_and_changed(client, bearer, kind: str, item: dict) -> None:
    path = f"/v1/{kind}/{item['id']}"
    told = await client.get(path, headers=bearer())
    assert (told.status_code, told.json()) == (200, item)
    body = {name: value for name, value in BODIES[kind].items() if name != "id"}
    put = await client.put(path, json=body, headers=bearer(**{"If-Match": told.headers["etag"]}))
    assert put.status_code == 200, put.text
    audit = (await client.get("/v1/audit", params={"entity_id": item["id"]}, headers=bearer())).json()["items"]
    assert [each["action"] for each in audit] == ["updated", "created"]
