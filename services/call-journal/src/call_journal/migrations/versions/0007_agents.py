"""States of agents, as they were told: how long somebody was there for calls.

An archive like `call_event`, small: only changes of the whole agent's state. It begins when this version first reads
the stream; nothing is computed from it that is stored, so a rebuild leaves it alone.
"""

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_STATEMENTS = (
    """
    CREATE TABLE agent_event (
        tenant      text        NOT NULL,
        event_id    text        NOT NULL,
        stream_seq  bigint      NOT NULL,
        pbx         text        NOT NULL,
        device      text        NOT NULL,
        users       jsonb       NOT NULL,
        occurred_at timestamptz NOT NULL,
        origin      text        NOT NULL,
        agent_state text        NOT NULL,
        PRIMARY KEY (tenant, event_id)
    )
    """,
    "CREATE INDEX agent_event_of_device ON agent_event (tenant, pbx, device, occurred_at DESC, stream_seq DESC)",
    "CREATE INDEX agent_event_oldest ON agent_event (tenant, occurred_at)",
)


def upgrade() -> None:
    """Make the table; no row of others is touched."""
    for statement in _STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    """Drop it: how long agents were there is no longer known."""
    op.execute("DROP TABLE agent_event")
