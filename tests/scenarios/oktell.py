"""The simulated Oktell in the table of scenarios: which cases its telephones can do, and how they are played."""

import random

from cti_simulators.oktell.people import OktellExchange
from cti_simulators.scenario import perform

from tests.scenarios.cases import CASES, scenario

BOOT = 1795169000.0
PLAYED = (
    "a_internal_caller_hangup",
    "b_internal_callee_hangup",
    "c_internal_no_answer",
    "e_internal_declined",
    "f_caller_cancels",
    "g_inbound_answered",
    "g2_inbound_utf8_name",
    "g4_inbound_anonymous",
    "h_outbound_hold_by_operator",
    "h2_both_hold",
    "h3_hangup_during_hold",
    "i_outbound_hold_by_external",
    "j_attended_transfer",
    "j3_attended_transfer_to_external",
    "k_consultation_cancelled",
    "l_blind_transfer",
    "l2_blind_transfer_no_answer",
    "n1_queue_ringall",
    "n3_queue_abandon",
    "s2_directed_pickup",
)
"""The cases that a line of an Oktell can do: no parking, no feature codes, no commands of a manager."""


def played(case: str) -> OktellExchange:
    """The exchange behind a case."""
    exchange = OktellExchange(BOOT, random.Random(7))
    perform(scenario(CASES[case]), exchange)
    return exchange
