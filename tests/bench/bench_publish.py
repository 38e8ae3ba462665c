"""Messages per second stored in JetStream and acknowledged: `cti_bus.Publisher` against bare nats-py.

Everybody publishes the same messages (call events of recorded calls, each time of another tenant) to the same stream
of the same server on one connection, with as many on their way at once. nats-py's `publish_async` promises no
more than that the ack comes or does not; the publisher also orders, sends again, and with fences refuses a rival. What
that promise costs when it is made with nats-py alone is the last baseline: a task for each call that awaits the ack
of each message before the next one, with the expected-sequence header.
"""

import asyncio
import itertools
import time
from collections.abc import Awaitable, Callable

from connector_asterisk.replay import events_of
from cti_bus import Bus, Publisher, connect, ensure
from cti_bus.message import MSG_ID
from cti_bus.publish import EXPECTED, EXPECTED_SUBJECT
from cti_model import subjects
from cti_model.envelope import Message, encode_call
from cti_model.events import CallEvent
from msgspec.structs import replace

from tests.bench.calls import BusyLine
from tests.bench.rows import Row, medians_of, row, scaled
from tests.bench.servers import nats

CALLS = 500
LANES = 100
ROUNDS = 3
WINDOW = 1000

Told = tuple[str, int, Message]  # the call's fence, which event of the call it is, the message
Publish = Callable[[Bus, list[Told]], Awaitable[None]]


def run(scale: float = 1.0) -> list[Row]:
    """The rows of the table."""
    return asyncio.run(_run(scaled(CALLS, scale), scaled(ROUNDS, scale)))


async def _run(calls: int, rounds: int) -> list[Row]:
    contenders: dict[str, Publish] = {
        "plain": _plain,
        "fenced": _fenced,
        "bare": _bare,
        "bare, in order": _bare_in_order,
    }
    events = list(events_of(BusyLine(calls, lanes=LANES)))
    tenants = itertools.count(1)

    def timed(bus: Bus, publish: Publish) -> Callable[[int], Awaitable[float]]:
        async def once(_: int) -> float:
            tenant = f"t{next(tenants)}"
            told = [_of_tenant(each, tenant) for each in events]
            began = time.perf_counter()
            await publish(bus, told)
            return time.perf_counter() - began

        return once

    with nats() as url:
        async with await connect(url, "bench") as bus:
            await ensure(bus)
            seconds = await medians_of({name: timed(bus, work) for name, work in contenders.items()}, rounds)
            stored = (await bus.js.stream_info("CTI_EVENTS")).state.messages
    expected = len(events) * len(contenders) * (rounds + 1)
    if stored != expected:
        raise AssertionError(f"{expected} messages were published, {stored} are stored")
    rate = {name: len(events) / taken for name, taken in seconds.items()}
    in_window = f"nats-py publish_async, {WINDOW} on their way"
    what = "events published, fenced by their call"
    return [
        row("publish", "messages published", "msgs/s", rate["plain"], rate["bare"], in_window),
        row("publish", what, "msgs/s", rate["fenced"], rate["bare"], f"{in_window}, no fence"),
        row("publish", what, "msgs/s", rate["fenced"], rate["bare, in order"], "the same promise with nats-py publish"),
    ]


def _of_tenant(event: CallEvent, tenant: str) -> Told:
    call = replace(event.call, tenant=tenant)
    message = encode_call(replace(event, event_id=f"{tenant}-{event.event_id}", call=call))
    return subjects.calls_of(tenant, call.pbx, call.call_id), call.version, message


async def _plain(bus: Bus, messages: list[Told]) -> None:
    async with Publisher(bus, window=WINDOW) as publisher:
        for _, _, each in messages:
            await publisher.publish(each.subject, each.body, each.headers, each.message_id)


async def _fenced(bus: Bus, messages: list[Told]) -> None:
    async with Publisher(bus, window=WINDOW) as publisher:
        for fence, version, each in messages:
            await publisher.publish(
                each.subject, each.body, each.headers, each.message_id, fence=fence, begins=version == 1
            )


async def _bare(bus: Bus, messages: list[Told]) -> None:
    js = bus.client.jetstream(publish_async_max_pending=WINDOW)
    for _, _, each in messages:
        headers = {**each.headers, MSG_ID: each.message_id}
        await js.publish_async(each.subject, each.body, headers=headers)
    await js.publish_async_completed()


async def _bare_in_order(bus: Bus, messages: list[Told]) -> None:
    slots = asyncio.Semaphore(WINDOW)
    calls: dict[str, list[Message]] = {}
    for fence, _, each in messages:
        calls.setdefault(fence, []).append(each)

    async def publish(fence: str, call: list[Message]) -> None:
        last = 0
        for each in call:
            headers = {
                **each.headers,
                MSG_ID: each.message_id,
                EXPECTED: str(last),
                EXPECTED_SUBJECT: fence,
            }
            async with slots:
                last = (await bus.js.publish(each.subject, each.body, headers=headers)).seq

    await asyncio.gather(*(publish(fence, call) for fence, call in calls.items()))
