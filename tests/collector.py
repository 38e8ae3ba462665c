"""A collector that keeps what it is sent: OTLP over HTTP, as OpenTelemetry's own one takes it."""

import http.server
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span as Sent


class Span(NamedTuple):
    """One span. Ids are hexadecimal; `parent` is empty for the first of a trace; `links`: ids of traces."""

    service: str
    name: str
    trace_id: str
    span_id: str
    parent: str
    links: frozenset[str]


class Collector:
    """What came so far."""

    def __init__(self) -> None:
        self.url = ""
        self.spans: list[Span] = []
        self.units: dict[str, str] = {}

    def take(self, path: str, body: bytes) -> None:
        """Keep one request."""
        if path == "/v1/traces":
            for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
                service = next(each.value.string_value for each in resource.resource.attributes if each.key == _SERVICE)
                self.spans += (_span(service, each) for scope in resource.scope_spans for each in scope.spans)
        elif path == "/v1/metrics":
            for metrics in ExportMetricsServiceRequest.FromString(body).resource_metrics:
                self.units.update((each.name, each.unit) for scope in metrics.scope_metrics for each in scope.metrics)


_SERVICE = "service.name"


def _span(service: str, sent: Sent) -> Span:
    links = frozenset(each.trace_id.hex() for each in sent.links)
    return Span(service, sent.name, sent.trace_id.hex(), sent.span_id.hex(), sent.parent_span_id.hex(), links)


@contextmanager
def collecting() -> Iterator[Collector]:
    """A collector on a free port of the loopback."""
    collector = Collector()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            collector.take(self.path, self.rfile.read(int(self.headers["content-length"])))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *arguments: object) -> None: ...

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        collector.url = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield collector
        finally:
            server.shutdown()
            thread.join()
