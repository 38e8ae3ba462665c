"""What is to be published: written in the transaction that makes it true, published and removed afterwards."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import NamedTuple

import asyncpg
import msgspec
from cti_model import ids
from cti_model.journal import JournalEvent, Saved
from cti_store import Connection, Pool

FRESH = "tenant, connection_id, call_id, pbx, user_id, shared_with, (xmax = 0) AS fresh"
"""What an upsert returns of a record; `fresh`: it was not there before."""


class Waiting(NamedTuple):
    """An event in the outbox."""

    number: int
    event: JournalEvent


async def put(connection: Connection, events: Iterable[JournalEvent]) -> None:
    """Put events into the outbox; one that waits there already is not put in twice."""
    values = [(each.event_id, msgspec.json.encode(each).decode()) for each in events]
    if values:
        await connection.execute(
            "INSERT INTO journal_outbox (message_id, event) SELECT * FROM unnest($1::text[], $2::jsonb[]) "
            "ON CONFLICT DO NOTHING",
            *(list(column) for column in zip(*values, strict=True)),
        )


async def saved(connection: Connection, written: Sequence[asyncpg.Record]) -> list[JournalEvent]:
    """The `saved` events of rows that were just written: a user's first row of a call."""
    fresh = [row for row in written if row["fresh"]]
    if not fresh:
        return []
    ours = {(row["tenant"], row["connection_id"]) for row in fresh}
    others = await connection.fetch(
        "SELECT r.tenant, r.connection_id, r.call_id, r.user_id, r.shared_with FROM call_record r "
        "JOIN (SELECT DISTINCT * FROM unnest($1::text[], $2::text[]) AS t (tenant, call_id)) f "
        "ON r.tenant = f.tenant AND r.call_id = f.call_id",
        [row["tenant"] for row in fresh],
        [row["call_id"] for row in fresh],
    )
    told = {
        (row["tenant"], row["call_id"], user)
        for row in others
        if (row["tenant"], row["connection_id"]) not in ours
        for user in users_of(row)
    }
    now = datetime.now(UTC)
    events: list[JournalEvent] = []
    for row, user in [(each, user) for each in fresh for user in users_of(each)]:
        tenant, call_id = row["tenant"], row["call_id"]
        if (tenant, call_id, user) not in told:
            told.add((tenant, call_id, user))
            events.append(
                JournalEvent(
                    event_id=ids.journal_event_id(tenant, "saved", call_id, user),
                    occurred_at=now,
                    tenant=tenant,
                    pbx=row["pbx"],
                    call_id=call_id,
                    fact=Saved(connection_id=row["connection_id"], user=user),
                )
            )
    return events


def users_of(row: asyncpg.Record) -> tuple[str, ...]:
    """Whose a record is: one user, those who share its extension, or nobody."""
    if row["shared_with"] is not None:
        return tuple(msgspec.json.decode(row["shared_with"], type=list[str]))
    return (row["user_id"],) if row["user_id"] else ()


async def waiting(pool: Pool, at_most: int) -> list[Waiting]:
    """The oldest events of the outbox, in order."""
    rows = await pool.fetch("SELECT id, event FROM journal_outbox ORDER BY id LIMIT $1", at_most)
    return [Waiting(row["id"], msgspec.json.decode(row["event"], type=JournalEvent)) for row in rows]


async def backlog(pool: Pool) -> tuple[int, datetime | None]:
    """How many events wait, and since when the oldest does."""
    row = await pool.fetchrow(
        "SELECT count(*) AS waiting, "
        "(SELECT event->>'occurred_at' FROM journal_outbox ORDER BY id LIMIT 1)::timestamptz AS since "
        "FROM journal_outbox"
    )
    return (row["waiting"], row["since"]) if row is not None else (0, None)


async def remove(pool: Pool, numbers: Sequence[int]) -> None:
    """Remove events that are published."""
    await pool.execute("DELETE FROM journal_outbox WHERE id = ANY($1::bigint[])", list(numbers))
