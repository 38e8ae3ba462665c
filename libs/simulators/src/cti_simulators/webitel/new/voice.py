"""What mod_grpc makes of FreeSWITCH's events: one call event for each event of a channel, from its user's view. Pure.

Source: webitel/mod_grpc (`Call.h`, `CallManager.cpp`). Texts where the source writes texts, numbers where numbers.
"""

from typing import Any, Final

from cti_simulators.freeswitch.exchange import Headers
from cti_simulators.freeswitch.legs import Leg
from cti_simulators.webitel.new.plan import Plan

Fields = dict[str, Any]
_EVENTS: Final = {
    "CHANNEL_CREATE": "ringing",
    "CHANNEL_PROGRESS": "progress",
    "CHANNEL_ANSWER": "active",
    "CHANNEL_UNHOLD": "active",
    "CHANNEL_BRIDGE": "bridge",
    "CHANNEL_HOLD": "hold",
    "DTMF": "dtmf",
    "CHANNEL_HANGUP_COMPLETE": "hangup",
    "WEBITEL_UPDATE": "update",
    "WEBITEL_EAVESDROP": "eavesdrop",
}
_SIP: Final = {
    "USER_BUSY": 486,
    "NO_ANSWER": 480,
    "ORIGINATOR_CANCEL": 487,
    "CALL_REJECTED": 603,
    "NO_ROUTE_DESTINATION": 404,
    "LOSE_RACE": 200,
}
_OWN_END: Final = ("recv_bye", "recv_refuse", "recv_cancel")


