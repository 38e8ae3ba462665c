"""What a collector is told: the way from the exchange to rows and screens; metrics by their documented names."""

import re
from pathlib import Path

from cti_bus import Received, connect, since
from cti_bus.streams import EVENTS, USERS
from cti_model.envelope import decode_call

from tests.chaos.witness import journal_has_read
from tests.collector import Span, collecting
from tests.running import TENANT, running, until

OPERATIONS = Path(__file__).parents[2] / "docs" / "operations" / "README.md"
CALLS = f"cti.{TENANT}.call.>"
CALL = "a_internal_caller_hangup"


def reached_by(steps: list[Span]) -> set[str]:
    """The traces that these steps belong to, or say that their work came from."""
    return {each.trace_id for each in steps} | {trace for each in steps for trace in each.links}


async def test_a_call_is_followed_from_the_exchange_to_rows_and_screens(tmp_path):
    with collecting() as collector:
        async with (
            running(tmp_path, OTEL_EXPORTER_OTLP_ENDPOINT=collector.url) as site,
            await connect(site.stack.nats.url, "test") as bus,
        ):

            async def read(stream: str, subject: str) -> list[Received]:
                return [each async for each in since(bus, stream, subject)]

            async def told() -> bool:
                return any(decode_call(each.body).kind == "cleared" for each in await read(EVENTS.name, CALLS))

            await site.play(CALL)
            await until(told)
            sent = await read(EVENTS.name, CALLS)
            await journal_has_read(site, [(each.stream_seq, decode_call(each.body)) for each in sent])
            calls = {each.headers["traceparent"].split("-")[1] for each in sent}
            updates = await read(USERS.name, f"cti.{TENANT}.user.*")
            views = {each.headers["traceparent"].split("-")[1] for each in updates}
    steps = {
        (service, name): [each for each in collector.spans if (each.service, each.name) == (service, name)]
        for service, name in {(each.service, each.name) for each in collector.spans}
    }
    begun = {each.trace_id for each in steps["trunkline-connector-asterisk", "pbx events"]}
    assert calls
    assert calls <= begun, "the trace of an event begins elsewhere than at the exchange"
    assert calls <= reached_by(steps["trunkline-call-journal", "journal batch"])
    projected = steps["trunkline-push", "project"]
    assert reached_by([each for each in projected if each.trace_id in views]) & calls, "no view says why it changed"


async def test_every_metric_that_is_sent_is_documented_and_has_a_unit(tmp_path):
    documented = set(re.findall(r"^\| `(trunkline\.[a-z_.]+)`", OPERATIONS.read_text(), re.MULTILINE))
    with collecting() as collector:
        async with running(tmp_path, OTEL_EXPORTER_OTLP_ENDPOINT=collector.url, OTEL_TRACES_EXPORTER="none") as site:
            await site.play(CALL)
    sent = {name: unit for name, unit in collector.units.items() if name.startswith("trunkline.")}
    assert {"trunkline.connector.events", "trunkline.journal.events", "trunkline.push.updates"} <= sent.keys()
    assert sent.keys() <= documented
    assert not {name: unit for name, unit in sent.items() if not re.fullmatch(r"s|1|By|\{[a-z_ ]+\}", unit)}
    assert not collector.spans
