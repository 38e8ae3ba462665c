"""Migrations on a real PostgreSQL."""

import asyncio

import asyncpg
import pytest
from cti_store import OUTAGE, migrate

ENV = """
from alembic import context
context.configure(connection=context.config.attributes["connection"], version_table="things_version")
with context.begin_transaction():
    context.run_migrations()
"""
FIRST = """
from alembic import op
revision, down_revision = "0001", None
def upgrade():
    op.execute("CREATE TABLE thing (name text PRIMARY KEY)")
    op.execute("INSERT INTO thing VALUES ('made once')")
"""


@pytest.fixture
def scripts(tmp_path):
    folder = tmp_path / "migrations"
    (folder / "versions").mkdir(parents=True)
    (folder / "env.py").write_text(ENV)
    (folder / "versions" / "0001_thing.py").write_text(FIRST)
    return folder


async def test_of_several_that_start_at_once_one_migrates(postgres_dsn, scripts):
    await asyncio.gather(*(migrate(postgres_dsn, scripts, lock=7) for _ in range(3)))
    connection = await asyncpg.connect(postgres_dsn)
    assert [row["name"] for row in await connection.fetch("SELECT name FROM thing")] == ["made once"]
    await connection.close()


async def test_into_a_schema(postgres_dsn, scripts):
    connection = await asyncpg.connect(postgres_dsn)
    await connection.execute("CREATE SCHEMA beside")
    await migrate(postgres_dsn, scripts, lock=7, schema="beside")
    assert await connection.fetchval("SELECT to_regclass('beside.thing') IS NOT NULL AND to_regclass('thing') IS NULL")
    await connection.close()


async def test_a_server_that_is_away_is_an_outage(unused_tcp_port, scripts):
    with pytest.raises(OUTAGE):
        await migrate(f"postgresql://nobody@127.0.0.1:{unused_tcp_port}/none", scripts, lock=7)
