"""Every bench runs, in a tiny size; how fast is no matter here."""

import math

import pytest

from tests.bench import growth
from tests.bench.__main__ import BENCHES
from tests.bench.calls import BusyLine, mostly_plain
from tests.bench.rows import table

SCALE = {"memory": 0.001, "latency": 0.01, "push": 0.005}


@pytest.mark.parametrize("name", BENCHES)
def test_a_bench_runs(name):
    rows = BENCHES[name](SCALE.get(name, 0.02))
    assert rows
    assert {each.bench for each in rows} == {name}
    for each in rows:
        assert each.value > 0
        assert each.baseline > 0
        assert math.isclose(each.ratio, each.value / each.baseline, rel_tol=0.05, abs_tol=0.01)
        assert each.what in table(rows)


def test_a_journal_that_grows_is_measured_at_each_size():
    rows = growth.run([300, 600], written=4, asked=1)
    measured = {what for what in growth.QUESTIONS if any(what in each.what for each in rows)}
    assert measured == set(growth.QUESTIONS)
    assert all(each.value > 0 for each in rows)


@pytest.mark.parametrize("choose", [None, mostly_plain])
def test_a_line_has_as_many_calls_as_asked_for_and_lines_share_none(choose):
    from connector_asterisk.replay import events_of

    options = {} if choose is None else {"choose": choose}
    ended: list[str] = []
    for first in (0, 60):
        events = list(events_of(BusyLine(60, first=first, lanes=7, **options)))
        ended += [event.call.call_id for event in events if not event.call.alive]
        assert {event.call.call_id for event in events} <= set(ended), "a call did not end"
    assert len(ended) == len(set(ended)) >= 120
