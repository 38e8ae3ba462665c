"""Reading the archive back as call events."""

from collections.abc import Iterable, Iterator
from itertools import groupby

import asyncpg
import msgspec
from cti_model.events import CallFact, Origin
from cti_store import Connection

from call_journal.project.archived import Archived, Born
from call_journal.project.paths import Key

_fact: msgspec.json.Decoder[CallFact] = msgspec.json.Decoder(CallFact)
_born = msgspec.json.Decoder(Born)
_EVENTS = """
    SELECT call_event.* FROM call_event
    JOIN unnest($1::text[], $2::text[]) AS wanted (tenant, call_id) USING (tenant, call_id)
    WHERE $3::bigint IS NULL OR stream_seq <= $3
    ORDER BY tenant, call_id, stream_seq
"""


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