def call_event(plan: Plan, headers: Headers, leg: Leg) -> Fields | None:
    """The body of a call event about a leg; None for an event of which nothing is told.

    Of a leg with `process_cdr=false` only the end is, which says that the call is to be forgotten.
    """
    event = _EVENTS.get(headers["Event-Name"])
    silent = leg.variables.get("process_cdr") == "false"
    if event is None or (silent and event != "hangup"):
        return None
    user = plan.user(leg.user)
    at_us = int(headers["Event-Date-Timestamp"])
    data: Fields = {} if user is None else {"user_id": user.id}
    if event == "ringing":
        data |= _ringing(plan, leg)
    elif event == "bridge":
        data |= _bridge(plan, leg)
    elif event == "hangup":
        data |= _hangup(plan, leg, at_us) | ({"cdr": False} if silent else {})
    elif event == "dtmf":
        data["digit"] = headers["DTMF-Digit"]
    elif event == "update":
        data["payload"] = _named(leg, "usr_")
    elif event == "eavesdrop":
        data |= {"type": headers["Type"], "state": headers["State"]}
    return _event(plan, leg.uid, event, at_us // 1000, "" if user is None else str(user.id), data)


def heartbeat_lost(plan: Plan, uid: str, user_id: str, ms: int) -> Fields:
    """The end of a leg that is told in FreeSWITCH's place, since that says nothing of it any more."""
    data: Fields = {"cause": "MEDIA_TIMEOUT", "sip": 604, "hangup_by": "service"}
    return _event(plan, uid, "hangup", ms, user_id, data | ({"user_id": int(user_id)} if user_id else {}))


def _event(plan: Plan, uid: str, event: str, ms: int, user_id: str, data: Fields) -> Fields:
    return {
        "id": uid,
        "event": event,
        "timestamp": str(ms),
        "domain_id": str(plan.domain_id),
        "user_id": user_id,
        "app_id": plan.node,
        "data": data,
    }


def prompted(leg: Leg) -> bool:
    """Whether the engine made this leg for its user: it rings the own telephone first."""
    return leg.variables.get("wbt_originate") == "true"


def outward(leg: Leg) -> bool:
    """Whether its user is the one who calls."""
    return prompted(leg) or not leg.outbound


def endpoint(plan: Plan, number: str, name: str = "", kind: str = "") -> Fields:
    """Somebody as an event names them; `kind` where it is nobody of the company's."""
    user = plan.user(number)
    if user is None:
        return {"type": kind, "number": number, "name": name or number, "id": ""}
    return {"type": "user", "number": number, "name": user.name, "id": str(user.id)}


def dialled(number: str) -> Fields:
    """Whom a user has the engine call: nothing is known but the number."""
    return {"type": "dest", "number": number, "name": number, "id": ""}


def _named(leg: Leg, prefix: str) -> dict[str, str]:
    return {name.removeprefix(prefix): value for name, value in leg.variables.items() if name.startswith(prefix)}


def _ringing(plan: Plan, leg: Leg) -> Fields:
    data: Fields = {"sip_id": leg.uid, "direction": "outbound" if outward(leg) else "inbound"}
    parent = leg.originator.uid if leg.originator is not None else leg.variables.get("wbt_parent_id", "")
    if parent:
        data["parent_id"] = parent
    if not leg.user:
        data["gateway_id"] = 3
    if prompted(leg):
        called = leg.variables.get("wbt_to_number", "")
        data |= {"destination": called, "from": endpoint(plan, leg.user), "to": dialled(called)}
        data |= {"originate": True, "params": _params(leg)}
    elif outward(leg):
        data |= {"destination": leg.destination, "from": endpoint(plan, leg.user or leg.number, leg.name, "dest")}
    else:
        said = leg.originator.destination if leg.originator is not None else leg.destination
        data |= {"destination": said, "from": endpoint(plan, leg.number, leg.name, "dest")}
        data["to"] = endpoint(plan, leg.user or leg.destination, kind="dest")
    if queue := _named(leg, "cc_"):
        data |= {"queue": queue, "params": _params(leg)}
    if spied := _named(leg, "wbt_eavesdrop_"):
        data["eavesdrop"] = {name: spied[name] for name in ("type", "state")}
    return data | _payload(leg)


def _params(leg: Leg) -> Fields:
    auto = leg.variables.get("wbt_auto_answer")
    return {"video": False, "screen": False, "disableStun": False} | ({"autoAnswer": auto} if auto else {})


def _payload(leg: Leg) -> Fields:
    given = _named(leg, "usr_")
    return {"payload": given} if given else {}


def far_number(leg: Leg | None) -> str:
    """By which number a leg's side is known to the other."""
    if leg is None:
        return ""
    return leg.user or (leg.variables.get("wbt_to_number", leg.destination) if leg.outbound else leg.number)


def _bridge(plan: Plan, leg: Leg) -> Fields:
    peer, number = leg.peer, far_number(leg.peer)
    name = endpoint(plan, number, "" if peer is None or peer.outbound else peer.name)["name"]
    # Here a leg that the engine made counts as called, unlike in `ringing`.
    data: Fields = {
        "direction": "inbound" if leg.outbound else "outbound",
        "to": {"type": "", "number": number, "name": name, "id": ""},
    }
    return data | ({"bridged_id": peer.uid} if peer is not None else {}) | _payload(leg)


def _hangup(plan: Plan, leg: Leg, at_us: int) -> Fields:
    ended, cause = leg.variables.get("sip_hangup_disposition", ""), leg.cause
    if ended == "recv_cancel":
        cause = "ORIGINATOR_CANCEL"
    child = leg.originator is not None
    own = ended in _OWN_END or (ended == "send_refuse" and child) or "grpc_send_hangup" in leg.variables
    data: Fields = {
        "cause": cause,
        "sip": _SIP.get(cause, 200),
        "hangup_by": "B" if own is child else "A",
        "originate_success": prompted(leg) and bool(leg.answered),
        "is_parent": child,
    }
    data |= {name: leg.variables[f"wbt_{name}"] for name in _TRANSFERS if f"wbt_{name}" in leg.variables}
    if leg.bridged:
        data["talk_sec"] = str((at_us - leg.bridged) // 1_000_000)
        if plan.recorded and leg.user:
            data |= {"record_start": str(leg.bridged // 1000), "record_stop": str(at_us // 1000)}
    if "cc_reporting_at" in leg.variables:
        data["reporting_at"] = leg.variables["cc_reporting_at"]
    return data | _payload(leg)


_TRANSFERS: Final = (
    "transfer_to",
    "transfer_from",
    "transfer_to_agent",
    "transfer_from_attempt",
    "transfer_to_attempt",
)
