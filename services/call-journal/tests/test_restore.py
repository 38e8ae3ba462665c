"""A database that was restored from an older backup: the journal reads on from there, and nothing tells it apart."""

import asyncio
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg
from call_journal.verify import verify
from cti_bus import connect
from cti_bus.streams import EVENTS
from cti_devstack.postgres import binaries
from cti_devstack.testing import database_name

from .test_lives import counted, journal, tell, until

_TABLES = """
    SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')
    AND NOT relispartition AND relname NOT IN ('journal_outbox', 'alembic_version') ORDER BY 1
"""


async def ran(program: str, *arguments: str | Path) -> None:
    await asyncio.to_thread(subprocess.run, [binaries() / program, *arguments], check=True)


async def dumped(dsn: str, file: Path) -> Path:
    """A backup, while the service runs."""
    await ran("pg_dump", "-Fc", "-f", file, dsn)
    return file


@asynccontextmanager
async def restored(file: Path, make_database) -> AsyncIterator[tuple[str, asyncpg.Pool]]:
    dsn = make_database(database_name())
    await ran("pg_restore", "--no-owner", "--exit-on-error", "-d", dsn, file)
    async with asyncpg.create_pool(dsn, min_size=1, max_size=4) as pool:
        yield dsn, pool


async def rows_of(pool: asyncpg.Pool) -> dict[str, list[str]]:
    """Every row of every table as text."""
    tables = [row["relname"] for row in await pool.fetch(_TABLES)]
    return {
        table: [row["row"] for row in await pool.fetch(f"SELECT to_jsonb(t) AS row FROM {table} t ORDER BY 1")]
        for table in tables
    }


def of_call(rows: dict[str, list[str]], call: str) -> dict[str, list[str]]:
    return {table: [row for row in found if f'"{call}"' in row] for table, found in rows.items()}


def calls_of(events) -> set[str]:
    return {each.call.call_id for each in events}


async def test_a_journal_of_an_older_backup_ends_with_the_rows_that_it_would_have_had(
    nats_url, postgres_dsn, pool, events, make_database, tmp_path
):
    """And when the stream no longer reaches back to the backup, with all of them but those of what is gone."""
    cut, gone = len(events) // 3, 2 * len(events) // 3
    assert events[cut - 1].call.alive, "the backup is made in mid-call"
    async with journal(nats_url, postgres_dsn, pool) as task:
        await tell(nats_url, events[:cut])
        await until(task, counted(pool, cut))
        backup = await dumped(postgres_dsn, tmp_path / "journal.dump")
        await tell(nats_url, events[cut:])
        await until(task, counted(pool, len(events)))
    wanted = await rows_of(pool)
    assert all(wanted[table] for table in ("call", "call_record", "connection", "segment", "call_event", "position"))
    async with restored(backup, make_database) as (dsn, again):
        assert await counted(again, cut)()
        async with journal(nats_url, dsn, again) as task:
            await until(task, counted(again, len(events)))
        assert await rows_of(again) == wanted
    async with await connect(nats_url, "retention") as bus:
        await bus.js.purge_stream(EVENTS.name, seq=gone + 1)
    async with restored(backup, make_database) as (dsn, again):
        async with journal(nats_url, dsn, again) as task:
            await until(task, counted(again, cut + len(events) - gone))
        rows = await rows_of(again)
        pages = [page async for page in verify(again)]
    before, after = calls_of(events[:cut]), calls_of(events[gone:])
    whole = before - calls_of(events[cut:]) | after - calls_of(events[:gone])
    lost, torn = calls_of(events) - before - after, calls_of(events[cut:gone]) & (before | after)
    assert all((whole, lost, torn))
    for call in whole:
        assert of_call(rows, call) == of_call(wanted, call), call
    assert not [each for each in lost if of_call(rows, each)["call"]]
    assert {call for page in pages for _, call in page.incomplete} <= torn
    assert [each for page in pages for each in page.differences] == []
