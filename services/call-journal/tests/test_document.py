"""The API does what its OpenAPI document says, whatever it is asked."""

from contextlib import asynccontextmanager

import asyncpg
import pytest
from call_journal.api.app import api
from call_journal.store.migrate import migrate
from cti_devstack.contract import disagreements, served

from .history import IDENTIFY, bearer, make_history


@pytest.mark.timeout(300)
def test_whatever_is_asked_is_answered_as_the_document_says(postgres_dsn, tmp_path):
    @asynccontextmanager
    async def application():
        await migrate(postgres_dsn)
        async with asyncpg.create_pool(postgres_dsn, min_size=1, max_size=4) as pool:
            await make_history(pool, 20, "2026-03-27T00:00:00Z", "5 minutes")
            yield api(pool, IDENTIFY)

    with served(application) as url:
        assert disagreements(url, bearer("root", "admin"), tmp_path, examples=5) == ""
