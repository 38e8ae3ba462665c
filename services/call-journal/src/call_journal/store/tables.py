"""The tables that are computed from call events: calls, records, and with others' help all of them."""

from collections.abc import Sequence

import asyncpg
from cti_store import Connection

from call_journal.project import CallRow, RecordRow, Rows
from call_journal.store import outbox
from call_journal.store.parts import CONNECTION, SEGMENT
from call_journal.store.recordings import RECORDING
from call_journal.store.upsert import Table, Values, as_json, digits, insert, insert_returning, statement, storable


async def put(connection: Connection, rows: Rows) -> list[asyncpg.Record]:
    """Write the rows that are computed, not the archive; the records that were written (see `outbox.FRESH`)."""
    written: list[asyncpg.Record] = []
    for table, found in of_tables(rows):
        values = [table.values(row) for row in found]
        if table is RECORD:
            written = await insert_returning(connection, f"{_STATEMENTS[table.name]} RETURNING {outbox.FRESH}", values)
        else:
            await insert(connection, _STATEMENTS[table.name], values)
    return written


def of_tables(rows: Rows) -> tuple[tuple[Table, Sequence[object]], ...]:
    """The computed tables and their rows."""
    return (
        (CALL, rows.calls),
        (RECORD, rows.records),
        (CONNECTION, rows.connections),
        (SEGMENT, rows.segments),
        (RECORDING, rows.recordings),
    )


def _call_values(row: CallRow) -> Values:
    call = row.call
    return (
        row.tenant,
        call.call_id,
        call.pbx,
        call.version,
        row.stream_seq,
        call.direction.value,
        call.dialled,
        call.queue,
        call.started_at,
        call.answered_at,
        call.ended_at,
        call.consultation_of,
        call.merged_into,
        as_json(call),
    )


def _record_values(row: RecordRow) -> Values:
    record = row.record
    return (
        row.tenant,
        record.connection_id,
        record.call_id,
        row.pbx,
        row.stream_seq,
        row.users[0] if row.users else "",
        record.device,
        record.direction.value,
        record.internal,
        storable(record.remote_number),
        digits(record.remote_number),
        storable(record.remote_name),
        record.outcome.value if record.outcome else None,
        record.ended_by.value if record.ended_by else None,
        record.started_at,
        record.answered_at,
        record.ended_at,
        record.ring_s,
        record.queue_s,
        record.talk_s,
        record.hold_s,
        record.redirecting_id,
        record.redirection_id,
        record.consultation_of,
        record.queue,
        as_json(row.users) if len(row.users) > 1 else None,
    )


_CALL_COLUMNS = (
    *((name, "text") for name in ("tenant", "call_id", "pbx")),
    ("version", "integer"),
    ("stream_seq", "bigint"),
    *((name, "text") for name in ("direction", "dialled", "queue")),
    *((name, "timestamptz") for name in ("started_at", "answered_at", "ended_at")),
    *((name, "text") for name in ("consultation_of", "merged_into")),
    ("state", "jsonb"),
)
_RECORD_COLUMNS = (
    *((name, "text") for name in ("tenant", "connection_id", "call_id", "pbx")),
    ("stream_seq", "bigint"),
    *((name, "text") for name in ("user_id", "device", "direction")),
    ("internal", "boolean"),
    *((name, "text") for name in ("remote_number", "remote_digits", "remote_name", "outcome", "ended_by")),
    *((name, "timestamptz") for name in ("started_at", "answered_at", "ended_at")),
    *((name, "double precision") for name in ("ring_s", "queue_s", "talk_s", "hold_s")),
    *((name, "text") for name in ("redirecting_id", "redirection_id", "consultation_of", "queue")),
    ("shared_with", "jsonb"),
)
CALL = Table("call", _CALL_COLUMNS, ("tenant", "call_id"), _call_values)
RECORD = Table(
    "call_record", _RECORD_COLUMNS, ("tenant", "connection_id"), _record_values, kept=("user_id", "shared_with")
)
TABLES = (CALL, RECORD, CONNECTION, SEGMENT, RECORDING)
"""The tables that are computed, in the order in which they are written and locked."""
_STATEMENTS = {table.name: statement(table) for table in TABLES}
