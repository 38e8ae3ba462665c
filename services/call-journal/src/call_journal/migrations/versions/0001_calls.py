"""Calls, records, the archive of events, the position. Every key begins with the tenant.

Valid on PostgreSQL 15 to 18 without extensions.
"""

from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_STATEMENTS = (
    """
    CREATE TABLE call (
        tenant          text        NOT NULL,
        call_id         text        NOT NULL,
        pbx             text        NOT NULL,
        version         integer     NOT NULL,
        stream_seq      bigint      NOT NULL,
        direction       text        NOT NULL,
        dialled         text        NOT NULL,
        queue           text        NOT NULL,
        started_at      timestamptz NOT NULL,
        answered_at     timestamptz,
        ended_at        timestamptz,
        consultation_of text,
        merged_into     text,
        state           jsonb       NOT NULL,
        PRIMARY KEY (tenant, call_id)
    )
    """,
    "CREATE INDEX call_started ON call (tenant, started_at DESC, call_id)",
    "CREATE INDEX call_alive ON call (tenant, started_at) WHERE ended_at IS NULL",
    """
    CREATE TABLE call_record (
        tenant          text             NOT NULL,
        connection_id   text             NOT NULL,
        call_id         text             NOT NULL,
        pbx             text             NOT NULL,
        stream_seq      bigint           NOT NULL,
        user_id         text             NOT NULL,
        device          text             NOT NULL,
        direction       text             NOT NULL,
        internal        boolean          NOT NULL,
        remote_number   text             NOT NULL,
        remote_digits   text             NOT NULL,
        remote_name     text             NOT NULL,
        outcome         text,
        ended_by        text,
        started_at      timestamptz      NOT NULL,
        answered_at     timestamptz,
        ended_at        timestamptz,
        ring_s          double precision NOT NULL,
        queue_s         double precision NOT NULL,
        talk_s          double precision NOT NULL,
        hold_s          double precision NOT NULL,
        redirecting_id  text             NOT NULL,
        redirection_id  text             NOT NULL,
        consultation_of text,
        queue           text             NOT NULL,
        PRIMARY KEY (tenant, connection_id)
    )
    """,
    "CREATE INDEX call_record_newest ON call_record (tenant, started_at DESC, connection_id DESC)",
    "CREATE INDEX call_record_of_user ON call_record (tenant, user_id, started_at DESC, connection_id DESC)",
    "CREATE INDEX call_record_of_call ON call_record (tenant, call_id)",
    """
    CREATE TABLE call_event (
        tenant      text        NOT NULL,
        event_id    text        NOT NULL,
        occurred_at timestamptz NOT NULL,
        observed_at timestamptz NOT NULL,
        stream_seq  bigint      NOT NULL,
        call_id     text        NOT NULL,
        version     integer     NOT NULL,
        kind        text        NOT NULL,
        origin      text        NOT NULL,
        native_ids  text[]      NOT NULL,
        fact        jsonb       NOT NULL,
        PRIMARY KEY (tenant, event_id, occurred_at)
    ) PARTITION BY RANGE (occurred_at)
    """,
    "CREATE INDEX call_event_of_call ON call_event (tenant, call_id, version)",
    """
    CREATE TABLE position (
        consumer   text   NOT NULL,
        stream     text   NOT NULL,
        stream_seq bigint NOT NULL,
        PRIMARY KEY (consumer, stream)
    )
    """,
)


def upgrade() -> None:
    """Make the tables."""
    for statement in _STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    """Drop the tables: everything in them can be computed again from the stream."""
    for table in ("position", "call_event", "call_record", "call"):
        op.execute(f"DROP TABLE {table}")
