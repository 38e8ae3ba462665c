"""The tables of a call's path: its connections, and who talked with whom."""

from call_journal.project import ConnectionRow, SegmentRow
from call_journal.store.upsert import Table, Values, storable


def _connection_values(row: ConnectionRow) -> Values:
    each = row.connection
    tally = each.tally
    return (
        row.tenant,
        each.connection_id,
        row.call_id,
        row.stream_seq,
        row.position,
        each.device.number,
        each.device.kind.value,
        each.direction.value,
        storable(each.party.number),
        storable(each.party.name),
        each.queue,
        each.outcome.value if each.outcome else None,
        each.cause.value if each.cause else None,
        each.ended_by.value if each.ended_by else None,
        each.started_at,
        each.alerted_at,
        each.answered_at,
        each.ended_at,
        tally.ring_us / 1e6,
        tally.queue_us / 1e6,
        tally.talk_us / 1e6,
        tally.hold_us / 1e6,
        each.redirecting_id,
        each.redirection_id,
    )


CONNECTION = Table(
    "connection",
    (
        *((name, "text") for name in ("tenant", "connection_id", "call_id")),
        ("stream_seq", "bigint"),
        ("position", "integer"),
        *((name, "text") for name in ("device", "device_kind", "direction", "number", "name", "queue")),
        *((name, "text") for name in ("outcome", "cause", "ended_by")),
        *((name, "timestamptz") for name in ("started_at", "alerted_at", "answered_at", "ended_at")),
        *((name, "double precision") for name in ("ring_s", "queue_s", "talk_s", "hold_s")),
        *((name, "text") for name in ("redirecting_id", "redirection_id")),
    ),
    ("tenant", "connection_id"),
    _connection_values,
)


def _segment_values(row: SegmentRow) -> Values:
    each = row.segment
    return (
        row.tenant,
        each.call_id,
        each.one,
        each.other,
        each.began_at,
        row.stream_seq,
        each.began_by.value,
        each.ended_at,
        each.ended_by.value if each.ended_by else None,
    )


SEGMENT = Table(
    "segment",
    (
        *((name, "text") for name in ("tenant", "call_id", "one", "other")),
        ("began_at", "timestamptz"),
        ("stream_seq", "bigint"),
        ("began_by", "text"),
        ("ended_at", "timestamptz"),
        ("ended_by", "text"),
    ),
    ("tenant", "call_id", "one", "other", "began_at"),
    _segment_values,
)
