"""What the bucket must hold: read from the tables, for some keys or for all; and which keys have changed."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import UTC, datetime

import asyncpg
import msgspec
from cti_model import subjects
from cti_model.directory import CredentialEntry, ExtensionEntry, Ownership, Role, UserEntry
from cti_store import Connection

_LOCK = 0x6469726B76  # any number; who has it tells
_USERS = "SELECT tenant, id, name, roles, active, photo_url FROM directory.users"
_EXTENSIONS = """
    SELECT e.tenant, e.user_id, e.pbx, e.extension, e.valid_from, e.valid_to, u.active
    FROM directory.extensions e JOIN directory.users u ON u.tenant = e.tenant AND u.id = e.user_id
"""
_CREDENTIALS = "SELECT tenant, id, version, user_id, pbx FROM directory.credentials"
_ALWAYS = datetime.min.replace(tzinfo=UTC)


async def may_tell(connection: Connection) -> bool:
    """Whether this transaction is the one that tells; another one has to wait, so that no old value comes late."""
    return bool(await connection.fetchval("SELECT pg_try_advisory_xact_lock($1)", _LOCK))


async def changed(connection: Connection, most: int) -> tuple[list[str], list[int]]:
    """The keys changed first, for at most so many changes, and the changes' numbers for `done`."""
    rows = await connection.fetch("SELECT seq, key FROM directory.outbox ORDER BY seq LIMIT $1", most)
    return list(dict.fromkeys(row["key"] for row in rows)), [row["seq"] for row in rows]


async def done(connection: Connection, changes: list[int]) -> None:
    """These were told, and no others: one that commits meanwhile may have a lower number."""
    await connection.execute("DELETE FROM directory.outbox WHERE seq = ANY($1::bigint[])", changes)


async def values_of(connection: Connection, keys: Iterable[str]) -> dict[str, bytes | None]:
    """What these keys must hold now; None: they must not be there."""
    users: list[asyncpg.Record] = []
    extensions: list[asyncpg.Record] = []
    credentials: list[asyncpg.Record] = []
    wanted = list(keys)
    for key in wanted:
        tenant, kind, *rest = key.split(".")
        if kind == "user":
            users += await connection.fetch(f"{_USERS} WHERE tenant = $1 AND id = $2", tenant, *rest)
            extensions += await connection.fetch(f"{_EXTENSIONS} WHERE e.tenant = $1 AND e.user_id = $2", tenant, *rest)
        elif kind == "credential":
            credentials += await connection.fetch(
                f"{_CREDENTIALS} WHERE tenant = $1 AND pbx = $2 AND user_id = $3", tenant, *rest
            )
        else:
            extensions += await connection.fetch(
                f"{_EXTENSIONS} WHERE e.tenant = $1 AND e.pbx = $2 AND e.extension = $3", tenant, *rest
            )
    found = _entries(users, extensions, credentials)
    return {key: found.get(key) for key in wanted}


async def everything(connection: Connection) -> dict[str, bytes]:
    """What the whole bucket must hold."""
    return _entries(
        await connection.fetch(_USERS), await connection.fetch(_EXTENSIONS), await connection.fetch(_CREDENTIALS)
    )


def version_of(credential: asyncpg.Record) -> str:
    """Names a version of a credential: another one when it was replaced, or deleted and made anew."""
    return f"{credential['id']}/{credential['version']}"


def _entries(
    users: list[asyncpg.Record], extensions: list[asyncpg.Record], credentials: list[asyncpg.Record]
) -> dict[str, bytes]:
    """Keys and values; rows may be there twice, and in any order."""
    by_user: dict[str, list[Ownership]] = defaultdict(list)
    by_extension: dict[str, list[Ownership]] = defaultdict(list)
    for tenant, active, owned in sorted({_owned(row) for row in extensions}, key=_order):
        by_user[subjects.directory_user(tenant, owned.user)].append(owned)
        if active:
            by_extension[subjects.directory_extension(tenant, owned.pbx, owned.extension)].append(owned)
    entries: dict[str, UserEntry | ExtensionEntry | CredentialEntry] = {
        key: ExtensionEntry(pbx=owners[0].pbx, extension=owners[0].extension, owners=tuple(owners))
        for key, owners in by_extension.items()
    }
    for row in users:
        key = subjects.directory_user(row["tenant"], row["id"])
        entries[key] = UserEntry(
            id=row["id"],
            name=row["name"],
            roles=tuple(map(Role, row["roles"])),
            active=row["active"],
            photo_url=row["photo_url"],
            extensions=tuple(by_user[key]),
        )
    for row in credentials:
        key = subjects.directory_credential(row["tenant"], row["pbx"], row["user_id"])
        entries[key] = CredentialEntry(user=row["user_id"], pbx=row["pbx"], credential=version_of(row))
    return {key: msgspec.json.encode(entry) for key, entry in entries.items()}


def _owned(row: asyncpg.Record) -> tuple[str, bool, Ownership]:
    owned = Ownership(
        user=row["user_id"],
        pbx=row["pbx"],
        extension=row["extension"],
        valid_from=row["valid_from"],
        valid_to=row["valid_to"],
    )
    return row["tenant"], row["active"], owned


def _order(each: tuple[str, bool, Ownership]) -> tuple[str, str, str, str, datetime, bool, datetime]:
    tenant, _, owned = each
    end = owned.valid_to
    return tenant, owned.pbx, owned.extension, owned.user, owned.valid_from or _ALWAYS, end is None, end or _ALWAYS
