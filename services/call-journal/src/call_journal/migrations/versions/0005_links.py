"""Links that users set on rows: contact, account, activity, case, and whatever else.

`annotation.contact_id` and `account_id` follow from `links`, so that rows are found by them with an index.
"""

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_STATEMENTS = (
    "ALTER TABLE annotation ADD COLUMN links jsonb NOT NULL DEFAULT '[]'",
    "ALTER TABLE annotation_log ADD COLUMN links jsonb NOT NULL DEFAULT '[]'",
    """
    ALTER TABLE annotation
        ADD COLUMN contact_id text GENERATED ALWAYS AS
            (jsonb_path_query_first(links, '$[*] ? (@.kind == "contact").id') #>> '{}') STORED,
        ADD COLUMN account_id text GENERATED ALWAYS AS
            (jsonb_path_query_first(links, '$[*] ? (@.kind == "account").id') #>> '{}') STORED
    """,
    "CREATE INDEX annotation_of_contact ON annotation (tenant, contact_id) WHERE contact_id IS NOT NULL",
    "CREATE INDEX annotation_of_account ON annotation (tenant, account_id) WHERE account_id IS NOT NULL",
    "CREATE INDEX annotation_of_link ON annotation USING gin (links jsonb_path_ops)",
)


def upgrade() -> None:
    """Make the columns and indexes."""
    for statement in _STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    """Drop them; the links that people set are lost."""
    op.execute("ALTER TABLE annotation DROP COLUMN account_id, DROP COLUMN contact_id, DROP COLUMN links")
    op.execute("ALTER TABLE annotation_log DROP COLUMN links")
