"""What is sealed in the tables: whom it is sealed for, opening it for its owner, sealing it anew."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from cti_store import Pool
from msgspec import Struct

from directory.phones import OwnWebPhone, WebPhoneKind
from directory.store.directory import Change, audit
from directory.store.errors import NotThere, in_words
from directory.store.tables import CREDENTIALS, WEB_PHONES, Table
from directory.store.telling import version_of
from directory.vault import Vault


def owner_of_credential(tenant: str, user: str, pbx: str) -> str:
    """Whom the secret of a PBX account is sealed for."""
    return f"{tenant}\n{user}\n{pbx}"


# To whom a secret belongs, whatever else of its row changes: moved to another row or table it does not open.
_OWNERS: Final[Mapping[Table, Callable[[str, str, str], str]]] = {
    CREDENTIALS: owner_of_credential,
    WEB_PHONES: lambda tenant, user, pbx: f"{tenant}\n{user}\n{pbx}\nweb phone",
}


def sealed(vault: Vault, table: Table, tenant: str, values: dict[str, Any]) -> dict[str, Any]:
    """The values with `sealed` in place of `secret`, which goes no further than this. Raises `NoKey`."""
    rest = {name: value for name, value in values.items() if name != "secret"}
    return rest | {"sealed": vault.seal(values["secret"], _OWNERS[table](tenant, values["user_id"], values["pbx"]))}


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
        Stored(
            row["user_id"],
            row["login"],
            version_of(row),
            owner_of_credential(tenant, row["user_id"], pbx),
            row["sealed"],
        )
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
    return (row["login"], vault.open(row["sealed"], _OWNERS[CREDENTIALS](tenant, user_id, pbx))) if row else None


async def own_web_phone(pool: Pool, vault: Vault, reader: Change) -> OwnWebPhone:
    """The web phone of who reads, with its secret; that it was read is in the audit first.

    Raises `NotThere` (none, or the user is not active any more), `BadSecret`.
    """
    async with pool.acquire() as connection, connection.transaction():
        with in_words(WEB_PHONES.entity):
            row = await connection.fetchrow(
                "SELECT w.*, u.name FROM directory.web_phones w "
                "JOIN directory.users u ON u.tenant = w.tenant AND u.id = w.user_id AND u.active "
                "WHERE w.tenant = $1 AND w.user_id = $2",
                reader.tenant,
                reader.actor,
            )
        if row is None:
            raise NotThere("no web phone is set up for you")
        secret = vault.open(row["sealed"], _OWNERS[WEB_PHONES](reader.tenant, reader.actor, row["pbx"]))
        await audit(connection, reader, "read", WEB_PHONES.entity, row["id"], None, None)
    return OwnWebPhone(
        **{name: row[name] for name in ("pbx", "url", "uri", "login")},
        kind=WebPhoneKind(row["kind"]),
        secret=secret,
        display_name=row["name"],
        stun=(row["stun"],) if row["stun"] else (),
    )


async def seal_anew(pool: Pool, vault: Vault) -> int:
    """Seal with the newest key what is sealed with an older one; returns how many. Repeatable. Raises `BadSecret`."""
    changed = 0
    async with pool.acquire() as connection, connection.transaction():
        for table, owner_of in _OWNERS.items():
            for row in await connection.fetch(f"SELECT * FROM directory.{table.name} FOR UPDATE"):  # noqa: S608
                if vault.is_newest(row["sealed"]):
                    continue
                owner = owner_of(row["tenant"], row["user_id"], row["pbx"])
                await connection.execute(
                    f"UPDATE directory.{table.name} SET sealed = $3 WHERE tenant = $1 AND id = $2",  # noqa: S608
                    row["tenant"],
                    row["id"],
                    vault.seal(vault.open(row["sealed"], owner), owner),
                )
                changed += 1
    return changed
