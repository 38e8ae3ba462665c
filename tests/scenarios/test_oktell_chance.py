"""Whatever people do at a simulated Oktell, the connector tells whole calls, and what the telephones saw."""

import contextlib
import random

import pytest
from connector_oktell.actions import VERBS, Options
from cti_connector.replaying import calls_of
from cti_model.calls import Command
from cti_model.commands import SUPERVISOR, CommandOutcome, CommandRefused
from cti_model.fold import refold
from cti_model.records import all_records, records
from cti_simulators.oktell.truth import seen
from cti_simulators.scenario import parse, perform
from cti_simulators.scenario.chance import World, riot

from tests.scenarios.oktell import Stage

WORLD = World(
    telephones=("101", "102", "103", "104"),
    numbers=("101", "102", "103", "104", "200", "300", "84951234567", "84951234568"),
    dids=("74950000101", "74950000102", "74950000200", "74950000300"),
    queues=("support",),
    slots=("701",),
    keys=("1", "2"),
)


@pytest.mark.parametrize("operators", [("101", "102", "103", "104"), ("101", "103")])
@pytest.mark.parametrize("seed", range(200, 206))
def test_every_call_ends_and_its_seconds_add_up(operators, seed):
    stage = Stage(operators)
    riot(stage, WORLD, random.Random(seed), 250)
    perform(parse("wait 10s"), stage)
    calls = calls_of(stage.events)
    assert len(calls) > 1
    for call in calls:
        versions = [event.call.version for event in stage.events if event.call.call_id == call.call_id]
        assert versions == list(range(versions[0], versions[0] + len(versions)))
        assert not call.alive
        for row in records(call):
            assert row.outcome is not None
            told = row.ring_s + row.queue_s + row.talk_s + row.hold_s
            assert told == pytest.approx((row.ended_at - row.started_at).total_seconds(), abs=0.001)


@pytest.mark.parametrize(
    ("seed", "server", "late_s"),
    [*((seed, False, 1.0) for seed in (*range(300, 303), 415, 445, 10304, 10461, 10755)), (205, True, 2.0)],
)
def test_records_are_what_the_telephones_saw(seed, server, late_s):
    """A link between servers is told less: what no event shows is found by the next question."""
    stage = Stage(server=server)
    riot(stage, WORLD, random.Random(seed), 250)
    perform(parse("wait 10s"), stage)
    rows = all_records(stage.events)
    for number in WORLD.telephones:
        mine = [row for row in rows if row.device == number]
        told = [sum(getattr(row, name) for row in mine) for name in ("ring_s", "queue_s", "talk_s", "hold_s")]
        truth = seen(stage.pbx.saw, number)
        assert told == pytest.approx([truth.ring_s, truth.queue_s, truth.talk_s, truth.hold_s], abs=late_s), number


@pytest.mark.parametrize("seed", range(500, 504))
def test_whatever_is_commanded_meanwhile_no_call_is_left(seed):
    """Commands by chance beside what people do: of every verb, allowed or not, about one's own call or another's."""
    stage = Stage(("101", "102", "103"), options=Options(True, True, "*8{extension}"), records=True)
    orders = Orders(stage, random.Random(seed), 150)
    riot(stage, WORLD, random.Random(seed), 200, orders.one)
    perform(parse("wait 3m"), stage)
    assert {each.outcome for each in stage.results} >= {CommandOutcome.OBSERVED, CommandOutcome.FAILED}
    for call in calls_of(stage.events):
        assert refold([event for event in stage.events if event.call.call_id == call.call_id]) == call
        assert not call.alive


class Orders:
    """So many commands by chance."""

    def __init__(self, stage, rng, most):
        self._stage, self._rng, self._left = stage, rng, most

    def one(self):
        """One more, if any are left; what cannot be done now is refused."""
        if not self._left:
            return
        self._left -= 1
        pick = self._rng.choice
        verb = Command(pick(sorted(VERBS)))
        fields = {
            "to": pick(("101", "102", "103", "104", "200", "300", "84951234567")),
            "reason": pick(("", "", "intercom", "callback", "conference")),
            "agent_state": pick(("available", "available", "redirect", "dnd")),
            "queue": "call-centre",
            "roles": (SUPERVISOR,),
        }
        with contextlib.suppress(CommandRefused):
            self._stage.command(pick(("101", "102", "103")), verb, pick(("", "101", "102", "103")), **fields)
