"""Where the work on a batch came from."""

import pytest
from cti_bus.tracing import origins_of
from opentelemetry import trace


def header(trace_id: int, span_id: int) -> dict[str, str]:
    return {"traceparent": f"00-{trace_id:032x}-{span_id:016x}-01", "ce-id": "1"}


def test_a_batch_of_one_trace_is_its_next_step():
    parent, links = origins_of([{}, header(7, 1), header(7, 1), header(7, 2)])
    assert parent is not None
    span = trace.get_current_span(parent).get_span_context()
    assert (span.trace_id, span.span_id, span.is_remote) == (7, 1, True)
    assert [each.context.span_id for each in links] == [2]


def test_traces_that_meet_in_a_batch_are_linked_each_span_once():
    parent, links = origins_of([header(7, 1), *[header(8, 2)] * 2000, header(7, 1)])
    assert parent is None
    assert [(each.context.trace_id, each.context.span_id) for each in links] == [(7, 1), (8, 2)]


@pytest.mark.parametrize("text", ["", "nonsense", "00-" + "0" * 32 + "-" + "0" * 16 + "-01"])
def test_what_is_no_trace_is_none(text):
    assert origins_of([{"traceparent": text}, {}]) == (None, [])
