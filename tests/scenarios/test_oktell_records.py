"""The same scenario gives the same records on the simulated Oktell as on a real Asterisk, as far as Oktell tells."""

import pytest
from cti_model.calls import Outcome
from msgspec.structs import replace

from tests.scenarios.asterisk import recorded
from tests.scenarios.compare import differences, rows
from tests.scenarios.oktell import PLAYED, simulated

NOT_TOLD: dict[tuple[str, str], dict[str, object]] = {
    ("e_internal_declined", "101"): {"outcome": Outcome.NO_ANSWER},
    ("e_internal_declined", "102"): {"outcome": Outcome.MISSED},
    ("f_caller_cancels", "101"): {"outcome": Outcome.NO_ANSWER},
    ("g4_inbound_anonymous", "101"): {"remote_number": ""},
    ("l_blind_transfer", "101"): {"redirecting_id": ""},
    ("l2_blind_transfer_no_answer", "101"): {"redirecting_id": ""},
    ("n3_queue_abandon", "101"): {"outcome": Outcome.MISSED},
    ("n3_queue_abandon", "102"): {"outcome": Outcome.MISSED},
}
"""What is done with a telephone's own keys, Oktell tells no operator: who ended a call and why, who passed it on."""


@pytest.mark.parametrize("case", PLAYED)
def test_records_are_those_of_another_exchange(case):
    real = recorded("22", case)
    assert real
    theirs = [
        replace(each, remote_name="", queue="", ended_by=None, **NOT_TOLD.get((case, each.device), {})) for each in real
    ]
    ours = [replace(each, remote_name="", ended_by=None) for each in simulated(case)]
    assert differences(rows(ours), rows(theirs)) == []
