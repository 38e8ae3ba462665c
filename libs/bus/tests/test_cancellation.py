"""A task that is told to end does end, also when the server answers in the same moment."""

import asyncio
import socket
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress

import pytest
from cti_bus import Bus, ConnectFailed, NoAnswer, connect, ensure
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


@contextmanager
def refusing(first_says: threading.Event, *, before: str) -> Iterator[str]:
    """The address of a server that refuses everybody; the first connection waits for `first_says` at a step."""
    listener = socket.create_server(("127.0.0.1", 0))
    waits = [first_says]

    def serve() -> None:
        while True:
            try:
                link, _ = listener.accept()
            except OSError:
                return
            awaited = waits.pop() if waits else None
            with link, suppress(ConnectionError):  # who gave up has gone
                for step, says in (("greeting", b"INFO {}\r\n"), ("refusal", b"-ERR 'Authorization Violation'\r\n")):
                    if step == "refusal":
                        link.recv(4096)
                    if awaited is not None and step == before:
                        awaited.wait(DEADLINE_S)
                    link.sendall(says)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield f"nats://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join(DEADLINE_S)


@pytest.mark.parametrize("step", ["greeting", "refusal"])
async def test_who_connects_gives_up_in_time_also_where_the_server_answers_just_then(step: str):
    answers = threading.Event()

    def busy() -> None:
        """Answer and deadline come while nobody looks, so both are there at once."""
        answers.set()
        time.sleep(0.5)

    asyncio.get_running_loop().call_later(0.3, busy)
    with refusing(answers, before=step) as url:
        async with asyncio.timeout(DEADLINE_S) as own:
            with pytest.raises(ConnectFailed):
                await connect(url, "x", deadline_s=0.5, reconnect_wait_s=0.05)
    assert not own.expired()
