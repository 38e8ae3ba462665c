"""The API does what its OpenAPI document says, whatever it is asked."""

from contextlib import asynccontextmanager

import asyncpg
import pytest
from cti_devstack.contract import disagreements, served
from directory.api.app import api
from directory.identify import Rules
from directory.lookup import Lookup
from directory.store.migrate import migrate
from directory.vault import Vault

from .conftest import IDENTIFY, METRICS, OLD_KEY


@pytest.mark.timeout(300)
def test_whatever_is_asked_is_answered_as_the_document_says(postgres_dsn, bearer, tmp_path):
    @asynccontextmanager
    async def application():
        await migrate(postgres_dsn)
        async with asyncpg.create_pool(postgres_dsn, min_size=1, max_size=4) as pool:
            lookup = Lookup(pool, Rules(), METRICS, None, 8)
            yield api(IDENTIFY, pool=pool, lookup=lookup, vault=Vault([OLD_KEY]), metrics=METRICS)

    with served(application) as url:
        assert disagreements(url, bearer("admin"), tmp_path, examples=5) == ""
