"""Calls from outside as the company sees them, once each, whoever's phones rang; and who was spoken with last."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import asyncpg
import msgspec
from cti_store import Pool

from call_journal.store.filters import SAME_DIGITS, Filters, conditions, newest
from call_journal.store.identified import ABOUT_ACCOUNT, ABOUT_CONTACT, JOINED, PARTY
from call_journal.store.queries import FOLLOWING, TAKERS, WRITTEN, Cursor
from call_journal.store.upsert import digits

UNANSWERED = "c.answered_at IS NULL AND c.ended_at IS NOT NULL AND c.merged_into IS NULL"
_NUMBER = "coalesce(c.state #>> '{connections,0,party,number}', '')"
_NUMBER_IN_FORMAT = _NUMBER.replace("{", "{{").replace("}", "}}")
_KEY = f"right(regexp_replace({_NUMBER}, '[^0-9]', '', 'g'), {SAME_DIGITS})"
_WAIT = "extract(epoch FROM coalesce(c.answered_at, c.ended_at) - c.started_at)::double precision"
_RECENT_AMONG = 2000


class Inbound(msgspec.Struct, frozen=True, kw_only=True):
    """Which inbound calls. None: not asked for. `users`: theirs rang for it. `called_back`: see `list_inbound`."""

    since: datetime | None = None
    until: datetime | None = None
    queue: str | None = None
    number: str | None = None
    users: Sequence[str] | None = None
    outcome: str | None = None
    answered_within_s: float | None = None
    called_back: bool | None = None


_OUTCOMES: Mapping[str, str] = {
    "answered": "c.answered_at IS NOT NULL",
    "unanswered": UNANSWERED,
    "missed": f"{UNANSWERED} AND c.queue = ''",
    "abandoned": f"{UNANSWERED} AND c.queue <> ''",
}
_CONDITIONS: Mapping[str, str] = {
    "since": "c.started_at >= {}",
    "until": "c.started_at < {}",
    "queue": "c.queue = {}",
    "number": f"regexp_replace({_NUMBER_IN_FORMAT}, '[^0-9]', '', 'g') LIKE '%' || {{}} || '%'",
    "users": "EXISTS (SELECT FROM call_record m WHERE m.tenant = c.tenant AND m.call_id = c.call_id "
    "AND (m.user_id = ANY({0}) OR m.shared_with ?| {0}))",
    "answered_within_s": "extract(epoch FROM c.answered_at - c.started_at)::double precision <= {}",
}
# The first talk with that number since: with anybody, in either direction.
_LATER = f"""
    LEFT JOIN LATERAL (
        SELECT l.user_id, l.started_at, l.direction, l.call_id FROM call_record l
        WHERE c.answered_at IS NULL AND l.tenant = c.tenant AND right(l.remote_digits, {SAME_DIGITS}) = {_KEY}
              AND {_KEY} <> '' AND l.started_at > c.started_at AND l.answered_at IS NOT NULL AND l.call_id <> c.call_id
        ORDER BY l.started_at LIMIT 1
    ) later ON true
"""  # noqa: S608 - constants
_ANSWERER = f"""
    LEFT JOIN LATERAL (
        SELECT {TAKERS} AS users FROM call_record a
        WHERE a.tenant = c.tenant AND a.call_id = c.call_id AND a.direction = 'in' AND a.answered_at IS NOT NULL
        ORDER BY a.answered_at, a.connection_id LIMIT 1
    ) answerer ON true
