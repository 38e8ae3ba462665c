"""Scenarios that were recorded on real exchanges, in the scenario language: the same for every PBX that joins.

The times are those of the recording's own timeline, so durations can be compared too. `@name` is a CTI command,
which each PBX's adapter gives in its own protocol.
"""

from cti_simulators.scenario import Scenario, parse

INBOUND = 'trunk 79161234567 "Ivan Petrov" calls {did} as c1'
_TALK = INBOUND.format(did="74950000101") + "; 101 rings; 101 answers after 1.5s\n"
_QUEUE = INBOUND.format(did="74950000200") + "\n"
_END = "\nwait until quiet; wait 1s"

CASES: dict[str, str] = {
    "a_internal_caller_hangup": "101 calls 102; 102 rings; 102 answers after 2s; 101 hangs up after 3s",
    "b_internal_callee_hangup": "101 calls 102; 102 rings; 102 answers after 2s; 102 hangs up after 3s",
    "c_internal_no_answer": "101 calls 102; 102 rings",
    "d_internal_busy": "102 is busy; 101 calls 102",
    "e_internal_declined": "101 calls 102; 102 rings; 102 declines after 2s",
    "f_caller_cancels": "101 calls 102; 102 rings; 101 hangs up after 3s",
    "g_inbound_answered": INBOUND.format(did="74950000101") + "; 101 rings; 101 answers after 2s; c1 hangs up after 4s",
    "g2_inbound_utf8_name": """
        trunk +79031112233 "Пётр Иванов" calls 74950000101 as c1
        101 rings; 101 answers after 1.5s; 101 hangs up after 2s""",
    "g4_inbound_anonymous": """
        trunk anonymous "Anonymous" calls 74950000101 as c1
        101 rings; 101 answers after 1.5s; c1 hangs up after 1.5s""",
    "h_outbound_hold_by_operator": """
        101 calls 84951234567; 84951234567 rings; 84951234567 answers after 1.5s
        101 holds after 2s; 101 retrieves after 3s; 101 hangs up after 2s""",
    "h2_both_hold": """
        101 calls 84951234567 as ext; ext rings; ext answers after 1.5s
        101 holds after 1s; ext holds after 1.5s; ext retrieves after 1.5s; 101 retrieves after 1.5s
        ext hangs up after 1.5s""",
    "h3_hangup_during_hold": """
        101 calls 84951234567 as ext; ext rings; ext answers after 1.5s; 101 holds after 1s; ext hangs up after 2s""",
    "i_outbound_hold_by_external": """
        101 calls 84951234567 as ext; ext rings; ext answers after 1.5s
        ext holds after 2s; ext retrieves after 3s; 101 hangs up after 2s""",
    "j_attended_transfer": _TALK
    + """101 holds after 2s; 101 consults 102 after 700ms; 102 rings; 102 answers after 1.5s
        101 completes transfer after 2s; c1 hangs up after 3s""",
    "j2_attended_transfer_target_hangs_up": _TALK
    + """101 holds after 2s; 101 consults 102 after 700ms; 102 rings; 102 answers after 1.5s
        101 holds after 2s; 101 completes transfer after 500ms; 102 hangs up after 2s""",
    "j3_attended_transfer_to_external": _TALK
    + """101 holds after 1s; 101 consults 84997654321 as B after 500ms; B rings; B answers after 1.5s
        101 completes transfer after 1.5s; B hangs up after 2s""",
    "k_consultation_cancelled": _TALK
    + """101 holds after 2s; 101 consults 102 after 700ms; 102 rings; 102 answers after 1.5s
        101 hangs up after 2s; 101 retrieves after 700ms; 101 hangs up after 2s""",
    "l_blind_transfer": _TALK + "101 transfers to 102 after 2s; 102 rings; 102 answers after 2s; c1 hangs up after 3s",
    "l2_blind_transfer_no_answer": _TALK + "101 transfers to 102 after 1s; 102 rings",
    "m1_feature_blind": _TALK
    + """101 sends ## after 1.5s; 101 sends 102 after 1.5s; 102 rings; 102 answers after 1.5s
        c1 hangs up after 2s""",
    "m2_feature_attended": _TALK
    + """101 sends *2 after 1.5s; 101 sends 102 after 1.5s; 102 rings; 102 answers after 1.5s
        101 hangs up after 2s; 102 hangs up after 2s""",
    "n1_queue_ringall": _QUEUE + "102 rings; 102 answers after 3s; c1 hangs up after 3s",
    "n3_queue_abandon": _QUEUE + "101 rings; c1 hangs up after 4s",
    "n4_queue_pause": """
        @pause
        trunk 79161234567 "Ivan Petrov" calls 74950000200 as c1 after 1s
        101 rings; 101 answers after 1.5s; 101 hangs up after 2s; 102 unpauses queue support after 500ms
        @pause_everywhere after 1s; @unpause_everywhere after 500ms""",
    "n5_queue_member_add_remove": """
        103 joins queue support
        trunk 79161234567 "Ivan Petrov" calls 74950000200 as c1 after 1.2s
        101 rings; 101 answers after 1.5s; c1 hangs up after 2s; 103 leaves queue support""",
    "n6_queue_two_callers_wrapup": """
        trunk 79160000001 "Caller 1" calls 74950000200 as c1; 101 rings; 101 answers after 1s
        trunk 79160000002 "Caller 2" calls 74950000200 as c2 after 500ms; 102 rings; 102 answers after 1s
        101 hangs up after 2s; 102 hangs up
        trunk 79160000003 "Caller 3" calls 74950000200 as c3; 101 rings
        101 answers after 1s; c3 hangs up after 1.5s""",
    "n7_queue_local_members": INBOUND.format(did="74950000202")
    + "\n104 rings; 104 answers after 1.5s; 104 holds after 1.5s; 104 retrieves after 1.5s; c1 hangs up after 1s",
    "n9_queue_timeout": _QUEUE + "101 rings",
    "n10_queue_transfer": _QUEUE
    + """101 rings; 101 answers after 1.5s; 101 transfers to 103 after 1.5s
        103 rings; 103 answers after 1.5s; c1 hangs up after 2s""",
    "o1_park_retrieve": _TALK + "101 parks after 2.9s; 102 retrieves parked 701 after 2.1s; 102 hangs up after 2s",
    "p_confbridge": """
        101 calls 3001; 102 calls 3001 after 1.5s; trunk 79161234567 "Ivan Petrov" calls 74950003001 as c1 after 1.5s
        102 hangs up after 3.5s; c1 hangs up after 1s; 101 hangs up after 1s""",
    "q1_originate_ok": """
        @click_to_call
        101 rings; 101 answers after 1.5s; 84951234567 rings; 84951234567 answers after 2s; 101 hangs up after 3s""",
    "q2_originate_no_answer": "@click_to_call_briefly; 101 rings",
    "r1_redirect": _TALK + "wait 1.5s\n@redirect\n102 rings; 102 answers after 1.5s; c1 hangs up after 2s",
    "r3_ami_call_control": _TALK + "wait 6.8s\n@hang_up",
    "r2_atxfer_action": _TALK
    + "wait 1.5s\n@consult\n102 rings; 102 answers after 1.5s; 101 hangs up after 2s; c1 hangs up after 2s",
    "r5_blindtransfer_action": _TALK
    + "wait 1s\n@blind_transfer\n102 rings; 102 answers after 1.5s; 102 hangs up after 1.5s",
    "s2_directed_pickup": "103 calls 101; 101 rings; 102 picks up 101 after 2s; 103 hangs up after 2s",
    "t1_local_optimised": """
        101 calls 8102; 102 rings; 102 answers after 1.5s; 102 holds after 2s; 102 retrieves after 1.5s
        101 hangs up after 1s""",
    "t2_local_n": """
        101 calls 8202; 102 rings; 102 answers after 1.5s; 102 holds after 2s; 102 retrieves after 1.5s
        102 hangs up after 1s""",
    "t4_forward_in_dialplan": INBOUND.format(did="74950000104")
    + "; 102 rings; 102 answers after 1.5s; 102 hangs up after 2s",
    "t5_inbound_via_local": """
        trunk 79161234567 "Ivan Petrov" calls 74950000500 as c1
        101 rings; 101 answers after 1.5s; 101 holds after 1s; 101 retrieves after 1s; c1 hangs up after 1s
        trunk 79161234567 "Ivan Petrov" calls 74950000501 as c2 after 1s
        101 rings; 101 answers after 1.5s; 101 holds after 1s; 101 retrieves after 1s; c2 hangs up after 1s""",
    "y_bridge_action": """
        101 calls 102; 102 rings; 102 answers after 1s; 103 calls 104; 104 rings; 104 answers after 1s; wait 1s
        @bridge
        103 hangs up after 3s""",
    "u_dtmf": """
        101 calls 84951234567 as ext; ext rings; ext answers after 1.5s
        101 sends 123# after 1s; ext sends 45 after 3s; 101 sends 9 after 2s; 101 hangs up after 1.5s""",
}


def scenario(text: str) -> Scenario:
    """A case, and quiet after it."""
    return parse(text + _END)
