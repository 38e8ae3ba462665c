"""Migrations on a real PostgreSQL."""

import asyncio

import asyncpg
import pytest
from cti_store import OUTAGE, NoDatabase, migrate, postgres_url
from cti_store.address import place

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


@pytest.mark.parametrize(("user", "database", "why"), [("nobody", "none", "nobody"), ("postgres", "none", "none")])
async def test_who_is_not_let_in_is_told_where_and_why_and_not_with_which_password(
    postgres_dsn, scripts, user, database, why
):
    server = postgres_dsn.rpartition("@")[2].partition("/")[0]
    with pytest.raises(NoDatabase) as caught:
        await migrate(f"postgresql://{user}:hunter2@{server}/{database}", scripts, lock=7)
    assert f"PostgreSQL at {server}/{database} (database_url) cannot be used: " in str(caught.value)
    assert why in str(caught.value).partition("used: ")[2]
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize(
    "url",
    [
        *("hunter2", "mysql://u:hunter2@h/d", "postgresql://u:hunter2@h:0/d", "postgresql://u:hun/ter2@h:5432/d"),
        *("postgresql://u:\u2100hunter2@h/d", "postgresql://u:[hunter2@h/d"),
    ],
)
def test_an_address_that_is_none_is_refused_and_not_shown(url):
    with pytest.raises(ValueError) as caught:
        postgres_url(url)
    assert "ter2" not in str(caught.value)


def test_where_it_is_said_to_be_has_nothing_of_a_password_among_the_parameters():
    assert place("postgresql://u:hunter2@h:5432/d?user=u&password=hun@ter2") == "h:5432/d"


@pytest.mark.parametrize("url", ["postgresql://u:p%40@h/d", "postgres://h:5432/d", "postgresql:///d?host=/run/pg"])
def test_an_address_is_taken_as_it_is(url):
    assert postgres_url(url) == url
