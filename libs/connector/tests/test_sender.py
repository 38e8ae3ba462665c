"""What the stream will never take ends the telling of its call, and of nothing else."""

import asyncio

from cti_bus import Bucket, Publisher, newest
from cti_connector.live import BUCKET
from cti_connector.outbox import Outbox, Outgoing
from cti_connector.sender import Sender
from cti_connector.telemetry import metrics
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader

LARGER_THAN_NATS_TAKES = 2_000_000


def event(call: str, number: int, size: int = 10) -> Outgoing:
    subject = f"cti.t.call.p.{call}"
    body = b"x" * size
    return Outgoing(
        f"{subject}.e", body, {}, f"{call}-{number}", f"{subject}.>", begins=number == 0, index_key=f"t.p.{call}"
    )


def counted(reader: InMemoryMetricReader, name: str) -> int:
    data = reader.get_metrics_data()
    found = (
        [each for one in data.resource_metrics for scope in one.scope_metrics for each in scope.metrics] if data else []
    )
    return sum(point.value for each in found if each.name == name for point in each.data.data_points)


async def test_an_event_larger_than_nats_takes_costs_its_own_call_and_is_counted(bus):
    reader = InMemoryMetricReader()
    measured = metrics(MeterProvider(metric_readers=[reader]).get_meter("test"))
    outbox = Outbox()
    async with Publisher(bus) as publisher:
        sender = Sender(publisher, Bucket(bus, BUCKET), outbox, measured, "p", set())
        running = asyncio.create_task(sender.run())
        outbox.put(event("crowded", 0))
        outbox.put(event("other", 0))
        outbox.put(event("crowded", 1, LARGER_THAN_NATS_TAKES))
        await asyncio.wait_for(sender.finish(), 20)
        outbox.put(event("crowded", 2))
        outbox.put(event("other", 1))
        await asyncio.wait_for(sender.finish(), 20)
        assert not running.done()
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
    last = {call: await newest(bus, "CTI_EVENTS", f"cti.t.call.p.{call}.>") for call in ("crowded", "other")}
    assert {call: message.headers["Nats-Msg-Id"] for call, message in last.items() if message is not None} == {
        "crowded": "crowded-0",
        "other": "other-1",
    }
    assert counted(reader, "trunkline.connector.fenced") == 2
