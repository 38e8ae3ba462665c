"""The rows in PostgreSQL agree with what the telephones saw, for every recording: nothing is lost on the way there."""

import asyncpg
import pytest
from call_journal.consumer import Consumer
from call_journal.store.migrate import migrate
from call_journal.store.tables import TABLES
from call_journal.store.writer import Writer
from call_journal.telemetry import metrics
from call_journal.verify import verify
from connector_asterisk.replay import events_of_all
from cti_bus import Batch, Received
from cti_model.calls import Direction, EndedBy, Outcome
from cti_model.envelope import encode_call
from cti_model.events import CallEvent
from cti_model.records import CallRecord
from cti_simulators.traces import find_traces, load_trace
from opentelemetry import metrics as otel

from tests.conformance import freeswitch
from tests.conformance.doubt import doubts
from tests.conformance.table import LIMITS, TRACES
from tests.conformance.truth import continuations, differences, expected

VERSIONS = sorted(path.name for path in TRACES.glob("asterisk-*"))
BATCH = 100
_WORDS = {"direction": Direction, "outcome": Outcome, "ended_by": EndedBy}


async def read(pool: asyncpg.Pool, events: list[CallEvent]) -> list[CallRecord]:
    """What the journal makes of these events, as messages in batches, read back from its table of records."""
    await pool.execute(f"TRUNCATE {', '.join(table.name for table in TABLES)}, call_event, position")
    consumer = Consumer(Writer(pool, "test", "S"), metrics(otel.get_meter("test")), 0)
    messages = [encode_call(event) for event in events]
    received = [Received(seq, each.subject, each.headers, each.body, 0) for seq, each in enumerate(messages, 1)]
    for first in range(0, len(received), BATCH):
        batch = received[first : first + BATCH]
        await consumer.handle(Batch(batch, batch[-1].stream_seq))
    rows = await pool.fetch("SELECT * FROM call_record ORDER BY started_at, device")
    return [CallRecord(**{name: _value(name, row[name]) for name in CallRecord.__struct_fields__}) for row in rows]


def _value(name: str, value: object) -> object:
    word = _WORDS.get(name)
    return word(value) if word is not None and value is not None else value


@pytest.mark.timeout(600)
@pytest.mark.parametrize("version", VERSIONS)
async def test_rows_agree_with_the_telephones(postgres_dsn, version):
    await migrate(postgres_dsn)
    compared = 0
    async with asyncpg.create_pool(postgres_dsn, min_size=1, max_size=2) as pool:
        for path in find_traces(TRACES / version):
            trace = load_trace(path)
            truth = trace.truth()
            if not truth or not truth.get("sip_calls"):
                continue
            sessions = [trace, *(load_trace(each) for each in continuations(path))]
            events = list(events_of_all([(chunk.t, chunk.data) for chunk in each.chunks] for each in sessions))
            found = differences(expected(trace), await read(pool, events), doubts(events))
            assert found == LIMITS.get((version, trace.name), []), trace.name
            pages = [page async for page in verify(pool)]
            assert [each for page in pages for each in page.differences] == [], trace.name
            assert not any(page.incomplete for page in pages), trace.name
            compared += 1
    assert compared > (5 if version.endswith("-cel") else 30)


async def test_rows_of_freeswitch_agree_with_what_was_done(postgres_dsn):
    await migrate(postgres_dsn)
    async with asyncpg.create_pool(postgres_dsn, min_size=1, max_size=2) as pool:
        for path in find_traces(freeswitch.TRACES, ".esl.jsonl"):
            trace = load_trace(path)
            events = freeswitch.events_of_trace(trace)
            if not events:
                continue
            assert freeswitch.differences(trace, await read(pool, events)) == [], trace.name
            pages = [page async for page in verify(pool)]
            assert [each for page in pages for each in page.differences] == [], trace.name
