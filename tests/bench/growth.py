"""Writing and reading in a journal with millions of calls: what changes from one size to the next.

    python -m tests.bench.growth 300000 1000000 3000000

Made-up calls (`tests.bench.made`), one every two seconds, so that a larger journal is one with a longer past and each
day is as busy as any other; their events are in the archive, month by month. They are put in past the journal, with
the indexes made afterwards; then recorded calls, which go on where the made ones end, are written by the journal's own
consumer, and the usual questions are asked as the API asks them. Each value is compared with that of the smallest size.

Pages (8 KiB, from memory or disk) that a question reads do not depend on what else the machine does, unlike its time.
"""

import argparse
import asyncio
import gc
import statistics
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import asyncpg
import uvloop
from call_journal.consumer import Consumer
from call_journal.history.asker import Asker
from call_journal.history.calls import get_call
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
from cti_model.questions import GetCall
from opentelemetry import metrics as otel

from tests.bench.calls import BusyLine
from tests.bench.made import EVERY, TENANT, call_id, contact, number
from tests.bench.past import grow, log_end, pages_read, sizes_of
from tests.bench.rows import Row, row, table

WRITTEN = 600  # recorded calls at each size
ASKED = 15  # times that each question is asked
BATCH: int = JournalSettings.model_fields["batch"].default
SINCE = datetime(2026, 1, 1, tzinfo=UTC)
Question = Callable[[Any, int], Awaitable[object]]


def day(calls: int) -> dict[str, datetime]:
    """The last day of so many calls."""
    end = SINCE + calls * EVERY
    return {"since": end - timedelta(days=1), "until": end}


async def _list(at: Any, filters: Filters) -> None:
    assert await queries.list_records(at, TENANT, filters, None, 51)


