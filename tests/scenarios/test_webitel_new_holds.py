"""Holds and the time that nobody listened: whatever a list or the history can tell of them, the records have."""

import random
from collections.abc import Callable
from datetime import UTC, datetime
from itertools import product

import pytest
from connector_webitel.new.session import EngineSession
from cti_model.records import CallRecord, all_records
from cti_simulators.scenario import parse, perform
from cti_simulators.scenario.chance import bustle
from cti_simulators.webitel.new.plan import token_of
from cti_simulators.webitel.new.truth import Seen, seen

from tests.scenarios.test_webitel_new_chance import WORLD, lawful
from tests.scenarios.test_webitel_new_deeds import Deeds, agree, steady
from tests.scenarios.webitel_new import BOOT, OPERATORS

TALK = "trunk 79161234567 calls 74950000101 as c1; 101 rings; 101 answers after 2s; wait 10s"
AMONG_US = "101 calls 102; 102 rings; 102 answers after 2s; wait 10s"
CALLED_BY_US = "102 calls 101; 101 rings; 101 answers after 2s; wait 10s"
PASSED_ON = "102 consults 103; 103 rings; 103 answers after 2s; 102 completes transfer after 1s; wait 4s"

TOLD = {
    "before, till within": (TALK, "101 holds; wait 5s", "wait 7s; 101 retrieves; wait 4s", "wait 6s"),
    "before, till after": (TALK, "101 holds; wait 5s", "wait 20s", "wait 3s; 101 retrieves; wait 6s"),
    "within, till within": (TALK, "", "wait 3s; 101 holds; wait 8s; 101 retrieves; wait 4s", "wait 6s"),
    "within, till after": (TALK, "", "wait 3s; 101 holds; wait 8s", "wait 5s; 101 retrieves; wait 6s"),
    "twice within": (
        TALK,
        "",
        "101 holds; wait 6s; 101 retrieves; wait 3s; 101 holds; wait 9s; 101 retrieves; wait 2s",
        "wait 6s",
    ),
    "within, and till after": (
        TALK,
        "",
        "101 holds; wait 6s; 101 retrieves; wait 3s; 101 holds; wait 9s",
        "wait 4s; 101 retrieves; wait 6s",
    ),
    "before till within, and till after": (
        TALK,
        "101 holds; wait 5s",
        "wait 4s; 101 retrieves; wait 6s; 101 holds; wait 5s",
        "wait 3s; 101 retrieves; wait 5s",
    ),
    "one heard, one within": (
        TALK,
        "101 holds; wait 5.6s; 101 retrieves; wait 3s",
        "wait 2s; 101 holds; wait 8.4s; 101 retrieves; wait 4s",
        "wait 6s",
    ),
    "one heard, one over within": (
        TALK,
        "101 holds; wait 5.6s; 101 retrieves; wait 3s; 101 holds; wait 3s",
        "wait 9s; 101 retrieves; wait 4s",
        "wait 6s",
    ),
    "a call that began within": ("", "", TALK + "; 101 holds; wait 8s; 101 retrieves; wait 4s", "wait 6s"),
    "a call that began within, till after": ("", "", TALK + "; 101 holds; wait 8s", "wait 3s; 101 retrieves; wait 6s"),
    "before, till the end": (TALK, "101 holds; wait 5s", "wait 20s; 79161234567 hangs up; wait 2s", "wait 1s"),
    "within, till the end": (TALK, "", "101 holds; wait 9s; 79161234567 hangs up; wait 2s", "wait 1s"),
    "within, before the end": (
        TALK,
        "",
        "101 holds; wait 9s; 101 retrieves; wait 3s; 79161234567 hangs up; wait 2s",
        "wait 1s",
    ),
    "passed on before, till after": (
        AMONG_US,
        f"101 holds; wait 3s; {PASSED_ON}",
        "wait 10s",
        "wait 5s; 101 retrieves; wait 5s",
    ),
    "passed on within, till after": (AMONG_US, "101 holds; wait 3s", PASSED_ON, "wait 4s; 101 retrieves; wait 5s"),
    "passed on within, till within": (
        AMONG_US,
        "101 holds; wait 3s",
        f"{PASSED_ON}; 101 retrieves; wait 4s",
        "wait 5s",
    ),
    "passed on before, of one who was called": (
        CALLED_BY_US,
        f"101 holds; wait 3s; {PASSED_ON}",
        "wait 10s",
        "wait 5s; 101 retrieves; wait 5s",
    ),
    "passed on within, of one who was called": (
        CALLED_BY_US,
        "101 holds; wait 3s",
        PASSED_ON,
        "wait 4s; 101 retrieves; wait 5s",
    ),
    "passed on within, after one that was heard": (
        AMONG_US,
        "101 holds; wait 5.6s; 101 retrieves; wait 3s; 101 holds; wait 3s",
        PASSED_ON,
        "wait 4s; 101 retrieves; wait 5s",
    ),
}


