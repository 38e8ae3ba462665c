"""Writing and reading in a journal with millions of calls: what changes from one size to the next.

    python -m tests.bench.growth 300000 1000000 3000000

Made-up calls, one every two seconds (43 200 a day), so that a larger journal is one with a longer past and each day is
as busy as any other. They are put in past the journal, with the indexes made afterwards; then recorded calls are
written by the journal's own consumer, and the usual questions are asked as the API asks them. `call_event` is not
filled: it has a partition for each month, and only that of the present month is written. Each value is compared with
that of the smallest size.
"""

import argparse
import asyncio
import gc
import statistics
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import asyncpg
import uvloop
from call_journal.consumer import Consumer
from call_journal.settings import JournalSettings
from call_journal.store import inbound, queries
from call_journal.store import statistics as numbers
from call_journal.store.filters import Filters
from call_journal.store.inbound import Inbound
from call_journal.store.migrate import migrate
from call_journal.store.writer import Writer
from call_journal.telemetry import metrics
from connector_asterisk.replay import events_of
from cti_bus import Batch, Received
from cti_devstack.postgres import PostgresServer
from cti_model.envelope import encode_call
from opentelemetry import metrics as otel

from tests.bench.calls import BusyLine
from tests.bench.rows import Row, row, table

TENANT = "made"
WRITTEN = 600  # recorded calls at each size
ASKED = 15  # times that each question is asked
BATCH: int = JournalSettings.model_fields["batch"].default
SINCE = datetime(2026, 1, 1, tzinfo=UTC)
EVERY = timedelta(seconds=2)
TABLES = ("call", "call_record", "connection", "segment")

# Hashes stand where ids of calls and connections do: they come in no order, as those do. Every third call is not
# answered, every second one comes from outside, a fifth of all waits in a queue; 200 users, 100 000 numbers.
_MADE = """
    SELECT i, md5('c' || i)::uuid::text AS call_id, md5('a' || i)::uuid::text AS one,
           md5('b' || i)::uuid::text AS other, i % 2 = 0 AS inbound, i % 3 <> 0 AS answered,
           CASE WHEN i % 10 IN (0, 4) THEN 'queue' || i % 4 ELSE '' END AS queue,
           (100 + i * 7 % 200)::text AS user_id, '7903' || lpad((i * 7919 % 100000)::text, 7, '0') AS number,
           'Клиент ' || i * 7919 % 100000 AS name, $1::timestamptz + i * $2::interval AS at
    FROM generate_series($3::bigint, $4::bigint - 1) AS i
"""
_INSERTS = (
    """
    INSERT INTO call SELECT 'made', call_id, 'pbx', 8, i, CASE WHEN inbound THEN 'inbound' ELSE 'outbound' END, '700',
        queue, at, CASE WHEN answered THEN at + interval '9 s' END, at + interval '90 s', NULL, NULL,
        jsonb_build_object('call_id', call_id, 'connections', jsonb_build_array(
            jsonb_build_object('connection_id', one, 'party', jsonb_build_object('number', number, 'name', name)),
            jsonb_build_object('connection_id', other, 'device', jsonb_build_object('number', user_id))))
    FROM made
    """,
    """
    INSERT INTO call_record SELECT 'made', other, call_id, 'pbx', i, user_id, user_id,
        CASE WHEN inbound THEN 'in' ELSE 'out' END, false, '+' || number, number, name,
        CASE WHEN answered THEN 'answered' WHEN inbound THEN 'missed' ELSE 'no_answer' END, 'remote', at,
        CASE WHEN answered THEN at + interval '9 s' END, at + interval '90 s', 9, 0,
        CASE WHEN answered THEN 81 ELSE 0 END, 0, '', '', NULL, queue
    FROM made
    """,
    """
    INSERT INTO connection SELECT 'made', unnest(ARRAY[one, other]), call_id, i, unnest(ARRAY[0, 1]),
        unnest(ARRAY['trunk', user_id]), unnest(ARRAY['trunk', 'extension']), 'in', number, name, queue, 'answered',
        'normal', 'remote', at, at, NULL, at + interval '90 s', 9, 0, 81, 0, '', ''
    FROM made
    """,
    """
    INSERT INTO segment SELECT 'made', call_id, one, other, at + interval '9 s', i, 'answer', at + interval '90 s',
        'clear'
    FROM made WHERE answered
    """,
)
_INDEXES = """
    SELECT c.conname AS constraint, x.indexrelid::regclass::text AS name, x.indrelid::regclass::text AS of,
           coalesce('ALTER TABLE ' || x.indrelid::regclass || ' ADD CONSTRAINT ' || c.conname || ' '
                    || pg_get_constraintdef(c.oid), pg_get_indexdef(x.indexrelid)) AS definition
    FROM pg_index x LEFT JOIN pg_constraint c ON c.conindid = x.indexrelid
    WHERE x.indrelid = ANY ($1::text[]::regclass[])
"""
Question = Callable[[Any, int], Awaitable[object]]


def day(calls: int) -> dict[str, datetime]:
    """The last day of so many calls."""
    end = SINCE + calls * EVERY
    return {"since": end - timedelta(days=1), "until": end}


def _number(n: int) -> str:
    return f"+7903{n * 7919 % 100000:07}"


async def _list(at: Any, filters: Filters) -> None:
    assert await queries.list_records(at, TENANT, filters, None, 51)


