"""Reading through deleted consumers, killed servers, removed messages."""

import asyncio
import contextlib
from datetime import UTC, datetime, timedelta

import pytest
from cti_bus import Batch, Bus, Gap, NoAnswer, PositionLost, Publisher, Reader, StreamSpec, ensure, life_of, since

DEADLINE_S = 30.0
STREAM = StreamSpec("S", ("cti.>",), "test")


@pytest.fixture
async def stream(bus: Bus) -> Bus:
    await ensure(bus, specs=[STREAM])
    return bus


async def fill(bus: Bus, first: int, last: int, subject: str = "cti.t.link.p.x") -> None:
    async with Publisher(bus) as publisher:
        for i in range(first, last):
            await publisher.publish(subject, b"%d" % i, {"n": str(i)}, f"{subject}:{i}")


async def take(reader: Reader, count: int, deadline_s: float = DEADLINE_S) -> list[int]:
    """The bodies of the next `count` messages."""
    bodies: list[int] = []
    async with asyncio.timeout(deadline_s):
        while len(bodies) < count:
            bodies += [int(m.body) for m in await anext(reader)]
    return bodies


class Watch:
    def __init__(self) -> None:
        self.idle_seen = asyncio.Event()
        self.waits: list[str] = []

    def advanced(self) -> None: ...

    def idle(self) -> None:
        self.idle_seen.set()

    def waiting(self, reason: str) -> None:
        self.waits.append(reason)


async def test_reads_from_a_position_in_batches(stream: Bus):
    await fill(stream, 0, 1300)
    async with Reader(stream, "S", batch=200) as reader:
        assert await take(reader, 1300) == list(range(1300))
        assert reader.position == 1300
        assert await reader.lag() == 0
    async with Reader(stream, "S", after_seq=1000) as reader:
        batch = await anext(reader)
        assert batch[0].stream_seq == 1001
        assert batch[0].headers["n"] == "1000"
        assert batch[0].message_id == "cti.t.link.p.x:1000"
        assert batch.position == batch[-1].stream_seq


async def test_filters_keep_the_order_of_the_stream(stream: Bus):
    async with Publisher(stream) as publisher:
        for i in range(90):
            subject = ("cti.t.link.p.x", "cti.t.raw.p", "cti.t.agent.p.1.x")[i % 3]
            await publisher.publish(subject, b"%d" % i, {}, str(i))
    async with Reader(stream, "S", ["cti.*.link.>", "cti.*.agent.>"]) as reader:
        assert await take(reader, 60) == [i for i in range(90) if i % 3 != 1]


async def test_new_messages_arrive_at_once_and_lag_counts(stream: Bus):
    watch = Watch()
    async with Reader(stream, "S", heartbeat_s=0.2, observer=watch) as reader:
        waiting = asyncio.ensure_future(anext(reader))
        await asyncio.wait_for(watch.idle_seen.wait(), DEADLINE_S)
        await fill(stream, 0, 1)
        batch = await asyncio.wait_for(waiting, 15)  # a pull lasts for 30 s
        assert [m.body for m in batch] == [b"0"]
        await fill(stream, 1, 11)
        assert await reader.lag() == 10


async def test_deleted_consumer_is_noticed(stream: Bus):
    """The classic: the consumer is gone, nobody says so, everything looks healthy."""
    await fill(stream, 0, 10)
    async with Reader(stream, "S", heartbeat_s=1.0) as reader:
        assert await take(reader, 10) == list(range(10))
        for info in await stream.js.consumers_info("S"):
            await stream.js.delete_consumer("S", info.name)
        await fill(stream, 10, 20)
        assert await take(reader, 10) == list(range(10, 20))
        assert reader.counters.consumers_made == 2


async def test_frozen_server_is_waited_for(stream: Bus, nats_server):
    watch = Watch()
    await fill(stream, 0, 10)
    async with Reader(stream, "S", heartbeat_s=0.2, observer=watch) as reader:
        assert await take(reader, 10) == list(range(10))
        nats_server.freeze()
        waiting = asyncio.ensure_future(anext(reader))
        async with asyncio.timeout(DEADLINE_S):
            while not watch.waits:
                await asyncio.sleep(0.02)
        nats_server.thaw()
        await fill(stream, 10, 11)
        assert [m.body for m in await asyncio.wait_for(waiting, DEADLINE_S)] == [b"10"]


@pytest.mark.parametrize("how", ["kill9", "stop"])
async def test_server_restarts_while_publishing_and_reading(stream: Bus, nats_server, how: str):
    total = 8000
    publisher = Publisher(stream, window=200)

    async def write():
        for i in range(total):
            await publisher.publish("cti.t.link.p.x", b"%d" % i, {}, f"id{i}")
            if i % 50 == 0:
                await asyncio.sleep(0)
        await publisher.flush()

    bodies: list[int] = []
    sequences: list[int] = []

    async def read():
        async with Reader(stream, "S", heartbeat_s=0.3, batch=50) as reader:
            async for batch in reader:
                bodies.extend(int(m.body) for m in batch)
                sequences.extend(m.stream_seq for m in batch)
                if len(bodies) >= total:
                    return

    tasks = [asyncio.create_task(write()), asyncio.create_task(read())]
    for part in (1, 2, 3):
        async with asyncio.timeout(30):
            while len(bodies) < part * total // 4:
                await asyncio.sleep(0.005)
        getattr(nats_server, how)()
        await asyncio.to_thread(nats_server.start)
    async with asyncio.timeout(60):
        await asyncio.gather(*tasks)
    await publisher.close()
    assert bodies == list(range(total))
    assert sequences == list(range(1, total + 1))


