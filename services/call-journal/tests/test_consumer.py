"""What each failure of a transaction means."""

import asyncio

import asyncpg
import msgspec
import pytest
from call_journal.consumer import Consumer
from call_journal.project import Rows
from call_journal.store.writer import Writer
from call_journal.telemetry import metrics
from cti_bus import Batch, Fatal, Park, Received, Retry, process
from opentelemetry import metrics as otel

from .conftest import recorded
from .telling import batch


class Cut(Writer):
    """Loses PostgreSQL `before` or `after` the next commit, with the given error."""

    moment = ""
    error: Exception = OSError("connection reset")

    async def write(self, rows: Rows, after: int, position: int) -> None:
        moment, self.moment = self.moment, ""
        if moment == "before":
            raise self.error
        await super().write(rows, after, position)
        if moment == "after":
            raise self.error


def consuming(writer: Writer, position: int = 0) -> Consumer:
    return Consumer(writer, metrics(otel.get_meter("test")), position)


@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize(
    "error",
    [
        OSError("connection reset"),
        asyncpg.ConnectionDoesNotExistError("connection was closed in the middle of operation"),
        asyncpg.AdminShutdownError("terminating connection due to administrator command"),
        asyncpg.InternalClientError("cannot switch to state 15; another operation (2) is in progress"),
        asyncpg.InterfaceError("connection is closed"),
    ],
)
async def test_a_cut_connection_is_a_retry_whether_or_not_the_commit_got_through(pool, events, moment, error):
    writer = Cut(pool, "test", "S")
    writer.moment, writer.error = moment, error
    consumer = consuming(writer)
    with pytest.raises(Retry):
        await consumer.handle(batch(events[:10]))
    await consumer.handle(batch(events[:10]))
    await consumer.handle(batch(events[10:20], 11))
    assert await writer.position() == 20
    assert [row[0] for row in await pool.fetch("SELECT stream_seq FROM call_event ORDER BY stream_seq")] == list(
        range(1, 21)
    )


async def test_another_instance_is_no_retry(pool, events):
    writer = Cut(pool, "test", "S")
    consumer = consuming(writer)
    await consumer.handle(batch(events[:5]))
    await consuming(Writer(pool, "test", "S"), 5).handle(batch(events[5:10], 6))
    with pytest.raises(Fatal, match="at 10 of S, no longer at 5: another instance"):
        await consumer.handle(batch(events[5:10], 6))
    writer.moment = "before"
    with pytest.raises(Retry):
        await consumer.handle(batch(events[5:8], 6))
    with pytest.raises(Fatal, match="another instance"):
        await consumer.handle(batch(events[5:8], 6))


class Shelf:
    """Batches as a `Reader` that is always ahead hands them out; it ends behind the last."""

    def __init__(self, batches: list[Batch]) -> None:
        self.left = batches[::-1]

    def __aiter__(self):
        return self

    async def __anext__(self) -> Batch:
        if not self.left:
            raise StopAsyncIteration
        return self.left.pop()

    async def full(self) -> Batch:
        return self.left[-1] if self.left else await asyncio.get_running_loop().create_future()


class Aside:
    """Parks calls from the culprit on, as `cti_bus.Parking` does, in memory."""

    def __init__(self) -> None:
        self.since: dict[str, int] = {}
        self.parked: list[int] = []

    async def filter(self, batch: Batch) -> Batch:
        gone = [each for each in batch if each.stream_seq >= self.since.get(self.call(each), 1 << 60)]
        self.parked += [each.stream_seq for each in gone]
        return Batch([each for each in batch if each not in gone], batch.position) if gone else batch

    async def park(self, batch: Batch, culprit: Received, reason: str) -> Batch:
        self.since[self.call(culprit)] = culprit.stream_seq
        return await self.filter(batch)

    @staticmethod
    def call(received: Received) -> str:
        return received.subject.split(".")[4]


class Unsteady(Cut):
    """Loses PostgreSQL around every third transaction, by turns before and after the commit, when the next batch has
    been prepared meanwhile.
    """

    writes = 0
    looked: asyncio.Event

    async def write(self, rows: Rows, after: int, position: int) -> None:
        self.writes += 1
        try:
            async with asyncio.timeout(0.5):  # there is none behind the last batch
                await self.looked.wait()
        except TimeoutError:
            pass
        self.looked.clear()
        if self.writes % 3 == 0:
            self.moment = "before" if self.writes % 2 else "after"
        await super().write(rows, after, position)


TABLES = ("call", "call_record", "connection", "segment", "call_event")


async def contents(pool) -> dict[str, list[tuple]]:
    found = {name: await pool.fetch(f"SELECT * FROM {name}") for name in TABLES}
    return {name: sorted(map(repr, map(tuple, rows))) for name, rows in found.items()}


