"""The path of a call, an archive from which every row can be computed again, a position that knows its stream.

`connection` and `segment` are written when a call ends. `call_event.born` stands in the first event of a call and holds
what facts do not tell (`cti_model.fold.born`). `position.base`: how far the journal had counted before the stream that
it now reads; rows and events carry `base` + the stream's sequence, which never goes back.
"""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_STATEMENTS = (
    """
    CREATE TABLE connection (
        tenant         text             NOT NULL,
        connection_id  text             NOT NULL,
        call_id        text             NOT NULL,
        stream_seq     bigint           NOT NULL,
        position       integer          NOT NULL,
        device         text             NOT NULL,
        device_kind    text             NOT NULL,
        direction      text             NOT NULL,
        number         text             NOT NULL,
        name           text             NOT NULL,
        queue          text             NOT NULL,
        outcome        text,
        cause          text,
        ended_by       text,
        started_at     timestamptz      NOT NULL,
        alerted_at     timestamptz,
        answered_at    timestamptz,
        ended_at       timestamptz,
        ring_s         double precision NOT NULL,
        queue_s        double precision NOT NULL,
        talk_s         double precision NOT NULL,
        hold_s         double precision NOT NULL,
        redirecting_id text             NOT NULL,
        redirection_id text             NOT NULL,
        PRIMARY KEY (tenant, connection_id)
    )
    """,
    "CREATE INDEX connection_of_call ON connection (tenant, call_id)",
    """
    CREATE TABLE segment (
        tenant     text        NOT NULL,
        call_id    text        NOT NULL,
        one        text        NOT NULL,
        other      text        NOT NULL,
        began_at   timestamptz NOT NULL,
        stream_seq bigint      NOT NULL,
        began_by   text        NOT NULL,
        ended_at   timestamptz,
        ended_by   text,
        PRIMARY KEY (tenant, call_id, one, other, began_at)
    )
    """,
    "ALTER TABLE call_event ADD COLUMN born jsonb",
    "ALTER TABLE call_event ADD COLUMN not_before timestamptz",
    "ALTER TABLE call_event ADD COLUMN not_after timestamptz",
    """
    UPDATE call_event SET born = jsonb_build_object(
        'pbx', call.pbx, 'started_at', call.state->'started_at', 'native_id', call.state->'native_ids'->0,
        'features', coalesce(call.state->'features', '[]'))
    FROM call
    WHERE call_event.version = 1 AND call.tenant = call_event.tenant AND call.call_id = call_event.call_id
    """,
    "ALTER TABLE position ADD COLUMN life text",
    "ALTER TABLE position ADD COLUMN base bigint NOT NULL DEFAULT 0",
)


def upgrade() -> None:
    """Make the tables and columns; what was archived before becomes computable too."""
    for statement in _STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    """Drop what `upgrade` made. Only for a journal that has read one stream: without `base` sequences would go back."""
    op.execute("ALTER TABLE position DROP COLUMN base, DROP COLUMN life")
    op.execute("ALTER TABLE call_event DROP COLUMN not_after, DROP COLUMN not_before, DROP COLUMN born")
    op.execute("DROP TABLE segment")
    op.execute("DROP TABLE connection")
