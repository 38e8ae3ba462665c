"""The same scenario gives the same records on the simulated FreeSWITCH as on a real Asterisk: one model for both."""

import pytest
from msgspec.structs import replace

from tests.scenarios.asterisk import recorded
from tests.scenarios.compare import differences, rows
from tests.scenarios.freeswitch import CENTRAL, PLAYED, simulated


@pytest.mark.parametrize("case", [*PLAYED, *CENTRAL])
def test_records_are_those_of_another_exchange(case):
    real = recorded("22", case)
    assert real
    # Names of the company's own people are each exchange's own.
    ours, theirs = (
        [replace(each, remote_name="") if each.internal else each for each in found]
        for found in (simulated(case), real)
    )
    assert differences(rows(ours), rows(theirs)) == []
