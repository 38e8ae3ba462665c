"""The directory's migrations."""

from pathlib import Path

import cti_store

_SCRIPTS = Path(__file__).parents[1] / "migrations"
_LOCK = 0x6469726563  # any number, the same for all instances, another than the journal's


async def migrate(database_url: str) -> None:
    """Bring the directory's tables, in their schema, up to date (see `cti_store.migrate`)."""
    await cti_store.migrate(database_url, _SCRIPTS, lock=_LOCK)
