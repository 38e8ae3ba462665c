"""The table: every scenario on every simulated PBX in each of its dialects makes the call records that it should.

A PBX joins by a module like `asterisk` with `NAME`, `DIALECTS` and three functions of (dialect, case): `missing`, why
it cannot be played there, or nothing; `simulated`, the records of playing it on the simulator through the PBX's
connector; `recorded`, those of a real server's recording, or None where nobody recorded it.
"""

from dataclasses import replace

import pytest

from tests.scenarios import asterisk
from tests.scenarios.cases import CASES
from tests.scenarios.compare import differences, rows

PBXS = (asterisk,)
REFERENCE = (asterisk, "22")
"""Every other PBX and dialect makes the same records as this one: the model knows no PBX."""
OTHERWISE = {
    ("asterisk", "11", "r2_atxfer_action"): "11 does not tell who is reached through a transfer by feature code",
    ("asterisk", "11", "m1_feature_blind"): "11 tells no hold during a feature code",
    ("asterisk", "11", "m2_feature_attended"): "11 tells no hold during a feature code",
    ("asterisk", "13", "r5_blindtransfer_action"): "another pace",
}
EVERYWHERE = [
    pytest.param(pbx, dialect, case, id=f"{pbx.NAME}-{dialect}-{case}")
    for pbx in PBXS
    for dialect in pbx.DIALECTS
    for case in CASES
]


@pytest.mark.parametrize(("pbx", "dialect", "case"), EVERYWHERE)
def test_same_records_as_the_recording(pbx, dialect, case):
    if pbx.missing(dialect, case):
        pytest.skip(pbx.missing(dialect, case))
    recorded = pbx.recorded(dialect, case)
    if recorded is None:
        pytest.skip("nobody recorded it")
    simulated = rows(pbx.simulated(dialect, case))
    assert simulated
    assert differences(simulated, rows(recorded)) == []


@pytest.mark.parametrize(("pbx", "dialect", "case"), EVERYWHERE)
def test_same_records_as_every_other_exchange(pbx, dialect, case):
    why = pbx.missing(dialect, case) or OTHERWISE.get((pbx.NAME, dialect, case))
    if why:
        pytest.skip(why)
    first, spoken = REFERENCE
    assert differences(nameless(pbx.simulated(dialect, case)), nameless(first.simulated(spoken, case))) == []


def nameless(records):
    """Rows without names: which names are told is the PBX's own affair (Asterisk 11 sends no connected line)."""
    return [replace(row, name="") for row in rows(records)]
