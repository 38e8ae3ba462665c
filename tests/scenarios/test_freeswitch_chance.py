"""Whatever people do at a simulated FreeSWITCH, the connector tells whole calls: each ends, and its seconds add up."""

import json
import random

import pytest
from connector_freeswitch.replay import events_of
from cti_connector.replaying import calls_of
from cti_freeswitch.naming import Naming
from cti_model.fold import refold
from cti_model.records import all_records
from cti_simulators.freeswitch.exchange import Headers, Manners, Switch
from cti_simulators.freeswitch.people import People
from cti_simulators.freeswitch.plan import standard
from cti_simulators.scenario.chance import World, bustle, riot
from msgspec.structs import replace

from tests.scenarios.freeswitch import AGENTS, BOOT

WORLD = World(
    telephones=("101", "102", "103", "104"),
    numbers=("101", "102", "103", "104", "84951234567", "777", "3001", "5000", "5100", "5101", "9199", "701"),
    dids=("74950000101", "74950000102", "74950000200", "74950000201", "74950003001"),
    queues=("support", "sales"),
    slots=("701", "702"),
    keys=("1", "*2102", "*2103", "*2104", "#", "*", "0"),
)

PLAN = replace(standard(AGENTS), consult_code="*2")


@pytest.mark.parametrize("deeds", [riot, bustle])
@pytest.mark.parametrize("seed", [*range(100, 117), 20161])
def test_every_call_ends_and_its_seconds_add_up(seed, deeds):
    rng = random.Random(seed)
    lines: list[str] = []

    def tell(headers: Headers) -> None:
        lines.append(json.dumps({"t": switch.now, "dir": "recv", "headers": {}, "event": headers}))

    manners = Manners(early_media=seed % 2 == 0)
    switch = Switch(BOOT, rng, tell, plan=PLAN, manners=manners)
    deeds(People(switch), WORLD, rng, 60)
    events = list(events_of([(0.0, "\n".join(lines).encode())], Naming()))
    calls = calls_of(events)
    assert len(calls) > 5
    for call in calls:
        told = [event for event in events if event.call.call_id == call.call_id]
        assert [event.call.version for event in told] == list(range(1, len(told) + 1))
        assert refold(told) == call
        assert not call.alive
    for row in all_records(events):
        assert row.outcome is not None
        spent = row.ring_s + row.queue_s + row.talk_s + row.hold_s
        assert spent == pytest.approx((row.ended_at - row.started_at).total_seconds(), abs=0.001)
