"""Whatever people do at a simulated exchange, the connector tells whole calls: each ends, and its seconds add up."""

import random

import pytest
from connector_asterisk.replay import events_of
from cti_connector.replaying import calls_of
from cti_model.records import records
from cti_simulators.asterisk.exchange.blocks import wire
from cti_simulators.asterisk.exchange.exchange import AsteriskExchange
from cti_simulators.scenario.chance import World, riot

from tests.scenarios import asterisk

WORLD = World(
    telephones=("101", "102", "103", "104"),
    numbers=("101", "102", "103", "104", "84951234567", "84951234568", "8102", "8203", "3001", "700"),
    dids=("74950000101", "74950000102", "74950000200", "74950000201", "74950000202", "74950000500", "74950003001"),
    queues=("support", "sales"),
    slots=("701", "702"),
    keys=("1", "##102", "*2103", "#72"),
)


@pytest.mark.parametrize("dialect", asterisk.DIALECTS)
@pytest.mark.parametrize("seed", range(100, 112))
def test_every_call_ends_and_its_seconds_add_up(dialect, seed):
    rng = random.Random(seed)
    exchange = AsteriskExchange(dialect, asterisk.BOOT, rng)
    chunks = []

    def hear():
        chunks.append((exchange.now, b"".join(map(wire, exchange.said()))))

    riot(exchange, WORLD, rng, 60, hear)
    events = list(events_of(chunks))
    calls = calls_of(events)
    assert len(calls) > 5
    for call in calls:
        versions = [event.call.version for event in events if event.call.call_id == call.call_id]
        assert versions == list(range(versions[0], versions[0] + len(versions)))
        assert not call.alive
        for row in records(call):
            assert row.outcome is not None
            told = row.ring_s + row.queue_s + row.talk_s + row.hold_s
            assert told == pytest.approx((row.ended_at - row.started_at).total_seconds(), abs=0.001)
