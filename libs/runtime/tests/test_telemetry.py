"""Off costs nothing; on reaches a collector; a dead collector holds nobody up. Each case is a process of its own."""

import http.server
import os
import subprocess
import sys
import threading
from collections.abc import Iterator

import pytest
from cti_runtime import SettingsError, setup_telemetry
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

SCRIPT = """
import sys, time
from cti_runtime import setup_telemetry
from opentelemetry import metrics, trace
telemetry = setup_telemetry("demo", "1.0", "i1")
with trace.get_tracer("t").start_as_current_span("work") as span:
    metrics.get_meter("m").create_counter("done").add(3)
begun = time.monotonic()
delivered = telemetry.shutdown(1.0)
print(telemetry.traces, telemetry.metrics, delivered, span.is_recording(), "opentelemetry.sdk" in sys.modules)
print(time.monotonic() - begun)
"""


class Collector(http.server.BaseHTTPRequestHandler):
    received: dict[str, bytes]

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        self.received[self.path] = body
        self.send_response(200)
        self.end_headers()

    def log_message(self, *arguments: object) -> None: ...


@pytest.fixture
def collector() -> Iterator[tuple[str, dict[str, bytes]]]:
    received: dict[str, bytes] = {}
    handler = type("Handler", (Collector,), {"received": received})
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}", received
    server.shutdown()
    server.server_close()


def run(**env: str) -> tuple[list[str], float]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("OTEL_")}
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT], env=clean | env, capture_output=True, text=True, timeout=100, check=True
    )
    first, second = done.stdout.strip().splitlines()[-2:]
    return first.split(), float(second)


def test_off_by_default_and_no_sdk_is_loaded():
    assert run()[0] == ["False", "False", "True", "False", "False"]


def test_spans_and_metrics_reach_a_collector(collector):
    url, received = collector
    words, _ = run(OTEL_EXPORTER_OTLP_ENDPOINT=url, OTEL_RESOURCE_ATTRIBUTES="site=test")
    assert words[:3] == ["True", "True", "True"]
    traces = ExportTraceServiceRequest.FromString(received["/v1/traces"])
    resource = {a.key: a.value.string_value for a in traces.resource_spans[0].resource.attributes}
    assert resource["service.name"] == "trunkline-demo"
    assert resource["service.version"] == "1.0"
    assert resource["service.instance.id"] == "i1"
    assert resource["site"] == "test"
    assert traces.resource_spans[0].scope_spans[0].spans[0].name == "work"
    metrics = ExportMetricsServiceRequest.FromString(received["/v1/metrics"])
    (metric,) = [m for s in metrics.resource_metrics[0].scope_metrics for m in s.metrics if m.name == "done"]
    assert metric.sum.data_points[0].as_int == 3


def test_one_signal_alone(collector):
    url, received = collector
    words, _ = run(OTEL_EXPORTER_OTLP_ENDPOINT=url, OTEL_METRICS_EXPORTER="none")
    assert words[:2] == ["True", "False"]
    assert list(received) == ["/v1/traces"]


def test_disabled_by_the_standard_variable():
    assert run(OTEL_SDK_DISABLED="true", OTEL_TRACES_EXPORTER="otlp")[0][:2] == ["False", "False"]


def test_dead_collector_holds_nobody_up():
    words, took_s = run(OTEL_EXPORTER_OTLP_ENDPOINT="http://127.0.0.1:1")
    assert words[:2] == ["True", "True"]
    assert took_s < 5, "it was told to take a second; the exporter by itself tries for ten"


@pytest.mark.parametrize(
    "env", [{"OTEL_TRACES_EXPORTER": "zipkin"}, {"OTEL_TRACES_EXPORTER": "otlp", "OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"}]
)
def test_what_we_cannot_do_is_said(env: dict[str, str]):
    with pytest.raises(SettingsError, match="not supported"):
        setup_telemetry("demo", "1", "i", env)
