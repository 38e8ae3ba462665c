"""The simulated FreeSWITCH in the table of scenarios: how a case is played, and what the connector makes of it."""

import json
import random

from connector_freeswitch.replay import events_of
from cti_model.records import CallRecord, all_records
from cti_simulators.freeswitch.exchange import Headers, Switch
from cti_simulators.freeswitch.people import People
from cti_simulators.scenario import perform

from tests.scenarios.cases import CASES, scenario

BOOT = 1795169000.0
PLAYED = (
    "a_internal_caller_hangup",
    "b_internal_callee_hangup",
    "c_internal_no_answer",
    "d_internal_busy",
    "e_internal_declined",
    "f_caller_cancels",
    "g_inbound_answered",
    "g2_inbound_utf8_name",
    "h_outbound_hold_by_operator",
    "h3_hangup_during_hold",
    "j_attended_transfer",
    "j3_attended_transfer_to_external",
    "l_blind_transfer",
    "l2_blind_transfer_no_answer",
)
"""The cases that need nothing but telephones and the trunk."""


def play(case: str) -> bytes:
    """What an event socket tells of a case, as recorded lines."""
    lines: list[str] = []

    def tell(headers: Headers) -> None:
        lines.append(json.dumps({"t": switch.now, "dir": "recv", "headers": {}, "event": headers}))

    switch = Switch(BOOT, random.Random(7), tell)
    perform(scenario(CASES[case]), People(switch))
    return "\n".join(lines).encode()


def simulated(case: str) -> list[CallRecord]:
    """The records of a case, played on the simulator."""
    return all_records(events_of([(0.0, play(case))]))
