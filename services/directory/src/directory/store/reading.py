"""Reading what is no entity of its own: agent states and the audit; and sealing secrets anew."""

from collections.abc import Sequence

import asyncpg
from cti_store import Pool
from msgspec import Struct

from directory.store.directory import Change, audit
from directory.store.errors import in_words
from directory.store.telling import version_of
from directory.vault import Vault


def owner_of(tenant: str, user_id: str, pbx: str) -> str:
    """Whom a secret is sealed for: moved to another row it does not open."""
    return f"{tenant}\n{user_id}\n{pbx}"


async def agent_states_of(pool: Pool, tenant: str, pbx_kind: str | None) -> list[asyncpg.Record]:
    """Everybody's states, with the tenant's own in their place."""
    with in_words("agent state"):
        return list(
            await pool.fetch(
                "SELECT * FROM (SELECT DISTINCT ON (pbx_kind, code) * FROM directory.agent_states "
                "WHERE tenant IN ('', $1) AND ($2::text IS NULL OR pbx_kind = $2) "
                "ORDER BY pbx_kind, code, tenant DESC) found ORDER BY pbx_kind, position, code",
                tenant,
                pbx_kind,
            )
        )


async def audit_of(
    pool: Pool, tenant: str, entity: str | None, entity_id: str | None, before: int | None, limit: int
) -> list[asyncpg.Record]:
    """Changes, newest first, older than number `before`."""
    with in_words("audit"):
        return list(
            await pool.fetch(
                "SELECT * FROM directory.audit WHERE tenant = $1 AND ($2::text IS NULL OR entity = $2) "
                "AND ($3::text IS NULL OR entity_id = $3) AND ($4::bigint IS NULL OR seq < $4) "
                "ORDER BY seq DESC LIMIT $5",
                tenant,
                entity,
                entity_id,
                before,
                limit,
            )
        )


class Stored(Struct, frozen=True):
    """A credential as it lies in the table: `sealed`, for `owner`. `version` as the bucket tells it."""

    user: str
    login: str
    version: str
    owner: str
    sealed: bytes


async def credentials_of(pool: Pool, tenant: str, pbx: str, users: Sequence[str], actor: str) -> list[Stored]:
    """The credentials of active users among these; that `actor` had each stands in the audit when this returns."""
    async with pool.acquire() as connection, connection.transaction():
        rows = await connection.fetch(
            "SELECT c.id, c.version, c.user_id, c.login, c.sealed FROM directory.credentials c "
            "JOIN directory.users u ON u.tenant = c.tenant AND u.id = c.user_id AND u.active "
            "WHERE c.tenant = $1 AND c.pbx = $2 AND c.user_id = ANY($3::text[]) ORDER BY c.user_id",
            tenant,
            pbx,
            list(users),
        )
        for row in rows:
            await audit(connection, Change(tenant, actor), "handed_out", "credential", row["id"], None, None)
    return [
        Stored(row["user_id"], row["login"], version_of(row), owner_of(tenant, row["user_id"], pbx), row["sealed"])
        for row in rows
    ]


async def secret_of(pool: Pool, vault: Vault, tenant: str, user_id: str, pbx: str) -> tuple[str, str] | None:
    """Login and secret of a user's PBX account, for whoever signs in there; None when there is none.

    Raises `BadSecret`. What it returns goes into no log and no answer of the API.
    """
    row = await pool.fetchrow(
        "SELECT login, sealed FROM directory.credentials WHERE tenant = $1 AND user_id = $2 AND pbx = $3",
        tenant,
        user_id,
        pbx,
    )
    return (row["login"], vault.open(row["sealed"], owner_of(tenant, user_id, pbx))) if row else None


async def seal_anew(pool: Pool, vault: Vault) -> int:
    """Seal with the newest key what is sealed with an older one; returns how many. Repeatable. Raises `BadSecret`."""
    changed = 0
    async with pool.acquire() as connection, connection.transaction():
        for row in await connection.fetch("SELECT * FROM directory.credentials FOR UPDATE"):
            if vault.is_newest(row["sealed"]):
                continue
            owner = owner_of(row["tenant"], row["user_id"], row["pbx"])
            await connection.execute(
                "UPDATE directory.credentials SET sealed = $3 WHERE tenant = $1 AND id = $2",
                row["tenant"],
                row["id"],
                vault.seal(vault.open(row["sealed"], owner), owner),
            )
            changed += 1
    return changed
