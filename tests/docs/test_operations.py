"""The tables of docs/operations name exactly the metrics that there are, and only log events that there are."""

import re

import call_journal.telemetry
import cti_connector.telemetry
import directory.telemetry
import push.telemetry
from opentelemetry.metrics import NoOpMeter

from tests.docs.documents import ROOT, rows, text_of

PAGE = text_of("docs/operations/README.md")
SOURCES = "\n".join(path.read_text(encoding="utf-8") for path in ROOT.glob("*/*/src/**/*.py"))


class Meter(NoOpMeter):
    """Remembers the names of the instruments that are made."""

    def __init__(self) -> None:
        super().__init__("docs")
        self.names: list[str] = []

    def _made(self, name, *rest, **named):
        self.names.append(name)

    create_counter = create_histogram = create_up_down_counter = create_gauge = _made


def test_every_metric_is_explained_and_no_other():
    meter = Meter()
    for module in (cti_connector.telemetry, call_journal.telemetry, directory.telemetry, push.telemetry):
        module.metrics(meter)
    explained = [row[0].strip("`") for row in rows(PAGE, "Metrics")]
    assert sorted(explained) == sorted(meter.names)
    assert set(re.findall(r'create_\w+\(\s*"(trunkline\.[\w.]+)"', SOURCES)) == set(meter.names)


def test_every_log_event_explained_is_logged():
    phrases = [phrase for row in rows(PAGE, "Logs") for phrase in re.findall(r"`([^`]+)`", row[0])]
    assert len(phrases) > 20
    logged = [line for line in SOURCES.splitlines() if re.search(r"\.(debug|info|warning|error|log)\(", line)]
    assert [phrase for phrase in phrases if not any(phrase in line for line in logged)] == []


def test_every_health_check_is_explained():
    registered = set(re.findall(r'health\.(?:check|progress|step)\(\s*"([\w ]+)"', SOURCES))
    of_all = set(re.findall(r'result\["(\w+)"\]', text_of("libs/runtime/src/cti_runtime/health.py")))
    explained = {name for row in rows(PAGE, "Health") for name in re.findall(r"`([^`]+)`", row[1])}
    assert {name.removesuffix(" ready") for name in explained} == registered | of_all
