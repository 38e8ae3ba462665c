"""What users write about records. It cannot be computed from the stream: no rebuild touches it."""

from collections.abc import Sequence
from datetime import UTC, datetime

import asyncpg
import msgspec
from cti_model import ids
from cti_model.history import Link
from cti_model.journal import JournalEvent, Linked
from cti_store import Connection, Pool

from call_journal.store.outbox import put, users_of

_LOGGED = "tenant, connection_id, version, note, result, changed_by, changed_at, links"
_LINKS = msgspec.json.Decoder(list[Link])


class Stale(Exception):
    """It is at `version`, not at the one that was read: somebody wrote meanwhile."""

    def __init__(self, version: int) -> None:
        super().__init__(f"it is at version {version}")
        self.version = version


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """A change by a user. None: stays as it is. `expected`: the version that was read; None: whatever it is."""

    by: str
    expected: int | None
    note: str | None = None
    result: str | None = None
    links: Sequence[Link] | None = None


async def record_of(pool: Pool, tenant: str, connection_id: str) -> asyncpg.Record | None:
    """The record that an annotation belongs to."""
    query = "SELECT user_id, shared_with, call_id, pbx FROM call_record WHERE tenant = $1 AND connection_id = $2"
    return await pool.fetchrow(query, tenant, connection_id)


async def annotation_of(pool: Pool, tenant: str, connection_id: str) -> asyncpg.Record | None:
    """What is written about a record now."""
    return await pool.fetchrow(
        "SELECT * FROM annotation WHERE tenant = $1 AND connection_id = $2", tenant, connection_id
    )


async def changes_of(pool: Pool, tenant: str, connection_id: str) -> list[asyncpg.Record]:
    """Every version that there was, the newest first."""
    query = "SELECT * FROM annotation_log WHERE tenant = $1 AND connection_id = $2 ORDER BY version DESC"
    return list(await pool.fetch(query, tenant, connection_id))


async def change(pool: Pool, tenant: str, connection_id: str, record: asyncpg.Record, wanted: Change) -> asyncpg.Record:
    """Write a change, its place in the log and the event `linked`, in one transaction. Raises `Stale`."""
    async with pool.acquire() as connection, connection.transaction():
        await connection.execute(
            "INSERT INTO annotation (tenant, connection_id, version, note, result, changed_by, changed_at) "
            "VALUES ($1, $2, 0, '', '', '', $3) ON CONFLICT DO NOTHING",
            *(tenant, connection_id, datetime.now(UTC)),
        )
        before = await connection.fetchrow(
            "SELECT * FROM annotation WHERE tenant = $1 AND connection_id = $2 FOR UPDATE", tenant, connection_id
        )
        assert before is not None
        if wanted.expected not in (None, before["version"]):
            raise Stale(before["version"])
        return await _changed(connection, before, record, wanted)


async def _changed(
    connection: Connection, before: asyncpg.Record, record: asyncpg.Record, wanted: Change
) -> asyncpg.Record:
    now, version = datetime.now(UTC), before["version"] + 1
    note = before["note"] if wanted.note is None else wanted.note
    result = before["result"] if wanted.result is None else wanted.result
    links = _LINKS.decode(before["links"]) if wanted.links is None else wanted.links
    tenant, connection_id = before["tenant"], before["connection_id"]
    after = await connection.fetchrow(
        "UPDATE annotation SET version = $3, note = $4, result = $5, changed_by = $6, changed_at = $7, links = $8 "
        "WHERE tenant = $1 AND connection_id = $2 RETURNING *",
        *(tenant, connection_id, version, note, result, wanted.by, now, msgspec.json.encode(links).decode()),
    )
    assert after is not None
    await connection.execute(
        f"INSERT INTO annotation_log ({_LOGGED}) SELECT {_LOGGED} FROM annotation "  # noqa: S608 - constants
        "WHERE tenant = $1 AND connection_id = $2",
        *(tenant, connection_id),
    )
    event = JournalEvent(
        # The instant: in a database that was restored from a backup a version may come about for the second time.
        event_id=ids.journal_event_id(tenant, "linked", connection_id, str(version), now.isoformat()),
        occurred_at=now,
        tenant=tenant,
        pbx=record["pbx"],
        call_id=record["call_id"],
        fact=Linked(
            connection_id=connection_id,
            user=wanted.by,
            version=version,
            result=result,
            links=_changed_kinds(_LINKS.decode(before["links"]), links),
            owners=users_of(record),
        ),
    )
    await put(connection, [event])
    return after


def _changed_kinds(before: Sequence[Link], after: Sequence[Link]) -> tuple[str, ...]:
    """The kinds of links that came, went or were named anew."""
    return tuple(sorted({each.kind for each in {*before} ^ {*after}}))
