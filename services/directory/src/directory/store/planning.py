"""Connections for lookups: how PostgreSQL plans them, and what is left out between two of them."""

from typing import Any

import asyncpg


def lookups(database_url: str, size: int) -> Any:
    """A pool for lookups by number, and for nothing else: nothing of a session is changed, so nothing is put back."""
    return asyncpg.create_pool(
        database_url, min_size=1, max_size=size, server_settings=_PLANNED_ONCE, reset=_nothing_to_put_back
    )


async def _nothing_to_put_back(_: Any) -> None:
    """Putting a session back takes as long as the lookup before it: it is a round trip too."""


# A lookup takes a tenth of the time that PostgreSQL needs to plan it anew each time, which is what it would choose to
# do: not knowing the prefix, it expects thousands of rows. Other queries do depend on their values.
_PLANNED_ONCE = {"plan_cache_mode": "force_generic_plan"}
