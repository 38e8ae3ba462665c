"""Reading what is no entity of its own: agent states and the audit."""

import asyncpg
from cti_store import Pool

from directory.store.errors import in_words


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
