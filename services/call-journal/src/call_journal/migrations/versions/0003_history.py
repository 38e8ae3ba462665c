"""What users add to records, what is to be published, and indexes for reading.

`annotation` and `annotation_log` hold what people wrote: they cannot be computed from the stream, so a rebuild leaves
them alone. They are keyed by connection_id, which is the same after a rebuild.
"""

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_STATEMENTS = (
    """
    CREATE TABLE annotation (
        tenant        text        NOT NULL,
        connection_id text        NOT NULL,
        version       integer     NOT NULL,
        note          text        NOT NULL,
        result        text        NOT NULL,
        changed_by    text        NOT NULL,
        changed_at    timestamptz NOT NULL,
        PRIMARY KEY (tenant, connection_id)
    )
    """,
    """
    CREATE TABLE annotation_log (
        tenant        text        NOT NULL,
        connection_id text        NOT NULL,
        version       integer     NOT NULL,
        note          text        NOT NULL,
        result        text        NOT NULL,
        changed_by    text        NOT NULL,
        changed_at    timestamptz NOT NULL,
        PRIMARY KEY (tenant, connection_id, version)
    )
    """,
    """
    CREATE TABLE journal_outbox (
        id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        message_id text  NOT NULL UNIQUE,
        event      jsonb NOT NULL
    )
    """,
    "CREATE INDEX call_record_of_device ON call_record (tenant, device, started_at DESC, connection_id DESC)",
    "CREATE INDEX call_record_of_queue ON call_record (tenant, queue, started_at DESC, connection_id DESC) "
    "WHERE queue <> ''",
    "CREATE INDEX call_record_of_number ON call_record (tenant, right(remote_digits, 9), started_at DESC)",
    "CREATE INDEX call_inbound ON call (tenant, started_at DESC, call_id DESC) WHERE direction = 'inbound'",
    "CREATE INDEX call_missed ON call (tenant, started_at DESC, call_id DESC) "
    "WHERE direction = 'inbound' AND answered_at IS NULL AND ended_at IS NOT NULL",
)


def upgrade() -> None:
    """Make the tables and indexes."""
    for statement in _STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    """Drop them; what people wrote is lost."""
    for index in ("call_missed", "call_inbound", "call_record_of_number", "call_record_of_queue"):
        op.execute(f"DROP INDEX {index}")
    op.execute("DROP INDEX call_record_of_device")
    for table in ("journal_outbox", "annotation_log", "annotation"):
        op.execute(f"DROP TABLE {table}")
