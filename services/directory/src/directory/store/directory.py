"""Reading and changing: every change is one transaction with its audit and what is to be told about it."""

from typing import Any
from uuid import uuid4

import msgspec
from cti_model import subjects
from cti_store import Connection, Pool
from msgspec import Struct

from directory.entities import Credential, Extension, User
from directory.identify import Rules
from directory.store import subscribers
from directory.store.errors import NotThere, Stale, in_words
from directory.store.tables import Item, Table


class Change(Struct, frozen=True):
    """Whose tenant is changed, and by whom."""

    tenant: str
    actor: str


async def one(pool: Pool | Connection, table: Table, tenant: str, entity_id: str) -> Item:
    """An item; raises `NotThere`."""
    with in_words(table.entity):
        row = await pool.fetchrow(f"{table.select} AND t.id = $2", tenant, entity_id)
    if row is None:
        raise NotThere(f"no {table.entity} {entity_id}")
    return table.of(row)


async def page(
    pool: Pool,
    table: Table,
    tenant: str,
    after: str,
    limit: int,
    filters: dict[str, str] | None = None,
    text: str | None = None,
) -> list[Item]:
    """Items in the order of their ids, behind `after`; `filters` name columns of the table.

    `text`: only those with it in their name, in any case, or as their id.
    """
    values = [*(filters or {}).values()]
    where = "".join(f" AND t.{name} = ${n}" for n, name in enumerate(filters or {}, 4))
    if text:
        values.append(text)
        mark = f"${len(values) + 3}"
        where += f" AND (position(lower({mark}) IN lower(t.name)) > 0 OR t.id = {mark})"
    with in_words(table.entity):
        rows = await pool.fetch(
            f"{table.select} AND t.id > $2{where} ORDER BY t.id LIMIT $3", tenant, after, limit, *values
        )
    return [table.of(row) for row in rows]


async def create(connection: Connection, table: Table, change: Change, values: dict[str, Any], rules: Rules) -> Item:
    """Store a new item; `values` may name its id. Raises `Taken`, `Refers`, `Unfit`."""
    columns = {"id": uuid4().hex, **_own(table, values)}
    names = ", ".join(("tenant", *columns))
    marks = ", ".join(f"${n}" for n in range(1, len(columns) + 2))
    with in_words(table.entity):
        await connection.execute(
            f"INSERT INTO directory.{table.name} ({names}) VALUES ({marks})",  # noqa: S608 - names are constants
            change.tenant,
            *columns.values(),
        )
        await _parts(connection, table, change.tenant, columns["id"], values, rules)
    after = await one(connection, table, change.tenant, columns["id"])
    await _note(connection, table, change, "created", None, after)
    return after


async def replace(
    connection: Connection,
    table: Table,
    change: Change,
    entity_id: str,
    version: int,
    values: dict[str, Any],
    rules: Rules,
) -> Item:
    """Put new values in place of version `version`. Raises `NotThere`, `Stale`, `Taken`, `Refers`, `Unfit`."""
    before = await _locked(connection, table, change.tenant, entity_id, version)
    columns = _own(table, values)
    sets = ", ".join(f"{name} = ${n}" for n, name in enumerate(columns, 3))
    with in_words(table.entity):
        await connection.execute(
            f"UPDATE directory.{table.name} SET {sets}, version = version + 1, updated_at = now() "  # noqa: S608
            "WHERE tenant = $1 AND id = $2",
            change.tenant,
            entity_id,
            *columns.values(),
        )
        await _parts(connection, table, change.tenant, entity_id, values, rules)
    after = await one(connection, table, change.tenant, entity_id)
    await _note(connection, table, change, "updated", before, after)
    return after


async def remove(connection: Connection, table: Table, change: Change, entity_id: str, version: int) -> None:
    """Remove version `version` of it. Raises `NotThere`, `Stale`, `Refers`."""
    before = await _locked(connection, table, change.tenant, entity_id, version)
    with in_words(table.entity):
        await connection.execute(
            f"DELETE FROM directory.{table.name} WHERE tenant = $1 AND id = $2",  # noqa: S608
            change.tenant,
            entity_id,
        )
    await _note(connection, table, change, "deleted", before, None)


async def _locked(connection: Connection, table: Table, tenant: str, entity_id: str, version: int) -> Item:
    with in_words(table.entity):
        row = await connection.fetchrow(f"{table.select} AND t.id = $2 FOR UPDATE OF t", tenant, entity_id)
    if row is None:
        raise NotThere(f"no {table.entity} {entity_id}")
    item = table.of(row)
    if item.version != version:
        raise Stale(f"{table.entity} {entity_id} is at version {item.version}, no longer at {version}: read it again")
    return item


def _own(table: Table, values: dict[str, Any]) -> dict[str, Any]:
    """The columns of the table itself."""
    own = {name: values[name] for name in ("id", *table.columns, "sealed") if name in values}
    if table.kind:
        own |= {"kind": table.kind, "folded": subscribers.folded(values["name"])}
    return own


async def _parts(
    connection: Connection, table: Table, tenant: str, entity_id: str, values: dict[str, Any], rules: Rules
) -> None:
    if table.kind:
        await subscribers.put_parts(connection, tenant, entity_id, values, rules)


async def _note(
    connection: Connection, table: Table, change: Change, action: str, before: Item | None, after: Item | None
) -> None:
    """Write the audit, and which keys of the bucket are to be told anew."""
    await audit(connection, change, action, table.entity, (after or before).id, before, after)  # type: ignore[union-attr]
    keys: set[str] = set()
    for item in (before, after):
        if isinstance(item, Extension):
            keys.add(subjects.directory_extension(change.tenant, item.pbx, item.extension))
            keys.add(subjects.directory_user(change.tenant, item.user_id))
        elif isinstance(item, Credential):
            keys.add(subjects.directory_credential(change.tenant, item.pbx, item.user_id))
        elif isinstance(item, User):
            keys.add(subjects.directory_user(change.tenant, item.id))
            rows = await connection.fetch(
                "SELECT DISTINCT pbx, extension FROM directory.extensions WHERE tenant = $1 AND user_id = $2",
                change.tenant,
                item.id,
            )
            keys |= {subjects.directory_extension(change.tenant, row["pbx"], row["extension"]) for row in rows}
    if keys:
        await connection.execute(
            "INSERT INTO directory.outbox (tenant, key) SELECT $1, unnest($2::text[])", change.tenant, sorted(keys)
        )


async def audit(
    connection: Connection,
    change: Change,
    action: str,
    entity: str,
    entity_id: str,
    before: Struct | None,
    after: Struct | None,
) -> None:
    """Note a change. Items hold no secret, so neither does the audit."""
    await connection.execute(
        "INSERT INTO directory.audit (tenant, actor, action, entity, entity_id, before, after) "
        "VALUES ($1, $2, $3, $4, $5, $6, $7)",
        change.tenant,
        change.actor,
        action,
        entity,
        entity_id,
        _json(before),
        _json(after),
    )


def _json(item: Struct | None) -> str | None:
    return None if item is None else msgspec.json.encode(item).decode()
