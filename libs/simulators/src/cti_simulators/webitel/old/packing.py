"""What the old engine makes of FreeSWITCH's events: the selection that a user gets, and what is subscribed to. Pure.

Source: the public engine (`handleEslEvent`, `eslEvents/calls`, `eslEvents/callCentre`).
"""

from collections.abc import Mapping
from typing import Any, Final

Headers = Mapping[str, Any]

_CHANNEL: Final = "CREATE DESTROY CALLSTATE STATE ANSWER HANGUP HANGUP_COMPLETE HOLD UNHOLD BRIDGE UNBRIDGE UUID"
OWN: Final = frozenset(f"CHANNEL_{name}" for name in _CHANNEL.split()) | {"DTMF"}
"""The events of a user's own channels that the engine passes on."""
RECORDED: Final = frozenset({"RECORD_START", "RECORD_STOP"})
"""Passed on where a site's own filter lets them through."""
_SERVER: Final = (OWN - {"CHANNEL_UUID"}) | RECORDED
_HEADERS: Final = """
Event-Name Channel-Presence-ID Unique-ID Channel-Call-UUID Channel-Call-State Original-Channel-Call-State
Channel-State-Number Channel-State Answer-State Channel-HIT-Dialplan Call-Direction Caller-Logical-Direction
variable_sip_call_id Caller-Callee-ID-Name Caller-Callee-ID-Number Caller-Caller-ID-Name Caller-Caller-ID-Number
Caller-Destination-Number variable_w_jsclient_originate_number variable_w_jsclient_auto_answer Call-Info
Caller-Channel-Created-Time Caller-Channel-Answered-Time Caller-Channel-Hangup-Time DTMF-Digit Bridge-A-Unique-ID
Bridge-B-Unique-ID variable_originating_leg_uuid variable_webitel_att_xfer variable_cc_queue
variable_cc_member_session_uuid variable_w_transfer_result variable_signal_bond variable_dlr_session_id
variable_webitel_data
"""
_KEYS: Final = tuple(_HEADERS.split())


def owned(headers: Headers) -> dict[str, Any] | None:
    """The frame of a user's own channel; None for an event that is not passed on. What is absent stays so."""
    if headers.get("Event-Name") not in OWN | RECORDED or "Channel-Presence-ID" not in headers:
        return None
    frame: dict[str, Any] = {"webitel-event-name": "call"}
    frame |= {key: headers[key] for key in _KEYS if key in headers}
    for key, sources in _RENAMED.items():
        found = next((headers[each] for each in sources if headers.get(each)), None)
        if found is not None:
            frame[key] = found
    return frame


_RENAMED: Final = {
    "variable_w_account_origination_uuid": ("variable_webitel_call_uuid",),
    "variable_w_jsclient_xtransfer": ("variable_w_jsclient_xtransfer", "variable_sip_h_X-WebitelXTransfer"),
    "variable_hangup_cause": ("variable_hangup_cause", "Hangup-Cause"),
    "Other-Leg-Unique-ID": ("Other-Leg-Unique-ID", "variable_originating_leg_uuid"),
}


def subscribed(headers: Headers) -> dict[str, Any] | None:
    """The frame for who is subscribed to the whole domain, and under which name stands in its `Event-Name`."""
    name = str(headers.get("Event-Name", ""))
    if name in _SERVER:
        return {**headers, "webitel-event-name": "server", "Event-Name": f"SE:{name}"}
    if headers.get("Event-Subclass") == "callcenter::info":
        action = str(headers.get("CC-Action", "")).upper()
        return {**headers, "webitel-event-name": "server", "Event-Name": f"CC::{action}"}
    return None
