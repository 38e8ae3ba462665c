"""Counting: rows of the Calls section, and inbound calls, by interval and by whom."""

from collections.abc import Sequence
from datetime import datetime

import asyncpg
from cti_model.calls import Outcome
from cti_store import Pool

from call_journal.store.filters import Filters, conditions
from call_journal.store.inbound import UNANSWERED, Inbound, inbound_conditions

_GROUPS = {"none": "NULL::text", "user": "r.owner", "queue": "r.queue"}
_WAIT = "extract(epoch FROM {0}.answered_at - {0}.started_at)::double precision"
_OUTCOMES = ", ".join(f"count(*) FILTER (WHERE r.outcome = '{each}') AS {each}" for each in Outcome)


async def of_records(
    pool: Pool, tenant: str, filters: Filters, starts: Sequence[datetime], by: str, within_s: float
) -> list[asyncpg.Record]:
    """A row for each `slot` (number of the interval, from 1), `who`, and `direction` that has records."""
    where, values = conditions(tenant, filters)
    source, condition = f"call_record r WHERE {where}", ""
    if by == "user":
        source = f"({_per_owner(where)}) r"
        of_users = (filters.user,) if filters.user is not None else filters.users
        if of_users is not None:
            values.append(list(of_users))
            condition = f"WHERE r.owner = ANY(${len(values)})"
    values += [list(starts), within_s]
    slots, within = f"${len(values) - 1}::timestamptz[]", f"${len(values)}"
    wait = _WAIT.format("r")
    query = f"""
        SELECT width_bucket(r.started_at, {slots}) AS slot, {_GROUPS[by]} AS who, r.direction,
               count(*) AS calls, {_OUTCOMES},
               count(*) FILTER (WHERE r.ended_at IS NULL) AS alive,
               count(r.answered_at) AS talked,
               count(*) FILTER (WHERE {wait} <= {within}) AS within,
               coalesce(sum({wait}), 0) AS wait_s,
               sum(r.ring_s) AS ring_s, sum(r.talk_s) AS talk_s, sum(r.hold_s) AS hold_s
        FROM {source} {condition} GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
    """  # noqa: S608 - conditions and groups are constants
    return list(await pool.fetch(query, *values))


def _per_owner(where: str) -> str:
    """A row of a shared extension once for each of its users. In two parts, because PostgreSQL knows that few rows are
    shared; of one part that unfolds each row it would expect a hundred times as many, and read the whole table.
    """
    return f"""
        SELECT r.*, r.user_id AS owner FROM call_record r WHERE {where}
        UNION ALL
        SELECT r.*, sharer FROM call_record r CROSS JOIN LATERAL jsonb_array_elements_text(r.shared_with) sharer
        WHERE {where} AND r.shared_with IS NOT NULL AND sharer <> r.user_id
    """  # noqa: S608 - conditions are constants


async def of_inbound(
    pool: Pool, tenant: str, asked: Inbound, starts: Sequence[datetime], by: str, within_s: float
) -> list[asyncpg.Record]:
    """A row for each `slot` and `who` (queue, or nobody) that has inbound calls."""
    where, values = inbound_conditions(tenant, asked)
    values += [list(starts), within_s]
    slots, within = f"${len(values) - 1}::timestamptz[]", f"${len(values)}"
    wait = _WAIT.format("c")
    query = f"""
        SELECT width_bucket(c.started_at, {slots}) AS slot, {"c.queue" if by == "queue" else "NULL::text"} AS who,
               count(*) AS calls, count(c.answered_at) AS answered,
               count(*) FILTER (WHERE {UNANSWERED}) AS unanswered,
               count(*) FILTER (WHERE {UNANSWERED} AND c.queue <> '') AS abandoned,
               count(*) FILTER (WHERE {wait} <= {within}) AS within,
               coalesce(sum({wait}), 0) AS wait_s
        FROM call c WHERE {where} GROUP BY 1, 2 ORDER BY 1, 2
    """  # noqa: S608 - conditions are constants
    return list(await pool.fetch(query, *values))
