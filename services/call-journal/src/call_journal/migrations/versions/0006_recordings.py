"""Recordings, who listened to them, which are gone; jobs of the night; what was erased and must not come back.

`recording` is computed from the archive like `connection`. All others here are not: no rebuild touches them.
"""

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_STATEMENTS = (
    """
    CREATE TABLE recording (
        tenant        text        NOT NULL,
        call_id       text        NOT NULL,
        recording     text        NOT NULL,
        stream_seq    bigint      NOT NULL,
        pbx           text        NOT NULL,
        recording_id  text        NOT NULL,
        connection_id text        NOT NULL,
        native_id     text        NOT NULL,
        device        text        NOT NULL,
        began_at      timestamptz NOT NULL,
        started_at    timestamptz,
        stopped_at    timestamptz,
        stored_at     timestamptz,
        location      text,
        PRIMARY KEY (tenant, call_id, recording)
    )
    """,
    "CREATE INDEX recording_newest ON recording (tenant, began_at DESC, recording DESC)",
    "CREATE INDEX recording_by_id ON recording (tenant, recording)",
    """
    CREATE TABLE recording_gone (
        tenant    text        NOT NULL,
        recording text        NOT NULL,
        gone_at   timestamptz NOT NULL,
        reason    text        NOT NULL,
        PRIMARY KEY (tenant, recording)
    )
    """,
    """
    CREATE TABLE recording_access (
        id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        tenant     text        NOT NULL,
        recording  text        NOT NULL,
        call_id    text        NOT NULL,
        user_id    text        NOT NULL,
        granted_by text        NOT NULL,
        how        text        NOT NULL,
        began_at   timestamptz NOT NULL,
        last_at    timestamptz NOT NULL,
        requests   integer     NOT NULL
    )
    """,
    "CREATE INDEX recording_access_of ON recording_access (tenant, recording, last_at DESC)",
    """
    CREATE TABLE night (
        job     text        NOT NULL,
        tenant  text        NOT NULL,
        due_at  timestamptz NOT NULL,
        done_at timestamptz NOT NULL,
        result  jsonb       NOT NULL,
        PRIMARY KEY (job, tenant)
    )
    """,
    """
    CREATE TABLE erasure (
        number    bigint      PRIMARY KEY,
        tenant    text        NOT NULL,
        at        timestamptz NOT NULL,
        asked_by  text        NOT NULL,
        entry     text        NOT NULL,
        previous  text        NOT NULL,
        hash      text        NOT NULL
    )
    """,
    """
    CREATE TABLE erased (
        number    bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        tenant    text        NOT NULL,
        kind      text        NOT NULL,
        whole     boolean     NOT NULL,
        digest    text        NOT NULL,
        key_id    text        NOT NULL,
        pseudonym text        NOT NULL,
        since     timestamptz,
        until     timestamptz NOT NULL,
        UNIQUE (tenant, digest)
    )
    """,
    """
    CREATE TABLE erased_call (
        tenant  text    NOT NULL,
        call_id text    NOT NULL,
        whole   boolean NOT NULL,
        PRIMARY KEY (tenant, call_id)
    )
    """,
)


def upgrade() -> None:
    """Make the tables. Recordings of calls that were archived before appear at the next rebuild."""
    for statement in _STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    """Drop them. Whoever listened is no longer known, and what was erased comes back with its events."""
    for table in ("erased_call", "erased", "erasure", "night", "recording_access", "recording_gone", "recording"):
        op.execute(f"DROP TABLE {table}")
