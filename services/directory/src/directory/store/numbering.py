"""How each tenant's numbers are read: its own rules, or the service's defaults."""

from cti_store import Connection, Pool

from directory.entities import Numbering, NumberingBody
from directory.identify import Rules
from directory.store.directory import Change, audit
from directory.store.errors import Stale
from directory.store.subscribers import communication

_COLUMNS = "region, search_number_length, internal_number_length"


async def numbering_of(pool: Pool | Connection, tenant: str, defaults: Rules) -> Numbering:
    """The rules in force, with their version."""
    row = await pool.fetchrow(f"SELECT {_COLUMNS}, version FROM directory.numbering WHERE tenant = $1", tenant)  # noqa: S608
    if row is None:
        return Numbering(
            region=defaults.region,
            search_number_length=defaults.search_number_length,
            internal_number_length=defaults.internal_number_length,
        )
    return Numbering(**dict(row))


async def rules_of(pool: Pool | Connection, tenant: str, defaults: Rules) -> Rules:
    """The rules in force."""
    return (await versioned_rules_of(pool, tenant, defaults))[1]


async def versioned_rules_of(pool: Pool | Connection, tenant: str, defaults: Rules) -> tuple[int, Rules]:
    """The rules in force, after their version (0: the defaults)."""
    found = await numbering_of(pool, tenant, defaults)
    return found.version, Rules(
        region=found.region,
        search_number_length=found.search_number_length,
        internal_number_length=found.internal_number_length,
    )


async def set_numbering(
    connection: Connection, change: Change, version: int, body: NumberingBody, defaults: Rules
) -> Numbering:
    """Set the tenant's rules in place of `version` (0: the defaults); raises `Stale`."""
    before = await numbering_of(connection, change.tenant, defaults)
    values = body.region, body.search_number_length, body.internal_number_length
    done = await connection.fetchval(
        f"INSERT INTO directory.numbering AS n (tenant, {_COLUMNS}) SELECT $1, $2, $3, $4 "
        "ON CONFLICT (tenant) DO UPDATE SET region = $2, search_number_length = $3, internal_number_length = $4, "
        "version = n.version + 1 WHERE n.version = $5 RETURNING version",
        change.tenant,
        *values,
        version,
    )
    if done is None or before.version != version:
        raise Stale(f"the numbering is at version {before.version}, no longer at {version}: read it again")
    after = await numbering_of(connection, change.tenant, defaults)
    await audit(connection, change, "updated", "numbering", change.tenant, before, after)
    return after


async def renumber(pool: Pool, tenant: str, rules: Rules, batch: int = 1000) -> int:
    """Compute the comparable forms of all stored numbers anew, as after a change of region; returns how many changed.

    Repeatable; a batch at a time, each a transaction.
    """
    changed, after = 0, ("", -1)
    while True:
        async with pool.acquire() as connection, connection.transaction():
            rows = await connection.fetch(
                "SELECT subscriber_id, position, label, raw, digits, e164 FROM directory.communications "
                "WHERE tenant = $1 AND kind = 'phone' AND (subscriber_id, position) > ($2, $3) "
                "ORDER BY subscriber_id, position LIMIT $4 FOR UPDATE",
                tenant,
                *after,
                batch,
            )
            if not rows:
                return changed
            anew = []
            for row in rows:
                *_, digits, backwards, e164 = communication("phone", row["label"], row["raw"], rules)
                if (digits, e164) != (row["digits"], row["e164"]):
                    anew.append((tenant, row["subscriber_id"], row["position"], digits, backwards, e164))
            await connection.executemany(
                "UPDATE directory.communications SET digits = $4, reversed_digits = $5, e164 = $6 "
                "WHERE tenant = $1 AND subscriber_id = $2 AND position = $3",
                anew,
            )
        changed += len(anew)
        after = rows[-1]["subscriber_id"], rows[-1]["position"]
