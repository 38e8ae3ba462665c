"""Books of erasures: calls of people who were erased, their pseudonyms, and the log."""

import json
import secrets
from collections.abc import Iterable
from datetime import datetime
from typing import Any

import asyncpg
from cti_store import Connection

from call_journal.privacy.chain import BEGINNING, Link, hash_of


async def mark_calls(connection: Connection, tenant: str, calls: Iterable[str], whole: bool) -> None:
    """Remember calls that somebody erased took part in: events of them may come again."""
    await connection.execute(
        "INSERT INTO erased_call AS known SELECT $1, each, $3 FROM unnest($2::text[]) AS each "
        "ON CONFLICT (tenant, call_id) DO UPDATE SET whole = known.whole OR EXCLUDED.whole",
        *(tenant, list(calls), whole),
    )


async def free_pseudonym(connection: Connection, tenant: str) -> str:
    """A name for somebody without one, which no number has: statistics tell people apart by it."""
    while True:
        number = f"0{secrets.randbelow(10**8):08d}"
        taken = await connection.fetchval(
            "SELECT EXISTS (SELECT FROM call_record WHERE tenant = $1 AND right(remote_digits, 9) = $2) "
            "OR EXISTS (SELECT FROM erased WHERE pseudonym = 'erased-' || $2)",
            *(tenant, number),
        )
        if not taken:
            return f"erased-{number}"


async def log_of(connection: Connection, tenant: str | None = None) -> list[asyncpg.Record]:
    """The log of erasures, oldest first; of a tenant, or all."""
    return list(
        await connection.fetch("SELECT * FROM erasure WHERE $1::text IS NULL OR tenant = $1 ORDER BY number", tenant)
    )


async def log(connection: Connection, tenant: str, at: datetime, asked_by: str, entry: dict[str, Any]) -> Link:
    """Put an entry behind the last one of the log. Under the lock of `exclusive`."""
    last = await connection.fetchrow("SELECT number, hash FROM erasure ORDER BY number DESC LIMIT 1")
    number, previous = (last["number"] + 1, last["hash"]) if last is not None else (1, BEGINNING)
    text = json.dumps({"number": number, "tenant": tenant, "at": at.isoformat(), **entry}, sort_keys=True)
    link = Link(number, text, previous, hash_of(previous, text))
    await connection.execute(
        "INSERT INTO erasure VALUES ($1, $2, $3, $4, $5, $6, $7)",
        *(number, tenant, at, asked_by, text, previous, link.hash),
    )
    return link


async def hide_askers(connection: Connection, tenant: str, users: Iterable[str]) -> None:
    """Take the names of users who asked for erasures out of the log's column; its hashes do not cover it."""
    await connection.execute(
        "UPDATE erasure SET asked_by = 'erased' WHERE tenant = $1 AND asked_by = ANY($2::text[])",
        *(tenant, list(users)),
    )
