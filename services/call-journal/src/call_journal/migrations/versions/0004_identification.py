"""Who the other party of a record is, and the users of a shared extension.

`identification` holds what the stream told once: a rebuild leaves it alone. It is keyed by connection_id, which is the
same after a rebuild.
"""

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_STATEMENTS = (
    """
    CREATE TABLE identification (
        tenant        text        NOT NULL,
        connection_id text        NOT NULL,
        number        text        NOT NULL,
        call_id       text        NOT NULL,
        stream_seq    bigint      NOT NULL,
        event_id      text        NOT NULL,
        occurred_at   timestamptz NOT NULL,
        origin        text        NOT NULL,
        contact_id    text,
        account_id    text,
        employee_id   text,
        name          text        NOT NULL,
        candidates    jsonb       NOT NULL,
        PRIMARY KEY (tenant, connection_id, number)
    )
    """,
    "CREATE INDEX identification_of_contact ON identification (tenant, contact_id) WHERE contact_id IS NOT NULL",
    "CREATE INDEX identification_of_account ON identification (tenant, account_id) WHERE account_id IS NOT NULL",
    "CREATE INDEX identification_of_employee ON identification (tenant, employee_id) WHERE employee_id IS NOT NULL",
    "ALTER TABLE call_record ADD COLUMN shared_with jsonb",
    "CREATE INDEX call_record_shared ON call_record USING gin (shared_with) WHERE shared_with IS NOT NULL",
)


def upgrade() -> None:
    """Make the table and the column; no row is rewritten."""
    for statement in _STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    """Drop them; the names are lost."""
    op.execute("ALTER TABLE call_record DROP COLUMN shared_with")
    op.execute("DROP TABLE identification")
