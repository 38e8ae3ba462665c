"""The three fates."""

import asyncio
from collections.abc import Awaitable, Callable
from itertools import pairwise

import pytest
from cti_bus import (
    Batch,
    Bus,
    Fatal,
    Park,
    Parking,
    Publisher,
    Reader,
    Retry,
    StreamSpec,
    call_key,
    ensure,
    process,
    since,
)
from cti_bus.streams import PARKED

DEADLINE_S = 30.0
STREAM = StreamSpec("S", ("cti.*.call.>", "cti.*.journal.>"), "test")


@pytest.fixture
async def stream(bus: Bus) -> Bus:
    await ensure(bus, specs=[STREAM, PARKED])
    return bus


@pytest.fixture
async def publisher(stream: Bus):
    publisher = Publisher(stream)
    yield publisher
    await publisher.close()


async def put(publisher: Publisher, *texts: str) -> None:
    """`a1` is event 1 of call a."""
    for text in texts:
        await publisher.publish(f"cti.t.call.p.{text[0]}.e", text.encode(), {"ce-id": text}, text)
    await publisher.flush()


class Journal:
    """A handler with a transaction: a batch is applied whole or not at all."""

    def __init__(self, rule: Callable[[Batch], None] = lambda batch: None) -> None:
        self.rule = rule
        self.applied: list[str] = []
        self.position = 0
        self.calls = 0

    async def handle(self, batch: Batch) -> None:
        self.calls += 1
        self.rule(batch)
        self.applied += [m.body.decode() for m in batch]
        self.position = batch.position


async def run_until(condition: Callable[[], bool], work: Awaitable[None]) -> None:
    task = asyncio.ensure_future(work)
    try:
        async with asyncio.timeout(DEADLINE_S):
            while not condition() and not task.done():
                await asyncio.sleep(0.01)
        if task.done():
            task.result()
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def culprit(batch: Batch, text: str):
    return next((m for m in batch if m.body.decode() == text), None)


def refuse(*texts: str) -> Callable[[Batch], None]:
    def rule(batch: Batch) -> None:
        for text in texts:
            if (message := culprit(batch, text)) is not None:
                raise Park(f"cannot digest {text}", message)

    return rule


async def test_retry_loses_nothing_and_grows(stream: Bus, publisher: Publisher):
    await put(publisher, "a1", "b1", "a2")
    times: list[float] = []
    loop = asyncio.get_running_loop()

    def away(batch: Batch) -> None:
        times.append(loop.time())
        if len(times) < 5:
            raise Retry("database away", 0.05)

    journal = Journal(away)
    async with Reader(stream, "S") as reader:
        await run_until(lambda: journal.position == 3, process(reader, journal.handle))
    assert journal.applied == ["a1", "b1", "a2"]
    pauses = [b - a for a, b in pairwise(times)]
    # A busy machine prolongs any of them: only the least that each may last says that they grow.
    assert all(pause >= least - 0.01 for pause, least in zip(pauses, (0.05, 0.1, 0.2, 0.4), strict=True)), pauses


async def test_park_takes_the_call_and_nothing_else(stream: Bus, publisher: Publisher):
    await put(publisher, "a1", "b1", "a2", "b2", "a3", "c1")
    parking = Parking(stream, publisher, "journal")
    await parking.load()
    journal = Journal(refuse("a2"))
    async with Reader(stream, "S") as reader:
        working = process(reader, journal.handle, parking=parking)
        await run_until(lambda: journal.position == 6, working)
    assert journal.applied == ["a1", "b1", "b2", "c1"]
    assert parking.keys == {"t.p.a"}
    parked = [m async for m in since(stream, "CTI_PARKED", "cti.t.parked.journal.>")]
    assert [m.body for m in parked] == [b"a2", b"a3"]
    assert parked[0].headers["Trunkline-Parked-Reason"] == "cannot digest a2"
    assert parked[0].headers["ce-id"] == "a2"


