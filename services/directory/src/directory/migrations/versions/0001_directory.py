"""Users and extensions, contacts and their numbers, credentials, audit, outbox. Every key begins with the tenant.

In a schema of its own, so that a database can be shared. Valid on PostgreSQL 15 to 18 without extensions. What is
searched by its beginning is collated "C": only then can any index answer ranges of prefixes.
"""

import sqlalchemy as sa
from alembic import op

from directory.agent_states import CATALOGUE

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_KEPT = """
        version    integer     NOT NULL DEFAULT 1,
        updated_at timestamptz NOT NULL DEFAULT now(),
"""
_STATEMENTS = (
    f"""
    CREATE TABLE directory.users (
        tenant text    NOT NULL,
        id     text    NOT NULL,
        name   text    NOT NULL,
        roles  text[]  NOT NULL,
        active boolean NOT NULL,
        {_KEPT}
        PRIMARY KEY (tenant, id)
    )
    """,
    f"""
    CREATE TABLE directory.extensions (
        tenant     text NOT NULL,
        id         text NOT NULL,
        user_id    text NOT NULL,
        pbx        text NOT NULL,
        extension  text NOT NULL,
        valid_from timestamptz,
        valid_to   timestamptz,
        {_KEPT}
        PRIMARY KEY (tenant, id),
        FOREIGN KEY (tenant, user_id) REFERENCES directory.users (tenant, id),
        CHECK (valid_from < valid_to)
    )
    """,
    "CREATE INDEX extensions_of_pbx ON directory.extensions (tenant, pbx, extension)",
    "CREATE INDEX extensions_of_user ON directory.extensions (tenant, user_id)",
    # Rows of tenant '' are everybody's; a tenant's own of the same kind and code stand in their place.
    """
    CREATE TABLE directory.agent_states (
        tenant       text    NOT NULL,
        pbx_kind     text    NOT NULL,
        code         text    NOT NULL,
        name         text    NOT NULL,
        display_only boolean NOT NULL,
        reasons      jsonb   NOT NULL,
        position     integer NOT NULL,
        PRIMARY KEY (tenant, pbx_kind, code)
    )
    """,
    f"""
    CREATE TABLE directory.subscribers (
        tenant      text NOT NULL,
        id          text NOT NULL,
        kind        text NOT NULL CHECK (kind IN ('contact', 'account', 'employee')),
        name        text NOT NULL,
        folded      text COLLATE "C" NOT NULL,
        external_id text,
        job         text NOT NULL DEFAULT '',
        department  text NOT NULL DEFAULT '',
        type        text NOT NULL DEFAULT '',
        city        text NOT NULL DEFAULT '',
        account_id  text,
        user_id     text,
        {_KEPT}
        PRIMARY KEY (tenant, id),
        FOREIGN KEY (tenant, account_id) REFERENCES directory.subscribers (tenant, id),
        FOREIGN KEY (tenant, user_id) REFERENCES directory.users (tenant, id)
    )
    """,
    "CREATE UNIQUE INDEX subscribers_external ON directory.subscribers (tenant, kind, external_id)",
    "CREATE INDEX subscribers_of_kind ON directory.subscribers (tenant, kind, id)",
    "CREATE INDEX subscribers_of_account ON directory.subscribers (tenant, account_id) WHERE account_id IS NOT NULL",
    "CREATE INDEX subscribers_of_user ON directory.subscribers (tenant, user_id) WHERE user_id IS NOT NULL",
    """
    CREATE TABLE directory.communications (
        tenant          text     NOT NULL,
        subscriber_id   text     NOT NULL,
        position        smallint NOT NULL,
        kind            text     NOT NULL,
        label           text     NOT NULL,
        raw             text     NOT NULL,
        digits          text     NOT NULL,
        reversed_digits text COLLATE "C" NOT NULL,
        e164            text     NOT NULL,
        PRIMARY KEY (tenant, subscriber_id, position),
        FOREIGN KEY (tenant, subscriber_id) REFERENCES directory.subscribers (tenant, id) ON DELETE CASCADE
    )
    """,
    """
    CREATE INDEX communications_reversed ON directory.communications (tenant, reversed_digits)
    WHERE reversed_digits <> ''
    """,
    "CREATE INDEX communications_e164 ON directory.communications (tenant, e164) WHERE e164 <> ''",
    """
    CREATE TABLE directory.name_words (
        tenant        text NOT NULL,
        word          text COLLATE "C" NOT NULL,
        subscriber_id text NOT NULL,
        PRIMARY KEY (tenant, word, subscriber_id),
        FOREIGN KEY (tenant, subscriber_id) REFERENCES directory.subscribers (tenant, id) ON DELETE CASCADE
    )
    """,
    "CREATE INDEX name_words_of ON directory.name_words (tenant, subscriber_id)",
    f"""
    CREATE TABLE directory.credentials (
        tenant  text  NOT NULL,
        id      text  NOT NULL,
        user_id text  NOT NULL,
        pbx     text  NOT NULL,
        login   text  NOT NULL,
        sealed  bytea NOT NULL,
        {_KEPT}
        PRIMARY KEY (tenant, id),
        UNIQUE (tenant, user_id, pbx),
        FOREIGN KEY (tenant, user_id) REFERENCES directory.users (tenant, id)
    )
    """,
    """
    CREATE TABLE directory.numbering (
        tenant                 text    NOT NULL,
        region                 text    NOT NULL,
        search_number_length   integer NOT NULL,
        internal_number_length integer NOT NULL,
        version                integer NOT NULL DEFAULT 1,
        PRIMARY KEY (tenant)
    )
    """,
    """
    CREATE TABLE directory.audit (
        tenant    text        NOT NULL,
        seq       bigint      NOT NULL GENERATED ALWAYS AS IDENTITY,
        at        timestamptz NOT NULL DEFAULT now(),
        actor     text        NOT NULL,
        action    text        NOT NULL,
        entity    text        NOT NULL,
        entity_id text        NOT NULL,
        before    jsonb,
        after     jsonb,
        PRIMARY KEY (tenant, seq)
    )
    """,
    "CREATE INDEX audit_of ON directory.audit (tenant, entity, entity_id, seq)",
    """
    CREATE TABLE directory.outbox (
        tenant text   NOT NULL,
        seq    bigint NOT NULL GENERATED ALWAYS AS IDENTITY,
        key    text   NOT NULL,
        PRIMARY KEY (tenant, seq)
    )
    """,
    "CREATE INDEX outbox_order ON directory.outbox (seq)",
)
_TABLES = (
    *("outbox", "audit", "numbering", "credentials", "name_words", "communications", "subscribers"),
    *("agent_states", "extensions", "users"),
)


def upgrade() -> None:
    """Make the tables, and everybody's catalogue of agent states."""
    for statement in _STATEMENTS:
        op.execute(statement)
    states = sa.table(
        "agent_states",
        *(sa.column(name) for name in ("tenant", "pbx_kind", "code", "name", "display_only", "position")),
        sa.column("reasons", sa.JSON),
        schema="directory",
    )
    op.bulk_insert(
        states,
        [
            {
                "tenant": "",
                "pbx_kind": each.pbx_kind,
                "code": each.code,
                "name": each.name,
                "display_only": each.display_only,
                "position": position,
                "reasons": each.reasons,
            }
            for position, each in enumerate(CATALOGUE)
        ],
    )


def downgrade() -> None:
    """Drop the tables. Nothing else holds what is in them: make a backup before."""
    for table in _TABLES:
        op.execute(f"DROP TABLE directory.{table}")
