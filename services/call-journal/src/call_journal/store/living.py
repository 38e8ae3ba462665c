"""Reading: calls that have not ended."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

import msgspec
from cti_model.calls import Call
from cti_store import Pool

_LIVING: Final = """
    SELECT c.state, coalesce(max(e.occurred_at), c.started_at) AS told_at
    FROM call c LEFT JOIN call_event e USING (tenant, call_id)
    WHERE c.ended_at IS NULL AND c.started_at < $1 AND ($2::text[] = '{}' OR c.tenant = ANY($2::text[]))
    GROUP BY c.tenant, c.call_id ORDER BY c.tenant, c.started_at, c.call_id
"""
_decode = msgspec.json.Decoder(Call).decode


async def living(pool: Pool, begun_before: datetime, tenants: Sequence[str]) -> list[tuple[Call, datetime]]:
    """Calls of these tenants (none named: of all) that are alive here, each with the newest instant told of it."""
    rows = await pool.fetch(_LIVING, begun_before, list(tenants))
    return [(_decode(row["state"]), row["told_at"]) for row in rows]
