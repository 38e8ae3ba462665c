"""The outbox: order, bounds, disk."""

import asyncio
import itertools

import pytest
from cti_connector.outbox import Outbox, OutboxFull, Outgoing
from hypothesis import given
from hypothesis import strategies as st


def message(number: int) -> Outgoing:
    return Outgoing(f"s.{number}", b"x" * 10, {"h": str(number)}, f"id-{number}", fence="f", begins=number == 0)


async def taken(box: Outbox, count: int) -> list[Outgoing]:
    return [await box.take() for _ in range(count)]


@given(steps=st.lists(st.integers(-6, 6), max_size=30))
def test_what_goes_in_comes_out_in_order_through_memory_and_disk(steps, tmp_path_factory):
    async def check() -> None:
        box = Outbox(memory=3, folder=tmp_path_factory.mktemp("outbox"))
        put = got = 0
        for step in steps:
            for _ in range(max(step, 0)):
                box.put(message(put))
                put += 1
            for _ in range(min(max(-step, 0), put - got)):
                assert await box.take() == message(got)
                got += 1
            assert len(box) == put - got
        assert await taken(box, put - got) == [message(each) for each in range(got, put)]
        box.close()

    asyncio.run(check())


async def test_memory_alone_is_bounded_but_the_link_may_always_be_told():
    box = Outbox(memory=2)
    box.put(message(0))
    box.put(message(1))
    with pytest.raises(OutboxFull):
        box.put(message(2))
    box.put(message(3), urgent=True)
    assert await taken(box, 3) == [message(0), message(1), message(3)]


def fill(box: Outbox) -> int:
    """Put until it is full; how many went in."""
    for number in itertools.count():
        try:
            box.put(message(number))
        except OutboxFull:
            return number
    raise AssertionError


async def test_the_disk_is_bounded_and_used_again_when_it_was_emptied(tmp_path):
    box = Outbox(memory=1, folder=tmp_path, disk_bytes=200)
    put = fill(box)
    assert put > 2
    assert await taken(box, put) == [message(each) for each in range(put)]
    for again in range(put):
        box.put(message(again))
    assert await taken(box, put) == [message(each) for each in range(put)]
    box.close()
    assert list(tmp_path.iterdir()) == []


async def test_two_processes_may_share_a_folder_and_nothing_is_left_in_it(tmp_path):
    one, two = Outbox(memory=1, folder=tmp_path), Outbox(memory=1, folder=tmp_path)
    for each in range(5):
        one.put(message(each))
        two.put(message(each + 100))
    assert await taken(one, 5) == [message(each) for each in range(5)]
    assert await taken(two, 5) == [message(each + 100) for each in range(5)]
    assert list(tmp_path.iterdir()) == []


async def test_a_full_disk_is_a_full_outbox(tmp_path, monkeypatch):
    box = Outbox(memory=1, folder=tmp_path)
    box.put(message(0))
    box.put(message(1))

    def no_space(*_):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr("os.pwrite", no_space)
        with pytest.raises(OutboxFull, match="No space left"):
            box.put(message(2))
    box.put(message(3))
    assert await taken(box, 3) == [message(0), message(1), message(3)]


async def test_empty_means_passed_on():
    box = Outbox()
    box.put(message(0))
    empty = asyncio.create_task(box.until_empty())
    await box.take()
    await asyncio.sleep(0)
    assert not empty.done()  # whoever took it has it still
    taking = asyncio.create_task(box.take())
    await asyncio.wait_for(empty, 30)
    taking.cancel()


def test_what_is_discarded_is_counted(tmp_path):
    async def check() -> int:
        box = Outbox(memory=1, folder=tmp_path)
        for each in range(5):
            box.put(message(each))
        return box.discard() + len(box)

    assert asyncio.run(check()) == 5
