"""Where the photo of a user or subscriber is; empty: nobody knows one."""

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns: with a constant default no row is rewritten."""
    for table in ("users", "subscribers"):
        op.execute(f"ALTER TABLE directory.{table} ADD COLUMN photo_url text NOT NULL DEFAULT ''")


def downgrade() -> None:
    """Drop the columns, and what was in them."""
    for table in ("users", "subscribers"):
        op.execute(f"ALTER TABLE directory.{table} DROP COLUMN photo_url")