@pytest.mark.parametrize("size", [13, 40])
async def test_outages_while_the_next_batch_is_prepared_change_nothing(pool, events, size):
    """Every batch is prepared, half or wholly, while the one before is written, which fails again and again."""
    whole = batch(events)
    await consuming(Writer(pool, "test", "S")).handle(whole)
    expected = await contents(pool)
    await pool.execute(f"TRUNCATE {', '.join(TABLES)}, position")
    writer = Unsteady(pool, "test", "S")
    writer.looked = asyncio.Event()
    consumer = consuming(writer)
    prepared: list[int] = []

    async def ahead(following: Batch) -> None:
        if len(prepared) % 2:  # some are cut off in the middle of it
            asyncio.get_running_loop().call_soon(writer.looked.set)
        await consumer.ahead(following)
        prepared.append(following.position)
        writer.looked.set()

    cut = [Batch(whole[at : at + size], whole[at : at + size][-1].stream_seq) for at in range(0, len(whole), size)]
    await process(Shelf(cut), consumer.handle, ahead=ahead, retry_max_s=0)
    assert len(prepared) > len(cut) // 2, "otherwise nothing is tried here"
    assert await contents(pool) == expected


async def test_a_call_that_is_set_aside_after_it_was_prepared_leaves_no_trace(pool, events):
    """The culprit comes in one batch, more of its call in the next, which is prepared by then."""
    whole = batch(events)
    calls = [Aside.call(each) for each in whole]
    victim = next(call for call in calls if calls.count(call) > 6)
    second = [at for at, call in enumerate(calls) if call == victim][1]
    whole[second] = msgspec.structs.replace(whole[second], body=b"{")
    left = [each for at, each in enumerate(whole) if calls[at] != victim or at < second]
    await consuming(Writer(pool, "test", "S")).handle(Batch(left, whole.position))
    expected = await contents(pool)
    await pool.execute(f"TRUNCATE {', '.join(TABLES)}, position")
    consumer, aside, shown = consuming(Writer(pool, "test", "S")), Aside(), []

    async def ahead(following: Batch) -> None:
        await consumer.ahead(following)
        shown.append(following)

    cut = [Batch(whole[at : at + 2], whole[at : at + 2][-1].stream_seq) for at in range(0, len(whole), 2)]
    await process(Shelf(cut), consumer.handle, ahead=ahead, parking=aside)
    assert aside.since == {victim: second + 1}
    assert len(aside.parked) == calls.count(victim) - 1
    assert any(victim in map(aside.call, each) for each in shown)
    assert await contents(pool) == expected


async def test_what_was_prepared_in_vain_is_forgotten(pool):
    """Two batches are shown before the first of them comes. That has an answer and a blind transfer: read twice, the
    transfer would seem to come first.
    """
    whole = batch(recorded("l_blind_transfer"))
    kinds = [each.subject.rpartition(".")[2] for each in whole]
    first, second = kinds.index("established"), kinds.index("transferred") + 1
    cut = [Batch(part, part[-1].stream_seq) for part in (whole[:first], whole[first:second], whole[second:])]
    await consuming(Writer(pool, "test", "S")).handle(whole)
    expected = await contents(pool)
    await pool.execute(f"TRUNCATE {', '.join(TABLES)}, position")

    class Eager(Writer):
        async def write(self, rows: Rows, after: int, position: int) -> None:
            if position == first:
                await consumer.ahead(cut[1])
            await super().write(rows, after, position)

    consumer = consuming(Eager(pool, "test", "S"))
    await consumer.handle(cut[0])
    await consumer.ahead(cut[2])
    await consumer.handle(cut[1])
    await consumer.handle(cut[2])
    assert await contents(pool) == expected


async def test_a_call_that_postgresql_refuses_is_named_and_the_look_ahead_forgotten(pool, events):
    class Refusing(Writer):
        refusals = 1

        async def write(self, rows: Rows, after: int, position: int) -> None:
            await consumer.ahead(batch(events[10:20], 11))
            if self.refusals:
                self.refusals -= 1
                raise asyncpg.DataError("no such value")
            await super().write(rows, after, position)

        async def refuses(self, rows: Rows) -> bool:
            return rows.events[0].stream_seq == 10

    consumer = consuming(Refusing(pool, "test", "S"))
    with pytest.raises(Park) as parked:
        await consumer.handle(batch(events[:10]))
    assert parked.value.received.stream_seq == 10
    await consumer.handle(Batch(batch(events[:10])[:9], 10))
    await consumer.handle(batch(events[10:20], 11))
    assert await pool.fetchval("SELECT count(*) FROM call_event") == 19
