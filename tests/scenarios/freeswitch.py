"""The simulated FreeSWITCH in the table of scenarios: how a case is played, and what the connector makes of it."""

import json
import random
from functools import partial

from connector_freeswitch.replay import events_of
from cti_model.records import CallRecord, all_records
from cti_simulators.freeswitch.api import Api
from cti_simulators.freeswitch.exchange import Headers, Manners, Switch
from cti_simulators.freeswitch.people import People
from cti_simulators.freeswitch.plan import standard
from cti_simulators.scenario import perform
from msgspec.structs import replace

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
    "h2_both_hold",
    "h3_hangup_during_hold",
    "i_outbound_hold_by_external",
    "j_attended_transfer",
    "j2_attended_transfer_target_hangs_up",
    "j3_attended_transfer_to_external",
    "k_consultation_cancelled",
    "l_blind_transfer",
    "l2_blind_transfer_no_answer",
    "o1_park_retrieve",
    "p_confbridge",
    "s2_directed_pickup",
    "u_dtmf",
)
"""The cases that need nothing but telephones, the trunk, and what the dialplan does with numbers."""
TYPED = ("m2_feature_attended",)
"""Typed while one talks: `att_xfer`."""
CENTRAL = (
    "n1_queue_ringall",
    "n3_queue_abandon",
    "n4_queue_pause",
    "n5_queue_member_add_remove",
    "n6_queue_two_callers_wrapup",
    "n9_queue_timeout",
    "n10_queue_transfer",
    "q1_originate_ok",
    "q2_originate_no_answer",
    "r3_ami_call_control",
    "r5_blindtransfer_action",
    "y_bridge_action",
)
"""The cases with queues of mod_callcenter, and with a manager's commands.

Not played are blind transfers by feature code and loopback channels; and two that FreeSWITCH tells otherwise: a
redirect that nobody at a telephone asked for (a transfer by who talked), and an anonymous caller (has no number).
"""
_CLICK = (
    "originate {{origination_caller_id_number=84951234567,trunkline_to=84951234567,originate_timeout={ring_s}}}"
    "user/101@demo.local 84951234567 XML default"
)
COMMANDS = {
    "click_to_call": _CLICK.format(ring_s=15),
    "click_to_call_briefly": _CLICK.format(ring_s=5),
    "hang_up": "uuid_kill <c1> NORMAL_CLEARING",
    "blind_transfer": "uuid_transfer <c1> 102 XML default",
    "pause": "callcenter_config agent set status 102@demo.local 'On Break'",
    "pause_everywhere": "callcenter_config agent set status 101@demo.local 'On Break'",
    "unpause_everywhere": "callcenter_config agent set status 101@demo.local 'Available'",
    "bridge": "uuid_bridge <101> <103>",
}
"""A manager's deeds. `<101>`: the channel of that user, `<c1>`: of the trunk."""
OWN_PACE = {"m2_feature_attended": ("101 sends 102 after 1.5s", "101 sends 102 after 2.2s")}
"""Keys are pressed at once here; the recorder took its time."""
AGENTS = {"102": "Available", "101": "Available", "103": "Logged Out"}


def heard(text: str, manners: Manners | None = None) -> bytes:
    """What an event socket tells of a scenario, as recorded lines."""
    lines: list[str] = []

    def tell(headers: Headers) -> None:
        lines.append(json.dumps({"t": switch.now, "dir": "recv", "headers": {}, "event": headers}))

    plan = replace(standard(AGENTS, ("102", "101")), consult_code="*2")
    switch = Switch(BOOT, random.Random(7), tell, plan=plan, manners=manners)
    api = Api(switch)

    def command(text: str) -> None:
        for leg in switch.legs.values():
            text = text.replace(f"<{leg.user or 'c1'}>", leg.uid)
        api.run(text)

    commands = {name: partial(command, text) for name, text in COMMANDS.items()}
    perform(scenario(text), People(switch), commands)
    return "\n".join(lines).encode()


def simulated(case: str, manners: Manners | None = None) -> list[CallRecord]:
    """The records of a case, played on the simulator."""
    text = CASES[case].replace(*OWN_PACE.get(case, ("", "")))
    return all_records(events_of([(0.0, heard(text, manners))]))