async def test_removed_messages_are_reported_once(stream: Bus):
    await fill(stream, 0, 100)
    await stream.js.purge_stream("S", seq=51)
    gaps: list[Gap] = []
    async with Reader(stream, "S", after_seq=10, on_gap=gaps.append, heartbeat_s=0.2) as reader:
        assert await take(reader, 50) == list(range(50, 100))
        for info in await stream.js.consumers_info("S"):
            await stream.js.delete_consumer("S", info.name)
        await fill(stream, 100, 101)
        assert await take(reader, 1) == [100]
    assert gaps == [Gap("S", 11, 50)]


async def test_from_the_beginning_is_no_gap(stream: Bus):
    await fill(stream, 0, 10)
    await stream.js.purge_stream("S", seq=6)
    gaps: list[Gap] = []
    async with Reader(stream, "S", on_gap=gaps.append) as reader:
        assert await take(reader, 5) == list(range(5, 10))
    assert gaps == []


async def test_messages_removed_behind_a_slow_reader_are_reported(bus: Bus):
    """A size-bounded stream drops its oldest messages while the reader is busy."""
    await ensure(bus, specs=[StreamSpec("S", ("cti.>",), "test", max_bytes=60_000)])
    gaps: list[Gap] = []
    async with Reader(bus, "S", batch=10, on_gap=gaps.append) as reader:
        await fill(bus, 0, 100)
        bodies = await take(reader, 10)
        await fill(bus, 100, 3000)
        async with asyncio.timeout(DEADLINE_S):
            while bodies[-1] != 2999:
                bodies += [int(m.body) for m in await anext(reader)]
    missing = sorted(set(range(3000)) - set(bodies))
    assert missing
    assert bodies == sorted(set(bodies))
    assert missing == [i - 1 for gap in gaps for i in range(gap.first_missing, gap.last_missing + 1)]


async def test_messages_removed_behind_a_reader_that_had_kept_up_are_reported(bus: Bus):
    """It had read everything when it stopped asking: what is removed after that was never pending for it."""
    await ensure(bus, specs=[StreamSpec("S", ("cti.>",), "test", max_bytes=60_000)])
    gaps: list[Gap] = []
    async with Reader(bus, "S", batch=10, on_gap=gaps.append) as reader:
        await fill(bus, 0, 1)
        bodies = await take(reader, 1)
        kept_up = 1
        while reader._asked:  # what is left of its requests
            await fill(bus, kept_up, kept_up + 1)
            async with asyncio.timeout(DEADLINE_S):
                while len(reader._buffer) < kept_up:
                    await asyncio.sleep(0.01)
            kept_up += 1
        await fill(bus, kept_up, 3000)
        async with asyncio.timeout(DEADLINE_S):
            while bodies[-1] != 2999:
                bodies += [int(m.body) for m in await anext(reader)]
    missing = sorted(set(range(3000)) - set(bodies))
    assert missing[0] == kept_up
    assert missing == [i - 1 for gap in gaps for i in range(gap.first_missing, gap.last_missing + 1)]


async def test_position_of_another_stream_is_refused(stream: Bus):
    await fill(stream, 0, 10)
    async with Reader(stream, "S", after_seq=11) as reader:
        with pytest.raises(PositionLost):
            await asyncio.wait_for(anext(reader), DEADLINE_S)


async def test_slow_reader_holds_back_the_server(stream: Bus):
    """Memory is bounded: not more than about two batches lie in the process."""
    await fill(stream, 0, 5000)
    async with Reader(stream, "S", batch=100) as reader:
        first = await anext(reader)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(0.3):
                await asyncio.Event().wait()
        assert len(reader._buffer) <= 200
        assert await take(reader, 5000 - len(first)) == list(range(len(first), 5000))


def test_batch_is_a_list():
    assert list(Batch([], 7)) == []
    assert Batch([], 7).position == 7


async def test_a_stream_that_was_made_anew_is_another_one(stream: Bus):
    """Also when it has grown beyond the position meanwhile, and also under a reader that reads."""
    await fill(stream, 0, 10)
    life = await life_of(stream, "S")
    async with Reader(stream, "S", after_seq=5) as reading:
        assert await take(reading, 5) == list(range(5, 10))
        await stream.js.delete_stream("S")
        await ensure(stream, specs=[STREAM])
        await fill(stream, 0, 20)
        assert await life_of(stream, "S") != life
        with pytest.raises(PositionLost, match="made anew"):
            await take(reading, 100)
    async with Reader(stream, "S", after_seq=10, life=life) as again:
        with pytest.raises(PositionLost, match="made anew"):
            await asyncio.wait_for(anext(again), DEADLINE_S)


async def test_a_stream_that_is_not_there_has_no_life(stream: Bus):
    with pytest.raises(NoAnswer):
        await life_of(stream, "S", "NOT_THERE")


async def test_messages_of_a_period_are_read_in_batches(stream):
    await fill(stream, 0, 3)
    found = [each async for each in since(stream, "S", "cti.t.link.>")]
    middle = datetime.fromtimestamp(0, UTC) + timedelta(microseconds=found[1].time_ns // 1000)
    await fill(stream, 3, 1203, "cti.t.link.q.x")
    from_there = [int(each.body) async for each in since(stream, "S", "cti.t.link.>", stored_from=middle)]
    assert from_there == list(range(1, 1203))
    assert [each async for each in since(stream, "S", ">", stored_from=datetime.now(UTC) + timedelta(hours=1))] == []
