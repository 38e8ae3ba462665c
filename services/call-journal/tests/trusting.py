"""Recorded calls written as the service writes them, and what is computed of them."""

from call_journal.consumer import Consumer
from call_journal.settings import NAME
from call_journal.store.tables import TABLES
from call_journal.store.writer import Writer
from call_journal.telemetry import metrics
from call_journal.verify import Difference, verify
from opentelemetry import metrics as otel

from .telling import batch


async def written(pool, events, size: int = 7, life: int = 40) -> None:
    """As the service writes; after every `life` batches another process of it goes on."""
    writer = Writer(pool, NAME, "S")
    consumer = Consumer(writer, metrics(otel.get_meter("test")), 0)
    for number, first in enumerate(range(0, len(events), size), 1):
        if number % life == 0:
            consumer = Consumer(writer, metrics(otel.get_meter("test")), await writer.position())
        await consumer.handle(batch(events[first : first + size], first + 1))


async def tables(pool) -> dict[str, list[tuple]]:
    """What is computed, without the sequences."""
    found = {}
    for table in TABLES:
        names = ", ".join(name for name in table.names if name != "stream_seq")
        rows = await pool.fetch(f"SELECT {names} FROM {table.name} ORDER BY {', '.join(table.key)}")
        found[table.name] = [tuple(row) for row in rows]
    return found


async def differences(pool, **how) -> list[Difference]:
    return [each async for page in verify(pool, **how) for each in page.differences]


def told(events) -> dict:
    calls: dict = {}
    for event in events:
        calls.setdefault(event.call.call_id, []).append(event)
    return calls
