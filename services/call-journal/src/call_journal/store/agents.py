"""When agents were there for calls, and how much of that time they were occupied."""

from collections.abc import Sequence
from datetime import datetime

import asyncpg
from cti_model.agents import AgentState
from cti_store import Connection, Pool

from call_journal.project.agents import AgentRow
from call_journal.store.upsert import Table, Values, as_json, storable


def _values(row: AgentRow) -> Values:
    event = row.event
    return (
        row.tenant,
        event.event_id,
        row.stream_seq,
        event.agent.pbx,
        storable(event.agent.device),
        as_json(row.users),
        event.occurred_at,
        event.origin.value,
        event.current.value,
    )


AGENT = Table(
    "agent_event",
    (
        ("tenant", "text"),
        ("event_id", "text"),
        ("stream_seq", "bigint"),
        *((name, "text") for name in ("pbx", "device")),
        ("users", "jsonb"),
        ("occurred_at", "timestamptz"),
        *((name, "text") for name in ("origin", "agent_state")),
    ),
    ("tenant", "event_id"),
    _values,
    kept=("users",),
)
_AVAILABLE = ", ".join(f"'{each}'" for each in (AgentState.READY, AgentState.BUSY, AgentState.AFTER_CALL))
# $1 tenant, $2 where the intervals begin, $3 where the last one ends, at most now; $4 users or null.
# Each device is found by a step through the index; what it was before the period is the last change before it.
_OCCUPIED = f"""
    WITH RECURSIVE device AS (
        (SELECT pbx, device FROM agent_event WHERE tenant = $1 ORDER BY pbx, device LIMIT 1)
        UNION ALL
        SELECT next.pbx, next.device FROM device CROSS JOIN LATERAL (
            SELECT pbx, device FROM agent_event
            WHERE tenant = $1 AND (pbx, device) > (device.pbx, device.device) ORDER BY pbx, device LIMIT 1
        ) AS next
    ), slot AS (
        SELECT n AS slot, tstzrange(began, coalesce(lead(began) OVER (ORDER BY n), $3)) AS span
        FROM unnest($2::timestamptz[]) WITH ORDINALITY AS each (began, n) WHERE began < $3
    ), told AS (
        SELECT d.pbx, d.device, e.* FROM device d CROSS JOIN LATERAL (
            (SELECT occurred_at, stream_seq, users, agent_state FROM agent_event
             WHERE tenant = $1 AND pbx = d.pbx AND device = d.device AND occurred_at < $2[1]
             ORDER BY occurred_at DESC, stream_seq DESC LIMIT 1)
            UNION ALL
            (SELECT occurred_at, stream_seq, users, agent_state FROM agent_event
             WHERE tenant = $1 AND pbx = d.pbx AND device = d.device AND occurred_at >= $2[1] AND occurred_at < $3)
        ) AS e
    ), stretch AS (
        SELECT users, agent_state, greatest(occurred_at, $2[1]) AS began, coalesce(
            lead(occurred_at) OVER (PARTITION BY pbx, device ORDER BY occurred_at, stream_seq), $3) AS ended
        FROM told
    ), piece AS (
        SELECT who, agent_state = '{AgentState.AFTER_CALL}' AS handling, true AS available, began, ended
        FROM stretch CROSS JOIN LATERAL jsonb_array_elements_text(users) AS who
        WHERE agent_state IN ({_AVAILABLE})
        UNION ALL
        SELECT who, true, false, greatest(answered_at, $2[1]), least(coalesce(ended_at, $3), $3)
        FROM call_record r CROSS JOIN LATERAL (
            SELECT r.user_id AS who UNION SELECT jsonb_array_elements_text(coalesce(r.shared_with, '[]'))
        ) AS owner
        WHERE tenant = $1 AND started_at >= $2[1] - interval '1 day' AND started_at < $3 AND answered_at IS NOT NULL
    ), cut AS (
        SELECT who, handling, available, slot, tstzrange(began, ended) * slot.span AS span
        FROM piece
        CROSS JOIN LATERAL generate_series(
            width_bucket(began, $2::timestamptz[]), width_bucket(ended, $2::timestamptz[])) AS number
        JOIN slot ON slot = number
        WHERE began < ended AND ($4::text[] IS NULL OR who = ANY($4))
    ), summed AS (
        SELECT slot, who, range_agg(span) FILTER (WHERE available) AS available,
               range_agg(span) FILTER (WHERE handling) AS handling
        FROM cut GROUP BY slot, who
    )
    SELECT slot, who,
           (SELECT sum(extract(epoch FROM upper(each) - lower(each))) FROM unnest(available) AS each
           )::double precision AS available_s,
           coalesce((SELECT sum(extract(epoch FROM upper(each) - lower(each))) FROM unnest(available * handling) AS each
           ), 0)::double precision AS handled_s
    FROM summed WHERE NOT isempty(available)
"""  # noqa: S608 - names of states are constants


async def occupied(
    pool: Pool, tenant: str, starts: Sequence[datetime], until: datetime, users: Sequence[str] | None
) -> list[asyncpg.Record]:
    """`available_s` and `handled_s` of each `slot` (number of the interval, from 1) and `who` that was there in it.

    Available: signed in and ready, busy or after a call, at any of their telephones; not while paused or out of reach.
    Handled: the part of it with an answered call, held or not, or after one. `until`: where the last interval ends, at
    most now. A call that is longer than a day counts in the intervals of its first day.
    """
    if until <= starts[0]:
        return []
    return list(await pool.fetch(_OCCUPIED, tenant, list(starts), until, None if users is None else list(users)))


_OLD_STATES = """
    DELETE FROM agent_event WHERE tenant = $1 AND event_id IN (
        SELECT e.event_id FROM agent_event e WHERE e.tenant = $1 AND e.occurred_at < $2 AND EXISTS (
            SELECT FROM agent_event later WHERE later.tenant = $1 AND later.pbx = e.pbx AND later.device = e.device
            AND later.occurred_at > e.occurred_at AND later.occurred_at < $2)
        ORDER BY e.occurred_at LIMIT $3)
"""


async def remove_states(connection: Connection, tenant: str, before: datetime, limit: int) -> int:
    """Remove some old states, but for the newest of each device, which holds until the next; their number."""
    done = await connection.execute(_OLD_STATES, tenant, before, limit)
    return int(done.split()[-1])