async def test_parked_calls_survive_a_restart_and_are_not_parked_twice(stream: Bus, publisher: Publisher):
    await put(publisher, "a1", "b1", "a2")
    first = Parking(stream, publisher, "journal")
    await first.load()
    journal = Journal(refuse("a1"))
    async with Reader(stream, "S") as reader:
        await run_until(lambda: journal.position == 3, process(reader, journal.handle, parking=first))

    # The process dies before it stored its position, forgets everything, and reads the same messages again.
    await put(publisher, "a3", "b2")
    async with Publisher(stream) as other:
        second = Parking(stream, other, "journal")
        await second.load()
        assert second.keys == {"t.p.a"}
        again = Journal()
        async with Reader(stream, "S") as reader:
            await run_until(lambda: again.position == 5, process(reader, again.handle, parking=second))
        assert again.applied == ["b1", "b2"]
        parked = [m.body async for m in since(stream, "CTI_PARKED", "cti.t.parked.journal.>")]
        assert parked == [b"a1", b"a2", b"a3"]

        driven: list[bytes] = []

        async def drive(received):
            driven.append(received.body)
            assert received.subject == "cti.t.call.p.a.e"
            assert received.message_id == received.body.decode()

        assert await second.redrive("t.p.a", drive) == 3
        assert driven == parked
        assert second.keys == frozenset()
        assert [m async for m in since(stream, "CTI_PARKED", "cti.t.parked.>")] == []


async def test_crash_between_parking_and_storing_the_position(stream: Bus, publisher: Publisher):
    """a1 was good and a2 was parked, then the process died before it committed a1: a1 must still be handled."""
    await put(publisher, "a1", "b1", "a2", "a3")
    first = Parking(stream, publisher, "journal")

    def dies_after_parking(batch: Batch) -> None:
        refuse("a2")(batch)
        if first.keys:  # before that, what came in an earlier batch than a2
            raise Fatal("power cut")

    async with Reader(stream, "S") as reader:
        with pytest.raises(Fatal):
            await process(reader, Journal(dies_after_parking).handle, parking=first)
    second = Parking(stream, publisher, "journal")
    await second.load()
    journal = Journal()
    async with Reader(stream, "S") as reader:
        await run_until(lambda: journal.position == 4, process(reader, journal.handle, parking=second))
    assert journal.applied == ["a1", "b1"]
    assert [m.body async for m in since(stream, "CTI_PARKED", "cti.t.parked.>")] == [b"a2", b"a3"]


async def test_call_can_be_parked_again_after_a_redrive(stream: Bus, publisher: Publisher):
    parking = Parking(stream, publisher, "journal")
    journal = Journal(refuse("a1", "a2"))
    driven: list[bytes] = []

    async def drive(received):
        driven.append(received.body)

    async with Reader(stream, "S") as reader:
        await put(publisher, "a1")
        await run_until(lambda: journal.position == 1, process(reader, journal.handle, parking=parking))
        assert await parking.redrive("t.p.a", drive) == 1
        await put(publisher, "a2")
        await run_until(lambda: journal.position == 2, process(reader, journal.handle, parking=parking))
    assert await parking.redrive("t.p.a", drive) == 1
    assert driven == [b"a1", b"a2"]


async def test_failed_redrive_keeps_the_rest_parked(stream: Bus, publisher: Publisher):
    await put(publisher, "a1", "a2")
    parking = Parking(stream, publisher, "journal")
    journal = Journal(refuse("a1"))
    async with Reader(stream, "S") as reader:
        await run_until(lambda: journal.position == 2, process(reader, journal.handle, parking=parking))

    async def drive(received):
        if received.body == b"a2":
            raise ValueError("still not")

    with pytest.raises(ValueError, match="still not"):
        await parking.redrive("t.p.a", drive)
    assert parking.keys == {"t.p.a"}
    assert [m.body async for m in since(stream, "CTI_PARKED", "cti.t.parked.>")] == [b"a2"]


async def test_consumers_park_independently(stream: Bus, publisher: Publisher):
    await put(publisher, "a1")
    journal, push = Parking(stream, publisher, "journal"), Parking(stream, publisher, "push")
    async with Reader(stream, "S") as reader:
        batch = await anext(reader)
        assert await journal.park(batch, batch[0], "no") == []
    await push.load()
    assert push.keys == frozenset()


async def test_fatal_and_unknown_errors_stop(stream: Bus, publisher: Publisher):
    await put(publisher, "a1")

    async def fatal(batch: Batch) -> None:
        raise Fatal("schema is newer than I am")

    async def surprised(batch: Batch) -> None:
        raise KeyError("oops")

    for handler in (fatal, surprised):
        async with Reader(stream, "S") as reader:
            with pytest.raises(Fatal):
                await asyncio.wait_for(process(reader, handler), DEADLINE_S)


