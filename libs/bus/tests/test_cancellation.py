"""A task that is told to end does end, also when the server answers in the same moment."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from cti_bus import Bus, NoAnswer, ensure
from cti_bus.streams import EVENTS

DEADLINE_S = 30.0


async def cancelled_with_the_answer(bus: Bus, ask: Callable[[], Awaitable[object]]) -> None:
    """Ask for ever, and cancel that when an answer has arrived and the task has not woken up yet."""

    async def go_on() -> None:
        while True:
            await ask()

    task = asyncio.create_task(go_on())
    async with asyncio.timeout(DEADLINE_S):
        while not bus.client._resp_map:  # where nats-py keeps the futures of requests
            await asyncio.sleep(0)
    next(iter(bus.client._resp_map.values())).add_done_callback(lambda _: task.cancel())
    done, _ = await asyncio.wait((task,), timeout=DEADLINE_S)
    task.cancel()
    assert done, "it goes on as if nobody had cancelled it"
    assert task.cancelled()


async def test_a_request(bus: Bus):
    await cancelled_with_the_answer(bus, lambda: bus.request("$JS.API.INFO"))


async def test_a_request_of_jetstream(bus: Bus):
    await ensure(bus, specs=[EVENTS])
    await cancelled_with_the_answer(bus, lambda: bus.js.stream_info(EVENTS.name))


async def test_a_request_that_fails(bus: Bus):
    async def ask() -> None:
        with pytest.raises(NoAnswer):
            await bus.request("nobody.listens")

    await cancelled_with_the_answer(bus, ask)


async def test_who_cleans_up_after_a_cancellation_may_still_ask(bus: Bus):
    answers: list[bytes] = []

    async def work() -> None:
        try:
            await asyncio.sleep(600)
        finally:
            answers.append((await bus.request("$JS.API.INFO")).body)

    task = asyncio.create_task(work())
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert b"account_info_response" in answers[0]


async def test_an_outer_deadline_is_a_timeout_as_ever(bus: Bus):
    subscription = await bus.client.subscribe("silent")  # somebody listens and does not answer
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.05):
            await bus.request("silent")
    await subscription.unsubscribe()