QUESTIONS: dict[str, Callable[[int], Question]] = {
    "page of the newest": lambda _: lambda at, __: _list(at, Filters()),
    "page of a number": lambda _: lambda at, n: _list(at, Filters(number=_number(n))),
    "page of a user": lambda _: lambda at, n: _list(at, Filters(user=str(100 + n % 200))),
    "page of a queue": lambda _: lambda at, n: _list(at, Filters(queue=f"queue{n % 2 * 2}")),
    "page of a text in a day": lambda calls: lambda at, n: _list(at, Filters(text=f"клиент {n % 9 + 1}", **day(calls))),
    "page of missed calls": lambda _: (
        lambda at, __: inbound.list_inbound(at, TENANT, Inbound(outcome="unanswered", called_back=False), None, 51)
    ),
    "count of a day": lambda calls: lambda at, _: queries.count_records(at, TENANT, Filters(**day(calls)), 100_000),
    "count of all (at most 100 000)": lambda _: lambda at, __: queries.count_records(at, TENANT, Filters(), 100_000),
    "statistics of a day by user": lambda calls: (
        lambda at, _: numbers.of_records(at, TENANT, Filters(**day(calls)), [day(calls)["since"]], "user", 20)
    ),
    "statistics of a day by queue": lambda calls: (
        lambda at, _: numbers.of_inbound(at, TENANT, Inbound(**day(calls)), [day(calls)["since"]], "queue", 20)
    ),
    "last calls with a number": lambda _: lambda at, n: inbound.recent(at, TENANT, None, 20, number=_number(n)),
}


def run(sizes: list[int], written: int = WRITTEN, asked: int = ASKED) -> list[Row]:
    """The rows of the table."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(_run(sizes, written, asked))


async def _run(sizes: list[int], written: int, asked: int) -> list[Row]:
    found: list[Row] = []
    with TemporaryDirectory(prefix="trunkline-bench-") as folder:
        server = PostgresServer(Path(folder) / "postgres")
        server.start()
        try:
            dsn = server.create_database("bench")
            await migrate(dsn)
            async with asyncpg.create_pool(dsn, min_size=1, max_size=2, command_timeout=3600) as pool:
                first: dict[str, float] = {}
                calls = 0
                for number, size in enumerate(sizes):
                    await _grow(pool, calls, size)
                    calls = size
                    for what, unit, value in await _measured(pool, size, number, written, asked):
                        at = f"{what}, {size:,} calls"
                        found.append(
                            row("growth", at, unit, value, first.setdefault(what, value), f"{sizes[0]:,} calls")
                        )
                        print(table(found[-1:]), flush=True)
        finally:
            server.stop()
    return found


async def _grow(pool: Any, calls: int, size: int) -> None:
    """Put calls in; to make the indexes anew takes a tenth of the time of keeping them meanwhile."""
    async with pool.acquire() as connection:
        await connection.execute("SET maintenance_work_mem = '512MB'; SET synchronous_commit = off")
        await connection.execute("SET max_parallel_maintenance_workers = 0")
        indexes = await connection.fetch(_INDEXES, list(TABLES))
        for each in indexes:
            if each["constraint"] is not None:
                await connection.execute(f"ALTER TABLE {each['of']} DROP CONSTRAINT {each['constraint']}")
            else:
                await connection.execute(f"DROP INDEX {each['name']}")
        made = _MADE.replace("$1", f"'{SINCE.isoformat()}'").replace("$2", f"'{EVERY.seconds} s'")
        made = made.replace("$3", str(calls)).replace("$4", str(size))
        for statement in _INSERTS:
            await connection.execute(statement.replace("FROM made", f"FROM ({made}) made"))
        for each in indexes:
            await connection.execute(each["definition"])
        await connection.execute("RESET ALL")
        await connection.execute("VACUUM ANALYZE")
        await connection.execute("CHECKPOINT")


async def _measured(pool: Any, size: int, number: int, written: int, asked: int) -> list[tuple[str, str, float]]:
    found = [("call events written", "events/s", await _written(pool, number * written * 10, written))]
    for what, question in QUESTIONS.items():
        ask, taken = question(size), []
        for n in range(asked):
            began = time.perf_counter()
            await ask(pool, n)
            taken.append((time.perf_counter() - began) * 1000)
        found.append((what, "ms", statistics.median(taken)))
    return found


async def _written(pool: Any, first: int, calls: int) -> float:
    """Events per second of the journal's consumer, the median of three runs with calls that it does not know."""
    rates = []
    for turn in range(3):
        messages = []
        for event in events_of(BusyLine(calls, first=first + turn * calls * 2, lanes=50)):
            message = encode_call(event)
            messages.append(Received(len(messages) + 1, message.subject, message.headers, message.body, 0))
        await pool.execute("TRUNCATE position, call_event")
        consumer = Consumer(Writer(pool, "bench", "bench"), metrics(otel.get_meter("bench")), 0)
        gc.collect()
        began = time.perf_counter()
        for at in range(0, len(messages), BATCH):
            part = messages[at : at + BATCH]
            await consumer.handle(Batch(part, part[-1].stream_seq))
        rates.append(len(messages) / (time.perf_counter() - began))
    return statistics.median(rates)


def main() -> None:
    """Print the table, row by row."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.growth", description=str(__doc__).partition("\n")[0])
    parser.add_argument("sizes", nargs="+", type=int, help="calls, growing")
    run(parser.parse_args().sizes)


if __name__ == "__main__":
    main()
