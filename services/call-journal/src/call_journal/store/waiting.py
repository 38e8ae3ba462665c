"""Who waits in queues now."""

from collections.abc import Sequence

import asyncpg
from cti_model.calls import ConnectionState
from cti_store import Pool

MOST = 500
"""So many are told at most, the longest waiting first."""
RECENTLY = "7 days"
"""A queue of a PBX is a user's whose telephone it rang in this time."""

_OURS = f"""
    SELECT r.pbx, r.queue FROM call_record r
    WHERE r.tenant = $1 AND r.started_at > now() - interval '{RECENTLY}' AND
"""  # noqa: S608 - constants
# A call that is alive for longer than a day has lost its end, and is no caller that anybody could take.
_WAITING = f"""
    SELECT c.call_id, c.pbx, w ->> 'queue' AS queue, coalesce(w #>> '{{party,number}}', '') AS number,
           coalesce(w #>> '{{party,name}}', '') AS name, (w ->> 'changed_at')::timestamptz AS since
    FROM call c CROSS JOIN LATERAL jsonb_array_elements(c.state -> 'connections') AS w
    WHERE c.tenant = $1 AND c.ended_at IS NULL AND c.started_at > now() - interval '1 day'
          AND w ->> 'state' = '{ConnectionState.QUEUED.value}' AND w ->> 'queue' <> ''
          AND ($2::text IS NULL OR w ->> 'queue' = $2) AND ($3::text[] IS NULL OR (c.pbx, w ->> 'queue') = ANY(ARRAY(
              SELECT (ours.pbx, ours.queue) FROM (
                  {_OURS} r.user_id = ANY($3) UNION {_OURS} r.shared_with ?| $3
              ) AS ours)))
    ORDER BY since, c.call_id LIMIT {MOST}
"""  # noqa: S608 - constants


async def waiting(pool: Pool, tenant: str, queue: str | None, users: Sequence[str] | None) -> list[asyncpg.Record]:
    """Those who wait, the longest first; with `users`, in the queues that rang a telephone of theirs lately."""
    return list(await pool.fetch(_WAITING, tenant, queue, None if users is None else list(users)))
