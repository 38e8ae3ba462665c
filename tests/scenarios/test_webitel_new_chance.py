"""Whatever people do at a simulated Webitel, the connector tells whole calls, and what the telephones saw."""

import random

import pytest
from cti_model.fold import refold
from cti_model.records import all_records, records
from cti_simulators.scenario import parse, perform
from cti_simulators.scenario.chance import World, bustle, riot
from cti_simulators.webitel.new.truth import seen

from tests.scenarios.webitel_new import OPERATORS, Stage

WORLD = World(
    telephones=OPERATORS,
    numbers=(*OPERATORS, "3000", "3001", "84951234567", "84951234568", "777"),
    dids=("74950000101", "74950000102", "74950000200", "3000"),
    queues=("support",),
    slots=("701",),
    keys=("1", "23#"),
)


def staged(operators: tuple[str, ...], *, by_phone: bool = False) -> Stage:
    """With two agents who are online."""
    stage = Stage(operators, by_phone=by_phone)
    for each in (1, 2):
        centre = stage.house.centre
        centre.set_status(centre.agents[each], "online")
    return stage


def riots(stage: Stage, seed: int) -> None:
    """People at work, then anything at all."""
    rng = random.Random(seed)
    bustle(stage, WORLD, rng, 150)
    riot(stage, WORLD, rng, 40)
    perform(parse("wait 60s"), stage)


def lawful(stage: Stage) -> None:
    """Each call is told whole, and is over; its seconds add up."""
    calls = {event.call.call_id: event.call for event in stage.events}
    assert len(calls) > 3
    for call_id, call in calls.items():
        told = [event for event in stage.events if event.call.call_id == call_id]
        assert [event.call.version for event in told] == list(range(1, len(told) + 1))
        assert refold(told) == call
        assert not call.alive
        for row in records(call):
            assert row.outcome is not None
            spent = row.ring_s + row.queue_s + row.talk_s + row.hold_s
            assert spent == pytest.approx((row.ended_at - row.started_at).total_seconds(), abs=0.001)
    assert stage.picture.state.legs == stage.picture.state.boxes == stage.picture.state.left == {}


@pytest.mark.parametrize("operators", [OPERATORS, ("101", "103")])
@pytest.mark.parametrize("by_phone", [False, True])
@pytest.mark.parametrize("seed", range(100, 104))
def test_every_call_ends_and_its_seconds_add_up(operators, by_phone, seed):
    stage = staged(operators, by_phone=by_phone)
    riots(stage, seed)
    lawful(stage)


@pytest.mark.parametrize("seed", range(200, 206))
def test_records_are_what_the_telephones_saw(seed):
    stage = staged(OPERATORS)
    riots(stage, seed)
    true(stage)


@pytest.mark.parametrize("seed", [600, 601, 617, 624])
@pytest.mark.parametrize("chances", [(0.1, 0.1, 0.0), (0.0, 0.0, 0.05)], ids=["links and lists", "leaders"])
def test_new_links_lists_and_leaders_change_no_record_where_nothing_was_missed(chances, seed):
    stage, rng = staged(OPERATORS), random.Random(seed)
    connects, compares, restarts = chances

    def something_happens() -> None:
        if rng.random() < connects:
            stage.connect(rng.choice(OPERATORS))
        if rng.random() < compares:
            stage.compare()
        if rng.random() < restarts:
            stage.restart()

    bustle(stage, WORLD, rng, 150, something_happens)
    perform(parse("wait 60s"), stage)
    true(stage)


def true(stage: Stage) -> None:
    """Records have the seconds that the telephones saw."""
    rows = all_records(stage.events)
    for number in OPERATORS:
        mine = [row for row in rows if row.device == number]
        told = [sum(getattr(row, name) for row in mine) for name in ("ring_s", "talk_s", "hold_s")]
        truth = seen(stage.house.heard, number, stage.house.plan.domain)
        assert told == pytest.approx([truth.ring_s, truth.talk_s, truth.hold_s], abs=0.5), number


@pytest.mark.parametrize("restarts", [0.0, 0.05])
@pytest.mark.parametrize("seed", [*range(300, 303), 329, 354, 388, 901])
def test_lost_links_repeated_events_late_lists_and_other_leaders_break_no_law(seed, restarts):
    stage, rng = staged(OPERATORS), random.Random(seed)
    faults = stage.house.faults
    faults.repeat = True
    faults.list_lag_s = 0.5

    def something_happens() -> None:
        if rng.random() < 0.05:
            stage.cut(rng.choice(OPERATORS))
        if rng.random() < 0.2:
            stage.connect(rng.choice(OPERATORS))
        if rng.random() < 0.1:
            stage.compare()
        if rng.random() < 0.05:
            faults.lose = 1
        if rng.random() < restarts:
            stage.restart()

    bustle(stage, WORLD, rng, 150, something_happens)
    faults.lose = 0
    for each in OPERATORS:
        stage.connect(each)
    for _ in range(2):
        perform(parse("wait 60s"), stage)
        stage.compare()
    perform(parse("wait 60s"), stage)
    lawful(stage)
