"""The same scenario gives the same records on the simulated FreeSWITCH as on a real Asterisk: one model for both."""

import pytest
from cti_model.records import CallRecord
from cti_simulators.freeswitch.exchange import Manners
from msgspec.structs import replace

from tests.scenarios.asterisk import recorded
from tests.scenarios.compare import differences, rows
from tests.scenarios.freeswitch import CENTRAL, PLAYED, TYPED, simulated

OUTSIDE = [each for each in PLAYED if each[:2] in ("h_", "h2", "h3", "i_", "u_")]
"""The cases in which somebody calls a number outside."""


def of_the_company(found: list[CallRecord]) -> list[CallRecord]:
    """Names of the company's own people are each exchange's own."""
    return [replace(each, remote_name="") if each.internal else each for each in found]


@pytest.mark.parametrize("case", [*PLAYED, *CENTRAL, *TYPED])
def test_records_are_those_of_another_exchange(case):
    real = recorded("22", case)
    assert real
    assert differences(rows(of_the_company(simulated(case))), rows(of_the_company(real))) == []


@pytest.mark.parametrize("case", OUTSIDE)
def test_records_are_the_same_where_ringing_is_heard_before_the_answer(case):
    assert OUTSIDE
    real = recorded("22", case)
    assert real
    found = simulated(case, Manners(early_media=True))
    assert differences(rows(of_the_company(found)), rows(of_the_company(real))) == []
