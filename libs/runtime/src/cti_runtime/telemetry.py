"""OpenTelemetry, switched on by its own standard variables and by nothing else.

Off (the default) no SDK is imported: the API's no-ops cost nothing. On when OTEL_TRACES_EXPORTER or
OTEL_METRICS_EXPORTER is `otlp` or `console`, or when they are unset and OTEL_EXPORTER_OTLP_ENDPOINT (or the one of the
signal) is set. Sampling, intervals, headers and resource attributes are the SDK's standard variables.
"""

import os
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from cti_runtime.errors import SettingsError

if TYPE_CHECKING:
    from opentelemetry.sdk.resources import Resource

# At shutdown nobody waits longer than this for a collector that does not answer.
SHUTDOWN_TIMEOUT_S = 3.0


@dataclass(slots=True)
class Telemetry:
    """What is switched on. `shutdown` sends what is left, within `SHUTDOWN_TIMEOUT_S` in all."""

    traces: bool = False
    metrics: bool = False
    _closers: list[Callable[[], object]] = field(default_factory=list)

    def shutdown(self, timeout_s: float = SHUTDOWN_TIMEOUT_S) -> bool:
        """Send what is left; False when the time was over before. Repeatable."""
        closers, self._closers = self._closers, []
        threads = [threading.Thread(target=close, daemon=True) for close in closers]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(timeout_s / len(threads))
        return not any(thread.is_alive() for thread in threads)


def setup_telemetry(
    service_name: str, version: str, instance: str, environ: Mapping[str, str] | None = None
) -> Telemetry:
    """Install tracer and meter providers when the environment asks for them; raises `SettingsError`."""
    env = os.environ if environ is None else environ
    result = Telemetry()
    traces, metrics = _exporter(env, "TRACES"), _exporter(env, "METRICS")
    if traces is None and metrics is None:
        return result
    from opentelemetry.sdk.resources import Resource

    resource = Resource.create(
        {
            "service.namespace": "trunkline",
            "service.name": env.get("OTEL_SERVICE_NAME", f"trunkline-{service_name}"),
            "service.version": version,
            "service.instance.id": instance,
        }
    )
    if traces is not None:
        result._closers.append(_start_traces(traces, resource))
        result.traces = True
    if metrics is not None:
        result._closers.append(_start_metrics(metrics, resource))
        result.metrics = True
    return result


def _exporter(env: Mapping[str, str], signal: str) -> str | None:
    """Which exporter a signal has: otlp, console, or None."""
    if env.get("OTEL_SDK_DISABLED", "").lower() == "true":
        return None
    variable = f"OTEL_{signal}_EXPORTER"
    wanted = env.get(variable, "").strip().lower()
    if not wanted:
        endpoint = env.get("OTEL_EXPORTER_OTLP_ENDPOINT") or env.get(f"OTEL_EXPORTER_OTLP_{signal}_ENDPOINT")
        wanted = "otlp" if endpoint else "none"
    if wanted == "none":
        return None
    if wanted not in ("otlp", "console"):
        raise SettingsError([f"{variable}: {wanted!r} is not supported, use otlp, console or none"])
    protocol = env.get(f"OTEL_EXPORTER_OTLP_{signal}_PROTOCOL") or env.get("OTEL_EXPORTER_OTLP_PROTOCOL") or ""
    if wanted == "otlp" and protocol not in ("", "http/protobuf"):
        raise SettingsError([f"OTEL_EXPORTER_OTLP_PROTOCOL: {protocol!r} is not supported, use http/protobuf"])
    return wanted


def _start_traces(kind: str, resource: "Resource") -> Callable[[], object]:
    from opentelemetry import trace
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor, ConsoleSpanExporter

    provider = TracerProvider(resource=resource, shutdown_on_exit=False)
    exporter = ConsoleSpanExporter() if kind == "console" else OTLPSpanExporter()
    provider.add_span_processor(BatchSpanProcessor(exporter))
    trace.set_tracer_provider(provider)
    return provider.shutdown


def _start_metrics(kind: str, resource: "Resource") -> Callable[[], object]:
    from opentelemetry import metrics
    from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
    from opentelemetry.sdk.metrics import MeterProvider
    from opentelemetry.sdk.metrics.export import ConsoleMetricExporter, PeriodicExportingMetricReader

    exporter = ConsoleMetricExporter() if kind == "console" else OTLPMetricExporter()
    provider = MeterProvider([PeriodicExportingMetricReader(exporter)], resource, shutdown_on_exit=False)
    metrics.set_meter_provider(provider)
    return provider.shutdown
