"""Recordings: their table, their lists, who listened, and which are gone."""

from datetime import datetime

import asyncpg
import msgspec
from cti_store import Connection, Pool

from call_journal.project.recordings import RecordingRow
from call_journal.store.queries import Cursor
from call_journal.store.upsert import Table, Values, digits, storable

_TEXTS = ("tenant", "call_id", "recording", "pbx", "recording_id", "connection_id", "native_id", "device")


def _values(row: RecordingRow) -> Values:
    texts = (storable(getattr(row, name)) for name in _TEXTS)
    location = storable(row.location) if row.location is not None else None
    return (*texts, row.stream_seq, row.began_at, row.started_at, row.stopped_at, row.stored_at, location)


RECORDING = Table(
    "recording",
    (
        *((name, "text") for name in _TEXTS),
        ("stream_seq", "bigint"),
        *((name, "timestamptz") for name in ("began_at", "started_at", "stopped_at", "stored_at")),
        ("location", "text"),
    ),
    ("tenant", "call_id", "recording"),
    _values,
    # Each fact tells a part of it, and they come in different batches.
    {
        "began_at": "least(recording.began_at, EXCLUDED.began_at)",
        **{
            name: f"coalesce(EXCLUDED.{name}, recording.{name})"
            for name in ("started_at", "stopped_at", "stored_at", "location")
        },
    },
)

# A recording goes with its connection into another call: each of the two knows a part of it, the newer one is listed.
_RECORDINGS = """
    SELECT r.tenant, r.recording, r.call_id, r.pbx, r.recording_id, r.connection_id, r.native_id, r.device,
           r.began_at AS listed_at, whole.began_at, whole.started_at, whole.stopped_at, whole.stored_at, whole.location,
           gone.gone_at, gone.reason,
           (SELECT c.ended_at FROM call c WHERE c.tenant = r.tenant AND c.call_id = r.call_id) AS call_ended_at
    FROM recording r
    CROSS JOIN LATERAL (
        SELECT min(o.began_at) AS began_at, min(o.started_at) AS started_at, max(o.stopped_at) AS stopped_at,
               max(o.stored_at) AS stored_at, max(o.location) AS location, max(o.stream_seq) AS newest
        FROM recording o WHERE o.tenant = r.tenant AND o.recording = r.recording
    ) AS whole
    LEFT JOIN recording_gone gone ON gone.tenant = r.tenant AND gone.recording = r.recording
    WHERE r.tenant = $1 AND r.stream_seq = whole.newest
"""
_TOOK_PART = "EXISTS (SELECT FROM call_record t WHERE t.tenant = r.tenant AND t.call_id = r.call_id AND {})"
_CONDITIONS = {
    "user": _TOOK_PART.format("(t.user_id = {0} OR t.shared_with ? {0})"),
    "users": _TOOK_PART.format("(t.user_id = ANY({0}) OR t.shared_with ?| {0})"),
    "number": _TOOK_PART.format("t.remote_digits LIKE '%' || {0} || '%'"),
    "pbx": "r.pbx = {}",
    "since": "r.began_at >= {}",
    "until": "r.began_at < {}",
    "call_id": "r.call_id = {}",
    "recording": "r.recording = {}",
}


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """Which recordings. None: not asked for. `user`: who took part in the call; `users`: one of these did; `number`:
    part of the other party's.
    """

    user: str | None = None
    users: tuple[str, ...] | None = None
    number: str | None = None
    pbx: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    call_id: str | None = None
    recording: str | None = None


async def list_recordings(
    pool: Pool, tenant: str, wanted: Wanted, after: Cursor | None = None, limit: int = 200
) -> list[asyncpg.Record]:
    """Recordings of a tenant, newest first; those that are gone too, with `gone_at`.

    `after`: the `listed_at` and the id of the last one of the page before.
    """
    values: list[object] = [tenant]
    query = _RECORDINGS
    for name, condition in _CONDITIONS.items():
        value = getattr(wanted, name)
        if value is not None:
            values.append(digits(value) if name == "number" else list(value) if name == "users" else value)
            query += f" AND {condition.format(f'${len(values)}')}"
    if after is not None:
        values += [after.started_at, after.connection_id]
        query += f" AND (r.began_at, r.recording) < (${len(values) - 1}, ${len(values)})"
    values.append(limit)
    return list(await pool.fetch(f"{query} ORDER BY r.began_at DESC, r.recording DESC LIMIT ${len(values)}", *values))


_SAME_LISTENING = """
    UPDATE recording_access SET last_at = now(), requests = requests + 1
    WHERE id = (SELECT id FROM recording_access
                WHERE tenant = $1 AND recording = $2 AND user_id = $3 AND granted_by = $4 AND how = $5
                      AND last_at > now() - interval '15 minutes' ORDER BY last_at DESC LIMIT 1)
    RETURNING id
"""
_NEW_LISTENING = """
    INSERT INTO recording_access (tenant, recording, call_id, user_id, granted_by, how, began_at, last_at, requests)
    VALUES ($1, $2, $6, $3, $4, $5, now(), now(), 1)
"""


async def audited(pool: Pool, row: asyncpg.Record, user: str, granted_by: str, how: str) -> None:
    """Write down that somebody listens, or was given a link (`how`).

    A player asks for one recording in many parts: those of a quarter of an hour are one line with a count.
    """
    who = (row["tenant"], row["recording"], user, granted_by, how)
    async with pool.acquire() as connection, connection.transaction():
        if how == "link" or await connection.fetchval(_SAME_LISTENING, *who) is None:
            await connection.execute(_NEW_LISTENING, *who, row["call_id"])


async def accesses(pool: Pool, tenant: str, recording: str) -> list[asyncpg.Record]:
    """Who listened, or was given a link, newest first."""
    query = "SELECT * FROM recording_access WHERE tenant = $1 AND recording = $2 ORDER BY last_at DESC, id DESC"
    return list(await pool.fetch(query, tenant, recording))


async def mark_gone(connection: Connection, tenant: str, recordings: list[str], reason: str) -> None:
    """These cannot be heard any more, also after a rebuild."""
    await connection.execute(
        "INSERT INTO recording_gone SELECT $1, each, now(), $3 FROM unnest($2::text[]) AS each ON CONFLICT DO NOTHING",
        *(tenant, recordings, reason),
    )
