"""A caller in a queue is one call however many agents it rings; each of them has its own part and outcome in it."""

from pathlib import Path

import pytest
from connector_asterisk.replay import events_of
from cti_connector.replaying import calls_of
from cti_model.calls import Call, Connection, DeviceKind, Direction, Outcome
from cti_simulators.traces import find_traces, load_trace

from tests.conformance.table import TRACES

QUEUES = [path for path in find_traces(TRACES) if path.name[0] == "n" and path.name[1].isdigit()]
UNHEARD = (Outcome.ANSWERED_ELSEWHERE, Outcome.ABANDONED, Outcome.MISSED, Outcome.REJECTED, Outcome.BUSY)


def queue_calls(path: Path) -> list[Call]:
    events = events_of((chunk.t, chunk.data) for chunk in load_trace(path).chunks)
    return [call for call in calls_of(events) if call.queue]


def agents(call: Call) -> list[Connection]:
    return [each for each in call.connections if each.direction is Direction.IN and each.queue]


@pytest.mark.parametrize("path", QUEUES, ids=lambda path: f"{path.parent.name}-{path.name.split('.')[0]}")
def test_a_caller_in_a_queue_is_one_call_and_every_agent_has_its_own_outcome(path):
    truth = load_trace(path).truth()
    customers = [leg for leg in truth["sip_calls"] if leg["phone"] == "trunk" and leg["dir"] == "out"]
    calls = queue_calls(path)
    assert len(calls) == len(customers)
    for call in calls:
        (caller, *_) = call.connections
        assert caller.device.kind is DeviceKind.TRUNK
        assert caller.direction is Direction.OUT
        assert caller.tally.queue_us > 0
        if caller.answered_at is not None:
            waited = (caller.answered_at - caller.started_at).total_seconds() * 1e6
            until_then = caller.tally.queue_us + caller.tally.ring_us
            assert abs(until_then - waited) < 100_000, "it waited until an agent answered"
        else:
            assert caller.tally.talk_us < 100_000, "at most what lies between Asterisk's answer and the queue"
        rung = agents(call)
        assert rung
        assert sum(each.outcome is Outcome.ANSWERED for each in rung) == (caller.answered_at is not None)
        assert {each.queue for each in rung} == {call.queue}
        for each in rung:
            assert each.device.kind is DeviceKind.EXTENSION
            assert each.outcome is Outcome.ANSWERED or each.outcome in UNHEARD
            assert each.outcome is Outcome.ANSWERED or each.tally.talk_us == each.tally.queue_us == 0


@pytest.mark.parametrize("version", ["asterisk-11", "asterisk-13", "asterisk-22"])
def test_all_ring_one_answers_and_the_others_were_too_late(version):
    (call,) = queue_calls(TRACES / version / "n1_queue_ringall.ami.gz")
    outcomes = {each.device.number: each.outcome for each in agents(call)}
    assert outcomes.pop("102") is Outcome.ANSWERED
    assert set(outcomes.values()) == {Outcome.ANSWERED_ELSEWHERE}


@pytest.mark.parametrize("version", ["asterisk-11", "asterisk-13", "asterisk-22"])
def test_a_caller_who_gives_up_and_one_whose_time_is_over_are_told_apart(version):
    (abandoned,) = queue_calls(TRACES / version / "n3_queue_abandon.ami.gz")
    assert {each.outcome for each in agents(abandoned)} == {Outcome.ABANDONED}
    (timed_out,) = queue_calls(TRACES / version / "n9_queue_timeout.ami.gz")
    assert {each.outcome for each in agents(timed_out)} == {Outcome.MISSED}