async def test_park_without_parking_is_fatal(stream: Bus, publisher: Publisher):
    await put(publisher, "a1")
    async with Reader(stream, "S") as reader:
        with pytest.raises(Fatal):
            await asyncio.wait_for(process(reader, Journal(refuse("a1")).handle), DEADLINE_S)


class Foresighted(Journal):
    """Looks at the next batch while it works; `handle` waits for that as often as a batch is to come."""

    def __init__(self, batches: int, rule: Callable[[Batch], None] = lambda batch: None) -> None:
        super().__init__(rule)
        self.seen: list[list[str]] = []
        self.left = batches - 1
        self.looked = asyncio.Event()

    async def ahead(self, batch: Batch) -> None:
        self.seen.append([m.body.decode() for m in batch])
        self.left -= 1
        self.looked.set()

    async def handle(self, batch: Batch) -> None:
        if self.left > 0 and not self.seen:
            await asyncio.wait_for(self.looked.wait(), 10)
        await super().handle(batch)


TEXTS = ("a1", "b1", "a2", "b2", "c1", "a3", "c2", "b3")


async def test_the_next_batch_is_shown_while_one_is_handled(stream: Bus, publisher: Publisher):
    await put(publisher, *TEXTS)
    journal = Foresighted(4)
    async with Reader(stream, "S", batch=2) as reader:
        await run_until(lambda: journal.position == 8, process(reader, journal.handle, ahead=journal.ahead))
    assert journal.applied == list(TEXTS), "what is shown is not taken"
    assert journal.seen[0] == ["a2", "b2"]
    assert all(pair in (["a2", "b2"], ["c1", "a3"], ["c2", "b3"]) for pair in journal.seen)


async def test_an_outage_and_a_parked_call_while_looking_ahead(stream: Bus, publisher: Publisher):
    await put(publisher, *TEXTS)
    failures = iter([Retry("away", 0.01)] * 3)

    def rule(batch: Batch) -> None:
        for failure in failures:
            raise failure
        refuse("b1")(batch)

    journal = Foresighted(4, rule)
    parking = Parking(stream, publisher, "journal")
    async with Reader(stream, "S", batch=2) as reader:
        working = process(reader, journal.handle, ahead=journal.ahead, parking=parking)
        await run_until(lambda: journal.position == 8, working)
    assert journal.applied == ["a1", "a2", "c1", "a3", "c2"], "b was seen ahead, and parked when its turn came"
    assert journal.seen[0] == ["a2", "b2"]
    assert [m.body async for m in since(stream, "CTI_PARKED", "cti.t.parked.>")] == [b"b1", b"b2", b"b3"]


async def test_who_only_looks_ahead_is_not_waited_for(stream: Bus, publisher: Publisher):
    await put(publisher, "a1", "b1", "c1")
    ended: list[str] = []

    async def ahead(batch: Batch) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.append(batch[0].body.decode())

    journal = Journal()

    async def handle(batch: Batch) -> None:
        await asyncio.sleep(0.05)
        await journal.handle(batch)

    async with Reader(stream, "S", batch=1) as reader:
        await run_until(lambda: journal.position == 3, process(reader, handle, ahead=ahead))
    assert journal.applied == ["a1", "b1", "c1"]
    assert set(ended) <= {"b1", "c1"}


async def test_an_error_in_looking_ahead_is_fatal_after_the_batch(stream: Bus, publisher: Publisher):
    await put(publisher, "a1", "b1")

    async def ahead(batch: Batch) -> None:
        journal.looked.set()
        raise KeyError("oops")

    journal = Foresighted(2)
    async with Reader(stream, "S", batch=1) as reader:
        with pytest.raises(Fatal, match="looking ahead of 1: KeyError"):
            await asyncio.wait_for(process(reader, journal.handle, ahead=ahead), 10)
    assert journal.applied == ["a1"]


def test_call_key():
    assert call_key("cti.t.call.p.1.established") == "t.p.1"
    assert call_key("cti.t.journal.p.1.saved") == "t.p.1"
    assert call_key("cti.t.link.p.connected") is None
