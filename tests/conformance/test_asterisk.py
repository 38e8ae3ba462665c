"""The records of every recorded call agree with what the telephones saw."""

import pytest
from cti_simulators.traces import find_traces, load_trace

from tests.conformance.table import LIMITS, TRACES, rows_of
from tests.conformance.truth import differences, expected

PATHS = [path for path in find_traces(TRACES) if (trace := load_trace(path).truth()) and trace.get("sip_calls")]


@pytest.mark.parametrize("path", PATHS, ids=lambda path: f"{path.parent.name}-{path.name.split('.')[0]}")
def test_records_agree_with_the_telephones(path):
    trace = load_trace(path)
    found = differences(expected(trace), *rows_of(trace))
    assert found == LIMITS.get((path.parent.name, trace.name), [])


def test_every_family_of_recordings_is_held():
    assert {path.name[0] for path in PATHS} == set("abcdefghijklmnopqrstuvwxyz")
