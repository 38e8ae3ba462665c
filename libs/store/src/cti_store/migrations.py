"""Bring a service's tables up to date, also when several instances start at once."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg
from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from cti_store.address import for_sqlalchemy
from cti_store.outage import OUTAGE, NoDatabase


async def migrate(database_url: str, scripts: Path, *, lock: int, schema: str | None = None) -> None:
    """Apply the migrations in `scripts` that are missing. Raises `NoDatabase` when it cannot begin, else
    what the driver raises.

    `lock`: the service's advisory lock, under which one instance at a time migrates. `schema`: make everything there
    (it must exist) instead of where the database's user works.
    """
    engine = create_async_engine(for_sqlalchemy(database_url))
    try:
        async with _connected(engine, database_url) as connection:
            await connection.execute(text("SELECT pg_advisory_lock(:lock)"), {"lock": lock})
            if schema is not None:
                await connection.execute(text("SELECT set_config('search_path', :schema, false)"), {"schema": schema})
            await connection.run_sync(_upgrade, scripts)
            await connection.commit()
            await connection.execute(text("SELECT pg_advisory_unlock(:lock)"), {"lock": lock})
    finally:
        await engine.dispose()


@asynccontextmanager
async def _connected(engine: AsyncEngine, url: str) -> AsyncIterator[AsyncConnection]:
    try:
        connection = await engine.connect()
    except (*OUTAGE, asyncpg.PostgresError, SQLAlchemyError) as error:
        why = error.orig if isinstance(error, DBAPIError) else error
        raise NoDatabase(url, why) from error
    try:
        yield connection
    finally:
        await connection.close()


def _upgrade(connection: Connection, scripts: Path) -> None:
    config = Config()
    config.set_main_option("script_location", str(scripts))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
