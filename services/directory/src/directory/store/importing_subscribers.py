"""Contacts, accounts and employees of an import: by external id."""

from collections.abc import Sequence
from typing import Any

import msgspec
from cti_store import Connection

from directory.identify import Rules
from directory.imports.subscribers import LAYOUT, Row
from directory.store.directory import Change, create, replace
from directory.store.errors import DirectoryError
from directory.store.importing import Kind
from directory.store.tables import ACCOUNTS, SUBSCRIBERS, Item, Table


async def _known(connection: Connection, tenant: str, rows: Sequence[Row]) -> dict[tuple[str, str], Item]:
    """What is there already of these rows, and the accounts that they name."""
    found: dict[tuple[str, str], Item] = {}
    for kind, table in SUBSCRIBERS.items():
        names = {row.values["external_id"] for row in rows if row.kind == kind}
        if table is ACCOUNTS:
            names |= {row.account for row in rows if row.account}
        if not names or kind is None:
            continue
        stored = await connection.fetch(
            f"{table.select} AND t.external_id = ANY($2::text[]) FOR UPDATE OF t", tenant, sorted(names)
        )
        found |= {(kind, row["external_id"]): table.of(row) for row in stored}
    return found


async def _put_one(
    connection: Connection, change: Change, row: Row, rules: Rules, known: dict[tuple[str, str], Item]
) -> str:
    table, values = SUBSCRIBERS[row.kind], dict(row.values)
    if row.account:
        account = known.get(("account", row.account))
        if account is None:
            raise DirectoryError(f"no account has external_id {row.account!r}")
        values["account_id"] = account.id
    key = row.kind, values["external_id"]
    before = known.get(key)
    if before is None:
        known[key] = await create(connection, table, change, values, rules)
        return "created"
    if _same(before, values, table):
        return "unchanged"
    known[key] = await replace(connection, table, change, before.id, before.version, values, rules)
    return "updated"


def _same(before: Item, values: dict[str, Any], table: Table) -> bool:
    stored = msgspec.to_builtins(before)
    plain = [{name: each[name] for name in ("value", "kind", "label")} for each in stored["communications"]]
    wanted = [{name: each[name] for name in ("value", "kind", "label")} for each in values["communications"]]
    return plain == wanted and all(stored[name] == values.get(name) for name in table.columns)


SUBSCRIBERS_FILE = Kind(LAYOUT, _known, _put_one)
