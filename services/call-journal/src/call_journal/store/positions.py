"""Up to where a consumer has read that writes no rows."""

import asyncio
from collections.abc import Callable

import structlog
from cti_store import OUTAGE, Pool

_log = structlog.get_logger(__name__)
_EVERY_S = 1.0  # what was read since is read again after a crash
_KEEP = "UPDATE position SET stream_seq = $4 WHERE consumer = $1 AND stream = $2 AND life = $3 AND stream_seq < $4"


async def keep_position(pool: Pool, consumer: str, stream: str, position: Callable[[], tuple[str, int]]) -> None:
    """Store life and sequence now and then, for ever, where `Writer.begin` finds them. PostgreSQL may be away."""
    kept = ("", 0)
    while True:
        await asyncio.sleep(_EVERY_S)
        now = position()
        if now == kept:
            continue
        try:
            await pool.execute(_KEEP, consumer, stream, *now)
        except OUTAGE as error:
            _log.warning("position not kept", consumer=consumer, error=f"{type(error).__name__}: {error}")
        else:
            kept = now
