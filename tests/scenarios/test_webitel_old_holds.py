"""Time on hold over a gap, on the old Webitel engine: ours against that of the simulated FreeSWITCH's own legs."""

from typing import Any

import pytest
from cti_model.calls import Cause
from cti_model.records import CallRecord, all_records
from cti_simulators.freeswitch.exchange import Headers
from cti_simulators.scenario import parse, perform

from tests.scenarios.webitel_old import USERS
from tests.scenarios.webitel_old_stage import Stage

CUSTOMER = "79161234567"
BEGINS = f"trunk {CUSTOMER} calls 74950000101 as c1; 101 rings; 101 answers after 2s; wait 5s"
EXACT_S = 0.01


class Watched(Stage):
    """Notes when 101's leg was answered, held, taken back and ended, whoever listens."""

    def __init__(self, *args: Any, **settings: Any) -> None:
        self.moments: list[tuple[str, float]] = []
        super().__init__(*args, **settings)

    def _heard(self, headers: Headers) -> None:
        if str(headers.get("Channel-Presence-ID", "")).startswith("101@"):
            self.moments.append((headers["Event-Name"], self.switch.now))
        super()._heard(headers)

    def truth(self) -> tuple[float, float]:
        """Seconds of talk and of hold."""
        spent, state, since = {"talk": 0.0, "hold": 0.0, "": 0.0}, "", 0.0
        becomes = {"ANSWER": "talk", "UNHOLD": "talk", "HOLD": "hold", "HANGUP": ""}
        for name, at in self.moments:
            follows = becomes.get(name.removeprefix("CHANNEL_"))
            if follows is not None and (state or name == "CHANNEL_ANSWER"):
                spent[state] += at - since
                state, since = follows, at
        return spent["talk"], spent["hold"]


def played(stage: Stage, story: str) -> None:
    perform(parse(f"wait 3s; {story}; wait 3s" if story else "wait 3s"), stage)


def gap(stage: Stage, story: str, *, killed: bool) -> None:
    """Nobody hears a part of it: all links are cut, or the connector is killed and another one takes over."""
    stage.wires.clear()
    played(stage, story)
    if killed:
        stage.take_over()
    for user in () if killed else stage.users or ("",):
        stage.link(user)


def over_a_gap(stage: Stage, before: str, within: str, after: str, *, killed: bool) -> CallRecord:
    """101's record of a call of which a part was not heard."""
    perform(parse(BEGINS), stage)
    played(stage, before)
    gap(stage, within, killed=killed)
    played(stage, after)
    perform(parse(f"{CUSTOMER} hangs up; wait 2s"), stage)
    [row] = [each for each in all_records(stage.events) if each.device == "101"]
    return row


HOLD, BACK = "101 holds", "101 retrieves after 7s"
STORIES = {
    "held before, back within": (HOLD, BACK, ""),
    "held before, back after": (HOLD, "", BACK),
    "held before, nothing within, talk after": (f"{HOLD}; {BACK}", "", ""),
    "held and back within": ("", f"{HOLD}; {BACK}", ""),
    "held within, back after": ("", HOLD, BACK),
    "twice within": ("", f"{HOLD}; {BACK}; wait 4s; {HOLD}; 101 retrieves after 3s", ""),
    "back within and held again": (HOLD, f"{BACK}; {HOLD} after 4s", BACK),
    "back within and held and back again": (HOLD, f"{BACK}; {HOLD} after 4s; 101 retrieves after 3s", ""),
    "one within and another that lasts": ("", f"{HOLD}; {BACK}; {HOLD} after 4s", BACK),
    "in each part": (f"{HOLD}; {BACK}", f"{HOLD}; {BACK}", f"{HOLD}; {BACK}"),
}
WAYS = {
    "domain": ((), False),
    "each user": (USERS, False),
    "each user, own legs alone": (USERS, True),
    "one user": (("101",), False),
}


@pytest.mark.parametrize("killed", [False, True], ids=["cut", "killed"])
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("story", STORIES)
def test_talk_and_hold_are_as_long_as_they_were(story, way, killed):
    users, own_only = WAYS[way]
    stage = Watched(users, records=False)
    stage.engine.own_only = own_only
    row = over_a_gap(stage, *STORIES[story], killed=killed)
    talk_s, hold_s = stage.truth()
    assert (row.talk_s, row.hold_s) == (pytest.approx(talk_s, abs=EXACT_S), pytest.approx(hold_s, abs=EXACT_S))


@pytest.mark.parametrize("killed", [False, True], ids=["cut", "killed"])
@pytest.mark.parametrize("way", WAYS)
def test_of_a_call_that_ended_unheard_no_dump_tells_the_hold(way, killed):
    """It is told as lost, between the last that was heard and the comparison: so long it is on hold."""
    stage = Watched(WAYS[way][0], records=False)
    perform(parse(BEGINS), stage)
    played(stage, HOLD)
    held_at, heard_at = stage.moments[-1][1], stage.now
    gap(stage, f"{CUSTOMER} hangs up", killed=killed)
    played(stage, "")
    [row] = [each for each in all_records(stage.events) if each.device == "101"]
    ends = [each for each in stage.of("connection_cleared") if each.fact.connection_id == row.connection_id]
    assert [each.fact.cause for each in ends] == [Cause.LOST]
    assert ends[0].not_before is not None
    assert held_at <= ends[0].not_before.timestamp() <= heard_at
    assert row.hold_s == pytest.approx(ends[0].occurred_at.timestamp() - held_at, abs=EXACT_S)
    assert row.hold_s > stage.truth()[1]