async def _call(at: Any, calls: int, n: int) -> None:
    """A call of anywhere in the past."""
    asked = GetCall(call_id=call_id(calls * (2 * n + 1) // (2 * ASKED) % calls))
    assert (await get_call(at, Asker(tenant=TENANT, user="boss"), asked)).path is not None


QUESTIONS: dict[str, Callable[[int], Question]] = {
    "page of the newest": lambda _: lambda at, __: _list(at, Filters()),
    "page of a number": lambda _: lambda at, n: _list(at, Filters(number=number(n))),
    "page of a user": lambda _: lambda at, n: _list(at, Filters(user=str(100 + n % 200))),
    "page of a queue": lambda _: lambda at, n: _list(at, Filters(queue="support")),
    "page of a contact": lambda _: lambda at, n: _list(at, Filters(contact=contact(n))),
    "page of a text in a day": lambda calls: lambda at, n: _list(at, Filters(text=f"клиент {n % 9 + 1}", **day(calls))),
    "page of missed calls": lambda _: (
        lambda at, __: inbound.list_inbound(at, TENANT, Inbound(outcome="unanswered", called_back=False), None, 51)
    ),
    "one call with its path": lambda calls: lambda at, n: _call(at, calls, n),
    "count of a day": lambda calls: lambda at, _: queries.count_records(at, TENANT, Filters(**day(calls)), 100_000),
    "count of all (at most 100 000)": lambda _: lambda at, __: queries.count_records(at, TENANT, Filters(), 100_000),
    "statistics of a day by user": lambda calls: (
        lambda at, _: numbers.of_records(at, TENANT, Filters(**day(calls)), [day(calls)["since"]], "user", 20)
    ),
    "statistics of a day by queue": lambda calls: (
        lambda at, _: numbers.of_inbound(at, TENANT, Inbound(**day(calls)), [day(calls)["since"]], "queue", 20)
    ),
    "last calls with a number": lambda _: lambda at, n: inbound.recent(at, TENANT, None, 20, number=number(n)),
    "last calls with a contact": lambda _: lambda at, n: inbound.recent(at, TENANT, None, 20, contact=contact(n)),
    "last calls with anybody": lambda _: lambda at, __: inbound.recent(at, TENANT, None, 20),
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
            async with asyncpg.create_pool(dsn, min_size=1, max_size=1, command_timeout=3600) as pool:
                first: dict[str, float] = {}
                calls, turns = 0, count()
                for size in sizes:
                    began = time.perf_counter()
                    await grow(pool, SINCE, range(calls, size))
                    print(f"{size:,} calls after {time.perf_counter() - began:.0f} s", flush=True)
                    calls = size
                    for what, unit, value in await _measured(pool, size, turns, written, asked):
                        at = f"{what}, {size:,} calls"
                        found.append(
                            row("growth", at, unit, value, first.setdefault(what, value), f"{sizes[0]:,} calls")
                        )
                        print(table(found[-1:]), flush=True)
        finally:
            server.stop()
    return found


async def _measured(pool: Any, size: int, turns: Any, written: int, asked: int) -> list[tuple[str, str, float]]:
    found = [(what, "B", value) for what, value in (await sizes_of(pool)).items()]
    rate, pages, log = await _written(pool, size, turns, written)
    found += [("call events written", "events/s", rate), ("written: pages of an event", "pages", pages)]
    found.append(("written: bytes of an event in PostgreSQL's log", "B", log))
    for what, question in QUESTIONS.items():
        taken, pages = await _asked(pool, question(size), asked)
        found.append((what, "ms", taken))
        found.append((f"{what}: pages", "pages", pages))
    return found


async def _asked(pool: Any, ask: Question, times: int) -> tuple[float, float]:
    """Milliseconds and pages of a question, the medians of some askings after a first one that reads the catalogue."""
    await ask(pool, times)
    counting = await pages_read(pool, _nothing)
    taken, pages = [], []
    for n in range(times):

        async def asked(at: Any, n: int = n) -> None:
            began = time.perf_counter()
            await ask(at, n)
            taken.append((time.perf_counter() - began) * 1000)

        pages.append(max(1, await pages_read(pool, asked) - counting))
    return statistics.median(taken), statistics.median(pages)


async def _nothing(_: Any) -> None:
    """What counting pages costs by itself."""


async def _written(pool: Any, size: int, turns: Any, calls: int) -> tuple[float, float, float]:
    """Events per second of the journal's consumer, pages it reads and bytes it logs for one: the medians of three runs.

    With calls that it does not know. They begin when the made calls end, and stay: each turn is a stream of its own,
    with its own position. Each begins behind a checkpoint, so that a page's first change logs the whole page.
    """
    rates, pages, logged = [], [], []
    now_s = (SINCE + size * EVERY).timestamp()
    for _ in range(3):
        turn = next(turns)
        messages = []
        line = BusyLine(calls, first=turn * calls * 2, lanes=50)
        for event in events_of((now_s + at, data) for at, data in line):
            message = encode_call(event)
            messages.append(Received(len(messages) + 1, message.subject, message.headers, message.body, 0))
        consumer = Consumer(Writer(pool, "bench", f"bench-{turn}"), metrics(otel.get_meter("bench")), 0)

        async def write(_: Any, consumer: Consumer = consumer, messages: list[Received] = messages) -> None:
            began = time.perf_counter()
            for at in range(0, len(messages), BATCH):
                part = messages[at : at + BATCH]
                await consumer.handle(Batch(part, part[-1].stream_seq))
            rates.append(len(messages) / (time.perf_counter() - began))

        await pool.execute("CHECKPOINT")
        gc.collect()
        before = await log_end(pool)
        pages.append(await pages_read(pool, write) / len(messages))
        logged.append((await log_end(pool) - before) / len(messages))
    return statistics.median(rates), statistics.median(pages), statistics.median(logged)


def main() -> None:
    """Print the table, row by row."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.growth", description=str(__doc__).partition("\n")[0])
    parser.add_argument("sizes", nargs="+", type=int, help="calls, growing")
    run(parser.parse_args().sizes)


if __name__ == "__main__":
    main()
