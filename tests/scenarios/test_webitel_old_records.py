"""The same scenario gives the same records on the old Webitel engine as on a real Asterisk, heard in either way."""

import dataclasses

import pytest
from cti_model.records import CallRecord
from msgspec.structs import replace

from tests.scenarios.asterisk import recorded
from tests.scenarios.compare import Row, differences, rows
from tests.scenarios.freeswitch import PLAYED
from tests.scenarios.webitel_old import USERS, simulated

CASES = (
    *PLAYED,
    "n1_queue_ringall",
    "n3_queue_abandon",
    "n5_queue_member_add_remove",
    "n6_queue_two_callers_wrapup",
    "n9_queue_timeout",
    "n10_queue_transfer",
)


def of_another(case: str) -> list[Row]:
    real = recorded("22", case)
    assert real
    return ours(real)


def ours(found: list[CallRecord]) -> list[Row]:
    """Names of the company's own people are each exchange's own."""
    return rows([replace(each, remote_name="") if each.internal else each for each in found])


@pytest.mark.parametrize("case", CASES)
def test_records_of_the_whole_domain_are_those_of_another_exchange(case):
    assert differences(ours(simulated(case)), of_another(case)) == []


UNHEARD = frozenset({"j3_attended_transfer_to_external"})
"""Where a telephone (not the engine) hands a call from one stranger to another: a user hears two ends, no transfer."""


def as_heard(found: list[Row], case: str) -> list[Row]:
    """Who hung up on an answered call is not told to a user."""
    ends = [dataclasses.replace(each, ended_by=None) if each.outcome == "answered" else each for each in found]
    return [dataclasses.replace(each, redirecting="") for each in ends] if case in UNHEARD else ends


@pytest.mark.parametrize("case", CASES)
def test_records_of_users_who_hear_their_own_legs_are_the_same_but_for_who_hung_up(case):
    assert differences(as_heard(ours(simulated(case, USERS)), case), as_heard(of_another(case), case)) == []


UNTOLD = frozenset({"d_internal_busy"})
"""Nothing tells of who calls but his end: the telephone that is called refuses before it rings."""


@pytest.mark.parametrize("case", [each for each in CASES if each not in UNTOLD])
def test_records_are_the_same_where_the_beginnings_of_calling_legs_are_not_passed_on(case):
    assert differences(ours(simulated(case, whole=False)), of_another(case)) == []
