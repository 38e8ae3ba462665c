"""The same scenario gives the same records on the simulated Oktell as on a real Asterisk, but for what is not told.

Its events say nothing of who ended a call or why, and of a queue nothing to the telephone that rings for it.
"""

import pytest
from cti_model.calls import Outcome
from cti_model.records import CallRecord
from msgspec.structs import replace

from tests.scenarios.asterisk import recorded
from tests.scenarios.compare import differences, rows
from tests.scenarios.oktell import PLAYED, simulated

UNTOLD: dict[str, dict[str, dict[str, object]]] = {
    "e_internal_declined": {"101": {"outcome": Outcome.NO_ANSWER}, "102": {"outcome": Outcome.MISSED}},
    "f_caller_cancels": {"101": {"outcome": Outcome.NO_ANSWER}},
    "g4_inbound_anonymous": {"101": {"remote_number": ""}},
    "l_blind_transfer": {"101": {"redirecting_id": ""}},
    "l2_blind_transfer_no_answer": {"101": {"redirecting_id": ""}},
    "n3_queue_abandon": {"101": {"outcome": Outcome.MISSED}, "102": {"outcome": Outcome.MISSED}},
    "n10_queue_transfer": {"101": {"redirecting_id": ""}},
    "t4_forward_in_dialplan": {"102": {"redirecting_id": ""}},
}
"""By case and telephone: what a record says where Oktell does not tell what Asterisk does of deeds at telephones."""


UNTOLD_TO_SERVERS = {"j3_attended_transfer_to_external"}
"""A consultation half a second after the hold: no event for servers has its beginning, so it is told as of the hold."""


def _told(case: str, row: CallRecord) -> CallRecord:
    """A record as it is when only what Oktell tells is known. Names of the company's people are each exchange's own."""
    name = "" if row.internal else row.remote_name
    return replace(row, ended_by=None, queue="", remote_name=name, **UNTOLD.get(case, {}).get(row.device, {}))


@pytest.mark.parametrize("case", PLAYED)
def test_records_are_those_of_another_exchange(case):
    real = recorded("22", case)
    assert real
    ours = [_told("", row) for row in simulated(case)]
    theirs = [_told(case, row) for row in real]
    assert differences(rows(ours), rows(theirs)) == []


@pytest.mark.parametrize("case", sorted({*PLAYED} - UNTOLD_TO_SERVERS))
def test_a_link_between_servers_gives_the_same_records_as_the_operators(case):
    of_operators, of_server = simulated(case), simulated(case, server=True)
    assert of_operators
    assert differences(rows(of_server), rows(of_operators)) == []
