"""W3C trace context in message headers. Without a telemetry SDK every function here does next to nothing."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from opentelemetry import propagate, trace
from opentelemetry.context import Context


def inject(headers: dict[str, str]) -> None:
    """Add `traceparent` of the active span, if there is one."""
    if trace.get_current_span().get_span_context().is_valid:
        propagate.inject(headers)


def extract(headers: Mapping[str, str]) -> Context:
    """The trace context that a message carries, to start a span in."""
    return propagate.extract(headers)


class Origins(NamedTuple):
    """What led to a batch. `parent`: the context to work in; `links`: the other spans that sent something of it."""

    parent: Context | None
    links: list[trace.Link]


def origins_of(batch: Iterable[Mapping[str, str]]) -> Origins:
    """Where the messages with these headers come from.

    A batch of one trace is the next step of that trace, in the span that sent its first message. One that several
    traces meet in is a trace of its own, with a link to each span that sent something of it.
    """
    sent = (trace.get_current_span(extract(each)).get_span_context() for each in batch if "traceparent" in each)
    spans = list({(each.trace_id, each.span_id): each for each in sent if each.is_valid}.values())
    if len({each.trace_id for each in spans}) != 1:
        return Origins(None, [trace.Link(each) for each in spans])
    first, *others = spans
    parent = trace.set_span_in_context(trace.NonRecordingSpan(first))
    return Origins(parent, [trace.Link(each) for each in others])
