"""What was done in which night."""

from datetime import datetime

import msgspec
from cti_store import Pool

_DUE = "SELECT due_at FROM night WHERE job = $1 AND tenant = $2"
_DONE = """
    INSERT INTO night VALUES ($1, $2, $3, now(), $4)
    ON CONFLICT (job, tenant) DO UPDATE SET due_at = EXCLUDED.due_at, done_at = EXCLUDED.done_at,
                                            result = EXCLUDED.result
"""


async def last_done(pool: Pool, job: str, tenant: str) -> datetime | None:
    """When the job was due that was done last for a tenant; None when none was."""
    due_at: datetime | None = await pool.fetchval(_DUE, job, tenant)
    return due_at


async def set_done(pool: Pool, job: str, tenant: str, due_at: datetime, result: object) -> None:
    """The job that was due then is done."""
    await pool.execute(_DONE, job, tenant, due_at, msgspec.json.encode(result).decode())
