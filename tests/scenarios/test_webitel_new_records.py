"""The same scenario gives the same records on the new Webitel engine as on a real Asterisk.

Each operator hears their own legs only. Attended and blind transfers are made by Webitel's workspace, or by the
telephones themselves.
"""

import pytest
from cti_model.calls import EndedBy, Outcome
from cti_model.records import CallRecord
from cti_simulators.webitel.new.truth import seen
from msgspec.structs import replace

from tests.scenarios.asterisk import recorded
from tests.scenarios.cases import CASES
from tests.scenarios.compare import TOLERANCE_S, Row, differences, rows
from tests.scenarios.webitel_new import played, simulated

_FEATURE = "Webitel has no feature codes at the telephone"
MISSING = {
    "m1_feature_blind": _FEATURE,
    "m2_feature_attended": _FEATURE,
    "n9_queue_timeout": "how long a caller waits in a queue is its own setting: here they are offered on and on",
    "o1_park_retrieve": "Webitel does not park",
    "r1_redirect": "nobody but who talks can send a Webitel call elsewhere: then it is a blind transfer",
    "r2_atxfer_action": "Asterisk's manager makes the hang-up a transfer; in Webitel it ends the consultation",
    "r3_ami_call_control": "nobody but who talks can end a Webitel call: then it was that operator's doing",
    "s2_directed_pickup": "whom a picker took the call from is not told: it stays a call to the number dialled",
    "y_bridge_action": "only an operator's own two calls can be bridged",
}
PLAYED = tuple(case for case in CASES if case not in MISSING)
TRANSFERS = tuple(case for case in PLAYED if case.startswith(("j", "l")))


def of_another(case: str) -> list[CallRecord]:
    """Asterisk's records, but for what Webitel tells otherwise: its queues ring one agent at a time, Asterisk's all."""
    real = recorded("22", case)
    assert real
    if case.startswith("n"):
        real = [row for row in real if row.outcome is not Outcome.ANSWERED_ELSEWHERE]
    if case == "n3_queue_abandon":
        real = [row for row in real if row.device == "101"]
    if case == "t4_forward_in_dialplan":  # who a flow sends a call on from is in no event
        real = [replace(row, redirecting_id="") for row in real]
    return real


def ours(found: list[CallRecord]) -> list[Row]:
    """Names of the company's own people are each exchange's own."""
    return rows([replace(each, remote_name="") if each.internal else each for each in found])


@pytest.mark.parametrize("case", CASES)
def test_records_are_those_of_another_exchange(case):
    if case in MISSING:
        pytest.skip(MISSING[case])
    mine = simulated(case)
    if case == "d_internal_busy":  # the leg that is refused is told to the busy user, too
        assert [each.outcome for each in mine if each.device == "102"] == ["busy"]
        mine = [each for each in mine if each.device != "102"]
    assert differences(ours(mine), ours(of_another(case))) == []


@pytest.mark.parametrize("case", TRANSFERS)
def test_records_of_transfers_by_telephone_are_the_same_but_for_the_one_who_made_it(case):
    """Webitel says only that that one's legs are over."""

    def told(row: CallRecord) -> CallRecord:
        return replace(row, ended_by=EndedBy.SYSTEM, redirecting_id="") if row.device == "101" else row

    mine, theirs = simulated(case, by_phone=True), of_another(case)
    assert differences(ours([told(row) for row in mine]), ours([told(row) for row in theirs])) == []


@pytest.mark.parametrize("case", PLAYED)
def test_telephones_saw_what_another_exchange_recorded(case):
    stage, real = played(case), of_another(case)
    for number in {row.device for row in real}:
        mine = [row for row in real if row.device == number]
        truth = seen(stage.house.heard, number, stage.house.plan.domain)
        wanted = [sum(getattr(row, name) for row in mine) for name in ("ring_s", "talk_s", "hold_s")]
        assert [truth.ring_s, truth.talk_s, truth.hold_s] == pytest.approx(wanted, abs=TOLERANCE_S * len(mine)), number
