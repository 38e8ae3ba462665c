"""Milliseconds from a ring in the stream to the caller's name there, with every service as a process of its own.

Calls from outside are published at a steady pace as a connector does; call-journal reads them, asks the directory,
which looks among its contacts in PostgreSQL, and publishes `identified`. Both instants are the server's own, when it
stored the message, so there is one clock. The journal writes its rows, and push its views, meanwhile.

The baseline is the bare road on a NATS of its own: a reader that asks somebody who answers at once, and publishes.
"""

import asyncio
import time
from collections.abc import Mapping
from contextlib import aclosing
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx
from cti_bus import Bus, Heard, Publisher, Reader, answer, connect, ensure, since
from cti_bus.streams import EVENTS
from cti_model import subjects
from cti_model.calls import Device, DeviceKind, Direction, Party
from cti_model.envelope import encode_call
from cti_model.events import Cleared, Delivered, Leg, Origin
from cti_model.fold import born, tell

from tests.bench.bench_latency import percentile
from tests.bench.rows import Row, row, scaled
from tests.bench.servers import nats
from tests.running import TENANT, running, until

CALLS = 2000
CALLS_PER_S = 100
PEOPLE = 10_000
_PBX = "bench"
_ANSWER = b"{}"


def run(scale: float = 1.0) -> list[Row]:
    """The rows of the table."""
    calls, people = scaled(CALLS, scale, 20), scaled(PEOPLE, scale, 100)
    bare = asyncio.run(_bare(calls))
    ours = asyncio.run(_ours(calls, people))
    return [
        row(
            "identify",
            f"ring to name in the stream at {CALLS_PER_S} calls/s among {people} contacts, p{at}",
            "ms",
            percentile(ours, at),
            percentile(bare, at),
            f"read, asked of somebody who answers at once, published; {CALLS_PER_S} a second, p{at}",
        )
        for at in (50, 99)
    ]


def _number(at: int) -> str:
    return f"7916{at:07d}"


async def _ours(calls: int, people: int) -> list[float]:
    with TemporaryDirectory(prefix="trunkline-bench-") as folder:
        async with running(Path(folder)) as site, await connect(site.stack.nats.url, "bench") as bus:
            lines = [f"c{at},Caller {at},{_number(at)}" for at in range(people)]
            headers = {
                "Authorization": f"Bearer {site.stack.issuer.token('bench', TENANT, ('admin',))}",
                "Content-Type": "text/csv",
            }
            async with httpx.AsyncClient(base_url=site.stack.directory_url, timeout=120) as client:
                done = await client.post(
                    "/v1/contacts/import", content="\n".join(["external_id,name,phone", *lines]), headers=headers
                )
                done.raise_for_status()
            await _ring(bus, calls, people)
            named: dict[str, int] = {}

            async def all_named() -> bool:
                named.update(await _stored(bus, subjects.ALL_IDENTIFIED))
                return len(named) == calls

            await until(all_named)
            return _between(await _stored(bus, subjects.all_calls("delivered")), named)


async def _ring(bus: Bus, calls: int, people: int) -> None:
    """Calls that ring and are gone, at their pace: when one is due does not change with how long others take."""
    began = time.monotonic()
    async with Publisher(bus) as publisher:
        for at in range(calls):
            await asyncio.sleep(max(0.0, began + at / CALLS_PER_S - time.monotonic()))
            now = datetime.now(UTC)
            call = born(f"call-{at}", TENANT, _PBX, now, f"native-{at}")
            leg = Leg(
                connection_id=f"connection-{at}",
                device=Device(f"1{at % 50:02d}", DeviceKind.EXTENSION),
                direction=Direction.IN,
                remote=Party(number=_number(at % people)),
            )
            rings = tell(call, Delivered(leg=leg), now, now, Origin.OBSERVED)
            gone = tell(rings.call, Cleared(), now, now, Origin.OBSERVED)
            fence = subjects.calls_of(TENANT, _PBX, call.call_id)
            for event in (rings, gone):
                message = encode_call(event)
                await publisher.publish(
                    message.subject,
                    message.body,
                    message.headers,
                    message.message_id,
                    fence=fence,
                    begins=event is rings,
                )
            publisher.forget(fence)


async def _bare(calls: int) -> list[float]:
    with nats() as url:
        async with await connect(url, "bench") as bus, await connect(url, "other") as other:
            await ensure(bus)

            async def reply(_: Heard) -> bytes:
                return _ANSWER

            async def relay() -> None:
                left = calls
                async with (
                    Publisher(other) as publisher,
                    Reader(other, EVENTS.name, [subjects.all_calls("delivered")]) as reader,
                ):
                    async for batch in reader:
                        for each in batch:
                            await other.request("bare.ask", each.body)
                            subject = subjects.journal(TENANT, _PBX, each.subject.split(".")[4], "identified")
                            await publisher.publish(subject, each.body)
                        left -= len(batch)
                        if left == 0:
                            return

            async with await answer(other, "bare.ask", reply):
                relaying = asyncio.create_task(relay())
                await _ring(bus, calls, calls)
                await relaying
            return _between(
                await _stored(bus, subjects.all_calls("delivered")), await _stored(bus, subjects.ALL_IDENTIFIED)
            )


async def _stored(bus: Bus, subject: str) -> dict[str, int]:
    """When the server stored the message of each call, in nanoseconds."""
    async with aclosing(since(bus, EVENTS.name, subject)) as messages:
        return {each.subject.split(".")[4]: each.time_ns async for each in messages}


def _between(rang: Mapping[str, int], named: Mapping[str, int]) -> list[float]:
    """Milliseconds of each call."""
    return [(named[call] - at) / 1e6 for call, at in rang.items()]
