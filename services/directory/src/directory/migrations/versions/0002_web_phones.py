"""Where and as whom a browser registers as a user's telephone; one for each user."""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table."""
    op.execute(
        """
        CREATE TABLE directory.web_phones (
            tenant     text        NOT NULL,
            id         text        NOT NULL,
            user_id    text        NOT NULL,
            pbx        text        NOT NULL,
            kind       text        NOT NULL CHECK (kind IN ('sip', 'verto')),
            url        text        NOT NULL,
            uri        text        NOT NULL,
            login      text        NOT NULL,
            stun       text        NOT NULL,
            sealed     bytea       NOT NULL,
            version    integer     NOT NULL DEFAULT 1,
            updated_at timestamptz NOT NULL DEFAULT now(),
            PRIMARY KEY (tenant, id),
            UNIQUE (tenant, user_id),
            FOREIGN KEY (tenant, user_id) REFERENCES directory.users (tenant, id)
        )
        """
    )


def downgrade() -> None:
    """Drop the table: its secrets are nowhere else."""
    op.execute("DROP TABLE directory.web_phones")
