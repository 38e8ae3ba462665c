"""Bring a service's tables up to date, also when several instances start at once."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import create_async_engine


async def migrate(database_url: str, scripts: Path, *, lock: int, schema: str | None = None) -> None:
    """Apply the migrations in `scripts` that are missing. Raises what the driver raises.

    `lock`: the service's advisory lock, under which one instance at a time migrates. `schema`: make everything there
    (it must exist) instead of where the database's user works.
    """
    engine = create_async_engine(_for_sqlalchemy(database_url))
    try:
        async with engine.connect() as connection:
            await connection.execute(text("SELECT pg_advisory_lock(:lock)"), {"lock": lock})
            if schema is not None:
                await connection.execute(text("SELECT set_config('search_path', :schema, false)"), {"schema": schema})
            await connection.run_sync(_upgrade, scripts)
            await connection.commit()
            await connection.execute(text("SELECT pg_advisory_unlock(:lock)"), {"lock": lock})
    finally:
        await engine.dispose()


def _upgrade(connection: Connection, scripts: Path) -> None:
    config = Config()
    config.set_main_option("script_location", str(scripts))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def _for_sqlalchemy(url: str) -> str:
    scheme, separator, rest = url.partition("://")
    if not separator:
        raise ValueError("not a database URL")
    return f"postgresql+asyncpg://{rest}" if scheme in ("postgresql", "postgres") else url
