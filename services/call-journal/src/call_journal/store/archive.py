"""The archive of call events: written once, by month, and read back."""

from collections.abc import Iterable, Iterator
from itertools import groupby

import asyncpg
import msgspec
from cti_model.events import CallFact, Origin
from cti_store import Connection

from call_journal.project import EventRow
from call_journal.project.archived import Archived, Born
from call_journal.project.paths import Key
from call_journal.store.upsert import Values, as_json, insert

_fact: msgspec.json.Decoder[CallFact] = msgspec.json.Decoder(CallFact)
_born = msgspec.json.Decoder(Born)
_EVENTS = """
    SELECT call_event.* FROM call_event
    JOIN unnest($1::text[], $2::text[]) AS wanted (tenant, call_id) USING (tenant, call_id)
    WHERE $3::bigint IS NULL OR stream_seq <= $3
    ORDER BY tenant, call_id, stream_seq
"""
EVENT_COLUMNS = (
    *("tenant", "event_id", "occurred_at", "observed_at", "stream_seq", "call_id", "version", "kind", "origin"),
    *("native_ids", "fact", "born", "not_before", "not_after"),
)
_EVENT = f"""
    INSERT INTO call_event ({", ".join(EVENT_COLUMNS)})
    SELECT tenant, event_id, occurred_at, observed_at, stream_seq, call_id, version, kind, origin,
           string_to_array(native_ids, ' '), fact, born, not_before, not_after
    FROM unnest($1::text[], $2::text[], $3::timestamptz[], $4::timestamptz[], $5::bigint[], $6::text[], $7::integer[],
                $8::text[], $9::text[], $10::text[], $11::jsonb[], $12::jsonb[], $13::timestamptz[],
                $14::timestamptz[])
         AS t (tenant, event_id, occurred_at, observed_at, stream_seq, call_id, version, kind, origin, native_ids, fact,
               born, not_before, not_after)
    ON CONFLICT DO NOTHING
"""  # noqa: S608 - names are constants


def event_values(row: EventRow) -> Values:
    """The values of these columns."""
    return (
        row.tenant,
        row.event_id,
        row.occurred_at,
        row.observed_at,
        row.stream_seq,
        row.call_id,
        row.version,
        row.kind,
        row.origin,
        row.native_ids,
        as_json(row.fact),
        as_json(row.born) if row.born is not None else None,
        row.not_before,
        row.not_after,
    )


async def archive(connection: Connection, events: Iterable[EventRow]) -> None:
    """Each event once.

    COPY takes half the time of INSERT, but refuses them all when one is there already: only after a repeat.
    """
    values = list(map(event_values, events))
    if not values:
        return
    try:
        async with connection.transaction():  # a savepoint
            await connection.copy_records_to_table("call_event", records=values, columns=EVENT_COLUMNS)
    except asyncpg.UniqueViolationError:
        await insert(connection, _EVENT, [(*row[:9], " ".join(row[9]), *row[10:]) for row in values])


async def archived(
    connection: Connection, keys: Iterable[Key], up_to: int | None = None
) -> Iterator[tuple[Key, list[Archived]]]:
    """The archived events of these calls, in the order in which they were read, up to a sequence.

    Calls without any are left out.
    """
    wanted = sorted(set(keys))
    rows = await connection.fetch(_EVENTS, [tenant for tenant, _ in wanted], [call for _, call in wanted], up_to)
    groups = groupby(rows, key=lambda row: (row["tenant"], row["call_id"]))
    return ((key, [from_row(row) for row in group]) for key, group in groups)


def from_row(row: asyncpg.Record) -> Archived:
    """One row of `call_event`, decoded."""
    return Archived(
        tenant=row["tenant"],
        call_id=row["call_id"],
        stream_seq=row["stream_seq"],
        version=row["version"],
        event_id=row["event_id"],
        occurred_at=row["occurred_at"],
        observed_at=row["observed_at"],
        origin=Origin(row["origin"]),
        native_ids=tuple(row["native_ids"]),
        fact=_fact.decode(row["fact"]),
        born=_born.decode(row["born"]) if row["born"] is not None else None,
        not_before=row["not_before"],
        not_after=row["not_after"],
    )
