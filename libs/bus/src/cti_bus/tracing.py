"""W3C trace context in message headers. Without a telemetry SDK every function here does next to nothing."""

from collections.abc import Mapping

from opentelemetry import propagate, trace
from opentelemetry.context import Context


def inject(headers: dict[str, str]) -> None:
    """Add `traceparent` of the active span, if there is one."""
    if trace.get_current_span().get_span_context().is_valid:
        propagate.inject(headers)


def extract(headers: Mapping[str, str]) -> Context:
    """The trace context that a message carries, to start a span in."""
    return propagate.extract(headers)