class Blind(Deeds):
    """A stage on which something happens that nobody hears."""

    since: datetime | None = None

    def open(self, operator: str) -> EngineSession:
        """After a death the history is asked for what happened since the log-in, as the stream tells it."""
        return EngineSession(
            self.picture, operator, token_of(operator), self._heard, away=self.gaps.append, before=self.since
        )

    def link_cut(self, deeds: str) -> None:
        """The operator's link is lost, and comes back."""
        self.cut("101")
        perform(parse(deeds), self)
        self.connect("101")

    def connector_killed(self, deeds: str) -> None:
        """The connector dies, and another one takes over what the bus has."""
        self.die()
        perform(parse(deeds), self)
        self.restart()

    def die(self) -> None:
        """What was asked of the history is not answered any more."""
        self.since = datetime.fromtimestamp(BOOT, UTC)
        self.gaps.clear()
        for each in OPERATORS:
            self.cut(each)

    def binding_lost(self, deeds: str) -> None:
        """The engine tells no more events, though the links stand: only the next comparison shows it."""
        self.house.bound.clear()
        perform(parse(deeds), self)
        self.compare()

    def list_late(self, deeds: str) -> None:
        """The link is lost, and its first list is older than what was missed; what follows is heard before the next."""
        self.house.faults.list_lag_s = 29.0
        self.link_cut(deeds)

    def settle(self) -> None:
        """Time passes, lists are compared, and the history answers."""
        for _ in range(4):
            perform(parse("wait 30s"), self)
            self.fill()
            self.compare()


WAYS = (Blind.link_cut, Blind.connector_killed, Blind.binding_lost, Blind.list_late)
UNTOLD = {("before till within, and till after", Blind.list_late)}
"""Who is heard to talk again, after a list that lagged, was on hold since they were told to be, as far as is known."""


@pytest.mark.parametrize(("case", "way"), [each for each in product(TOLD, WAYS) if each not in UNTOLD])
def test_a_hold_is_booked_as_one_whatever_part_of_it_nobody_heard(case, way):
    call, before, within, after = TOLD[case]
    mine, truth = record(played(call, before, within, after, way))
    assert (mine.talk_s, mine.hold_s) == pytest.approx((truth.talk_s, truth.hold_s), abs=0.7)


@pytest.mark.parametrize("way", WAYS)
def test_a_hold_that_began_unheard_and_in_which_the_other_side_was_passed_on_unheard_is_talk(way):
    """Neither list nor history have it: a record's seconds are all there, but the hold counts as talk."""
    stage = played(AMONG_US, "", f"101 holds; wait 3s; {PASSED_ON}", "wait 4s; 101 retrieves; wait 5s", way)
    mine, truth = record(stage)
    assert truth.hold_s > 10
    assert (mine.talk_s, mine.hold_s) == pytest.approx((truth.talk_s + truth.hold_s, 0), abs=0.7)


@pytest.mark.parametrize("seed", range(800, 804))
def test_connectors_that_are_killed_lose_nothing_where_the_history_is_asked(seed):
    stage, rng, down = Blind(), random.Random(seed), 0

    def something_happens() -> None:
        nonlocal down
        if down:
            down -= 1
            if not down:
                stage.restart()
        elif rng.random() < 0.02:
            stage.die()
            down = rng.randrange(3, 40)
        elif rng.random() < 0.1:
            stage.fill()

    bustle(stage, WORLD, rng, 150, something_happens)
    stage.restart()
    stage.settle()
    stage.settle()
    lawful(stage)
    past = [each.past for each in stage.house.rows.history(stage.now)]
    agree(all_records(stage.events), past, steady(stage.house.heard))


def played(call: str, before: str, within: str, after: str, way: Callable[[Blind, str], None]) -> Blind:
    """The stage behind what is heard, what is not, and what is heard again; then all hang up."""
    stage = Blind()
    perform(parse(f"{call}; {before}".strip("; ")), stage)
    way(stage, within)
    perform(parse(after), stage)
    stage.settle()
    stage.house.switch.end_all()
    stage.hear()
    stage.settle()
    assert not any(event.call.alive for event in {each.call.call_id: each for each in stage.events}.values())
    return stage


def record(stage: Blind) -> tuple[CallRecord, Seen]:
    """101's, and what their telephone saw."""
    [mine] = [row for row in all_records(stage.events) if row.device == "101"]
    return mine, seen(stage.house.heard, "101", stage.house.plan.domain)
