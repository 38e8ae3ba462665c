"""The journal's migrations."""

from pathlib import Path

import cti_store

_SCRIPTS = Path(__file__).parents[1] / "migrations"
_LOCK = 0x7472756E6B  # any number, the same for all instances, another than the directory's


async def migrate(database_url: str, schema: str | None = None) -> None:
    """Bring the journal's tables up to date (see `cti_store.migrate`)."""
    await cti_store.migrate(database_url, _SCRIPTS, lock=_LOCK, schema=schema)
