"""Rows of an import into the tables: by external id, a batch in a transaction, each change with its audit."""

from collections.abc import AsyncIterator, Sequence
from typing import Any

import msgspec
from cti_store import Connection, Pool
from msgspec import Struct

from directory.identify import Rules
from directory.imports import Bad, Parser, Row
from directory.store.directory import Change, create, replace
from directory.store.errors import DirectoryError
from directory.store.numbering import rules_of
from directory.store.tables import ACCOUNTS, SUBSCRIBERS, Item, Table

_BATCH = 500
MOST_LISTED = 10_000


class Report(Struct, kw_only=True):
    """What became of an import's lines. `bad` are listed up to 10 000; `bad_lines` counts them all."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    bad_lines: int = 0
    bad: list[Bad] = []

    def refuse(self, line: int, problem: str) -> None:
        """Note a line that is left out."""
        self.bad_lines += 1
        if len(self.bad) < MOST_LISTED:
            self.bad.append(Bad(line, problem))


async def load(pool: Pool, change: Change, pieces: AsyncIterator[bytes], defaults: Rules) -> Report:
    """Import a file that comes in pieces; memory does not grow with it.

    A line that is wrong is left out and told. Importing the same again changes nothing. Raises `BadHeader`, and what
    asyncpg raises: then the batches before are stored, and the whole file may be imported again.
    """
    report, parser, batch = Report(), Parser(), list[Row]()
    rules = await rules_of(pool, change.tenant, defaults)
    async for piece in pieces:
        for found in parser.feed(piece):
            _sort(found, batch, report)
            if len(batch) >= _BATCH:
                await _put(pool, change, batch, rules, report)
                batch.clear()
    for found in parser.end():
        _sort(found, batch, report)
    await _put(pool, change, batch, rules, report)
    report.bad.sort(key=lambda each: each.line)
    return report


def _sort(found: Row | Bad, batch: list[Row], report: Report) -> None:
    if isinstance(found, Bad):
        report.refuse(found.line, found.problem)
    else:
        batch.append(found)


async def _put(pool: Pool, change: Change, rows: Sequence[Row], rules: Rules, report: Report) -> None:
    if not rows:
        return
    async with pool.acquire() as connection, connection.transaction():
        # Two imports of the same rows at once would both create them.
        await connection.execute("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", f"import {change.tenant}")
        known = await _known(connection, change.tenant, rows)
        for row in rows:
            try:
                async with connection.transaction():  # a savepoint: one line's failure is its own
                    outcome = await _put_one(connection, change, row, rules, known)
            except DirectoryError as error:
                report.refuse(row.line, str(error))
            else:
                setattr(report, outcome, getattr(report, outcome) + 1)


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
