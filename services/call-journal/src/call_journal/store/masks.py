"""What was erased, and rows without it: no batch, no rebuild brings it back."""

from collections.abc import Iterable

import asyncpg
import msgspec
from cti_runtime.errors import ServiceError
from cti_store import Connection, Pool

from call_journal.privacy.matching import Erased, Kind, Matcher, key_id
from call_journal.privacy.rows import masked
from call_journal.project import Rows
from call_journal.project.paths import Key

_VERSION = "SELECT coalesce(max(number), 0) FROM erased"
_CALLS = """
    SELECT tenant, call_id, whole FROM erased_call
    JOIN unnest($1::text[], $2::text[]) AS wanted (tenant, call_id) USING (tenant, call_id)
"""


class WrongKey(ServiceError):
    """Something was erased with another `erasure_key` than ours, so that we could not recognise it."""

    def __init__(self) -> None:
        super().__init__("people were erased with another erasure_key: without it their data would come back; set it")


class Masks:
    """Takes from rows what was erased. Asked in the transaction that writes them, so that an erasure which was begun
    before is known.
    """

    def __init__(self, key: bytes) -> None:
        self._key = key
        self._version = 0
        self._matchers: dict[str, Matcher] = {}

    async def check(self, pool: Pool) -> None:
        """Raises `WrongKey` at once instead of at the first batch."""
        async with pool.acquire() as connection:
            await self.applied(connection, Rows([], [], [], [], [], []))

    async def applied(self, connection: Connection, rows: Rows) -> Rows:
        """The rows without those who were erased. Raises `WrongKey`."""
        version = int(await connection.fetchval(_VERSION))
        if version != self._version:
            self._matchers = await matchers(connection, self._key)
            self._version = version
        if not self._matchers:
            return rows
        keys = [(row.tenant, row.call.call_id) for row in rows.calls]
        keys += [(row.event.tenant, row.event.call_id) for row in rows.identified]
        return masked(rows, self._matchers, await erased_calls(connection, keys))


async def matchers(connection: Connection, key: bytes) -> dict[str, Matcher]:
    """What recognises those who were erased, by tenant. Raises `WrongKey`."""
    rows = await connection.fetch("SELECT * FROM erased ORDER BY tenant, number")
    if any(row["key_id"] != key_id(key) for row in rows):
        raise WrongKey
    found: dict[str, list[Erased]] = {}
    for row in rows:
        found.setdefault(row["tenant"], []).append(_erased(row))
    return {tenant: Matcher(key, tenant, erased) for tenant, erased in found.items()}


async def erased_calls(connection: Connection, keys: Iterable[Key]) -> dict[Key, bool]:
    """Which of these calls somebody erased took part in, and whether all names go there."""
    wanted = list(keys)
    rows = await connection.fetch(_CALLS, [tenant for tenant, _ in wanted], [call for _, call in wanted])
    return {(row["tenant"], row["call_id"]): row["whole"] for row in rows}


async def add(connection: Connection, tenant: str, key: bytes, erased: Erased) -> Erased:
    """Remember that somebody was erased; who was before keeps the pseudonym and is covered until now, too.

    The row gets a new number, by which others see that something changed.
    """
    known: asyncpg.Record | None = await connection.fetchrow(
        "DELETE FROM erased WHERE tenant = $1 AND digest = $2 RETURNING *", tenant, erased.digest
    )
    if known is not None:
        before = _erased(known)
        since = None if before.since is None or erased.since is None else min(before.since, erased.since)
        erased = msgspec.structs.replace(
            erased,
            whole=before.whole or erased.whole,
            pseudonym=before.pseudonym,
            since=since,
            until=max(before.until, erased.until),
        )
    await connection.execute(
        "INSERT INTO erased (tenant, kind, whole, digest, key_id, pseudonym, since, until) "
        "VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        *(tenant, erased.kind.value, erased.whole, erased.digest, key_id(key)),
        *(erased.pseudonym, erased.since, erased.until),
    )
    return erased


def _erased(row: asyncpg.Record) -> Erased:
    return Erased(
        digest=row["digest"],
        kind=Kind(row["kind"]),
        whole=row["whole"],
        pseudonym=row["pseudonym"],
        since=row["since"],
        until=row["until"],
    )
