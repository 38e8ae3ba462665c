"""What the telephones of the simulated Oktell saw is what a real Asterisk's records of the same scenario say."""

import pytest
from cti_simulators.oktell.truth import seen

from tests.scenarios.asterisk import recorded
from tests.scenarios.compare import TOLERANCE_S
from tests.scenarios.oktell import PLAYED, played


@pytest.mark.parametrize("case", PLAYED)
def test_telephones_saw_what_another_exchange_recorded(case):
    stage = played(case)
    rows = recorded("22", case)
    assert rows
    for number in {row.device for row in rows}:
        mine = [row for row in rows if row.device == number]
        truth = seen(stage.pbx.saw, number)
        wanted = [sum(getattr(row, name) for row in mine) for name in ("ring_s", "talk_s", "hold_s")]
        tolerance = TOLERANCE_S * len(mine)
        assert [truth.ring_s, truth.talk_s, truth.hold_s] == pytest.approx(wanted, abs=tolerance), number