"""  # noqa: S608 - constants

# The caller's name as the directory told it for any of the phones that rang.
_KNOWN = f"""(
    SELECT nullif(i.name, '') FROM call_record k
    JOIN identification i ON i.tenant = k.tenant AND i.connection_id = k.connection_id AND i.number = k.remote_number
    WHERE k.tenant = c.tenant AND k.call_id = c.call_id AND k.remote_number = {_NUMBER}
    ORDER BY i.stream_seq DESC LIMIT 1
)"""  # noqa: S608 - constants


def inbound_conditions(tenant: str, asked: Inbound) -> tuple[str, list[Any]]:
    """The condition on `call c`, `called_back` aside, and the values of its placeholders."""
    values: list[Any] = [tenant]
    where = ["c.tenant = $1", "c.direction = 'inbound'"]
    if asked.outcome is not None:
        where.append(_OUTCOMES[asked.outcome])
    for name, condition in _CONDITIONS.items():
        value = getattr(asked, name)
        if value is not None:
            values.append(digits(value) if name == "number" else list(value) if name == "users" else value)
            where.append(condition.format(f"${len(values)}"))
    return " AND ".join(where), values


async def list_inbound(
    pool: Pool, tenant: str, asked: Inbound, after: Cursor | None, limit: int
) -> list[asyncpg.Record]:
    """Inbound calls of a tenant, newest first, behind `after`.

    `called_back` of one that nobody answered: whether anybody spoke with that number later. `call_id` is the second
    half of the cursor.
    """
    where, values = inbound_conditions(tenant, asked)
    if asked.called_back is not None:
        # IS NULL, of a column that is never null in its table, seems so rare to PostgreSQL that it would read all calls
        # and sort them, instead of going from the newest on until the page is full.
        where += f" AND length(coalesce(later.user_id, '')) {'>' if asked.called_back else '<='} 0"
    if after is not None:
        values += [after.started_at, after.connection_id]
        where += f" AND (c.started_at, c.call_id) < (${len(values) - 1}, ${len(values)})"
    values.append(limit)
    query = f"""
        SELECT c.call_id, c.pbx, c.queue, c.dialled, c.started_at, c.answered_at, c.ended_at, {_NUMBER} AS number,
               coalesce({_KNOWN}, c.state #>> '{{connections,0,party,name}}', '') AS name, {_WAIT} AS wait_s,
               CASE WHEN c.answered_at IS NOT NULL THEN 'answered'
                    WHEN {UNANSWERED} THEN CASE WHEN c.queue = '' THEN 'missed' ELSE 'abandoned' END
               END AS outcome,
               coalesce(answerer.users, '') AS answered_by,
               later.user_id AS later_user, later.started_at AS later_at, later.direction AS later_direction,
               later.call_id AS later_call_id
        FROM call c {_ANSWERER} {_LATER}
        WHERE {where} ORDER BY c.started_at DESC, c.call_id DESC LIMIT ${len(values)}
    """  # noqa: S608 - conditions are constants
    return list(await pool.fetch(query, *values))


# Whom a row is about, as a text that is the same for the same: a contact, else an account, else number or name.
_SAME = f"""coalesce(
    'contact ' || {ABOUT_CONTACT}, 'account ' || {ABOUT_ACCOUNT},
    nullif(right(r.remote_digits, {SAME_DIGITS}), ''), nullif(lower(r.remote_name), ''))
"""


async def recent(
    pool: Pool,
    tenant: str,
    users: Sequence[str] | None,
    limit: int,
    *,
    number: str | None = None,
    contact: str | None = None,
    account: str | None = None,
) -> list[asyncpg.Record]:
    """The newest record with each other party, newest first: each contact, else account, else number, else name.

    Looked for among the newest 2000 records (of those users, of that number, contact or account).
    """
    asked = Filters(contact=contact, account=account)
    if users is not None:
        one = {"user": users[0]} if len(users) == 1 else {"users": tuple(users)}
        asked = msgspec.structs.replace(asked, **one)
    bound = conditions(tenant, msgspec.structs.replace(asked, user=None))[1]
    more = ""
    given: list[Any] = [limit]
    if number is not None:
        more = f" AND right(r.remote_digits, {SAME_DIGITS}) = ${len(bound) + 2}"
        given.append(digits(number)[-SAME_DIGITS:])
    rows, where, values = newest(tenant, asked, str(_RECENT_AMONG), more, given)
    query = f"""
        SELECT r.*, {FOLLOWING} FROM (
            SELECT DISTINCT ON (party) among.* FROM (
                SELECT r.*, {WRITTEN}, {PARTY}, {_SAME} AS party
                FROM {rows} LEFT JOIN annotation n ON n.tenant = r.tenant AND n.connection_id = r.connection_id
                {JOINED} WHERE {where} ORDER BY r.started_at DESC, r.connection_id DESC LIMIT {_RECENT_AMONG}
            ) among WHERE party IS NOT NULL ORDER BY party, started_at DESC, connection_id DESC
        ) r ORDER BY r.started_at DESC, r.connection_id DESC LIMIT ${len(bound) + 1}
    """  # noqa: S608 - conditions are constants
    return list(await pool.fetch(query, *values))
