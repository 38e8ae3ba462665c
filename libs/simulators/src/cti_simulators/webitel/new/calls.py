"""What a user may ask of calls: who may, what it does to the switch, what is answered. Pure.

Source: webitel/engine (`wsapi/call.go`, `app/call.go`) and webitel/mod_grpc. An answer means accepted: what follows is
told as events. Answering is no command: it is the telephone's.
"""

from collections.abc import Mapping
from typing import Any, Final

from cti_simulators.freeswitch.exchange import RING_S
from cti_simulators.freeswitch.legs import Leg
from cti_simulators.webitel.new.faults import Refused, invalid
from cti_simulators.webitel.new.house import House
from cti_simulators.webitel.new.plan import UserPlan

Fields = dict[str, Any]


def need(action: str, data: Fields, name: str, kind: type) -> Any:
    """A parameter that must be there. Raises `Refused`."""
    value = data.get(name)
    if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
        raise invalid(action, name)
    return value


def _leg(house: House, action: str, data: Fields, *, node: bool = True) -> Leg | None:
    """The leg that is meant; None when there is none any more."""
    uid = need(action, data, "id", str)
    if node:
        need(action, data, "app_id", str)
    return house.switch.legs.get(uid)


def _invite(house: House, user: UserPlan, data: Fields) -> Fields:
    to = need("call_invite", data, "destination", str)
    params = data.get("params") if isinstance(data.get("params"), dict) else {}
    leg = _originate(house, user, to, params or {})
    return {"id": leg.uid}


def _originate(house: House, user: UserPlan, to: str, params: Fields, variables: Fields | None = None) -> Leg:
    """Ring the user's own telephone, which lifts itself unless it is told not to."""
    if user.number in house.switch.busy:
        raise Refused("external.new_call.app_error", 500, "USER_BUSY")
    given = {f"usr_{name}": str(value) for name, value in (params.get("variables") or {}).items()}
    itself = not params.get("disableAutoAnswer")
    own = {"wbt_originate": "true", "wbt_to_number": to} | ({"wbt_auto_answer": "true"} if itself else {})
    timeout = params.get("timeout")
    ring_s = float(timeout) if isinstance(timeout, int | float) and timeout > 0 else RING_S
    leg = house.switch.originate(user.number, to, to, given | own | (variables or {}), ring_s=ring_s)
    if itself:
        house.switch.lift_itself(leg)
    return leg


def _call_user(house: House, user: UserPlan, data: Fields) -> Fields:
    wanted = need("call_user", data, "toUserId", int)
    to = next((each for each in house.plan.users if each.id == wanted), None)
    if to is None:
        raise Refused("store.sql_user.get_call_info.app_error", 404)
    parent = data.get("parentCallId")
    more = {"wbt_parent_id": parent} if isinstance(parent, str) and parent else {}
    return {"call_id": _originate(house, user, to.number, data, more).uid}


def _hang_up(house: House, _: UserPlan, data: Fields) -> None:
    leg = _leg(house, "call_hangup", data)
    if leg is not None:
        leg.variables["grpc_send_hangup"] = "true"
        house.switch.hang_up(leg, str(data.get("cause") or "NORMAL_CLEARING"), "send_bye")


def _hold(house: House, _: UserPlan, data: Fields) -> None:
    leg = _leg(house, "call_hold", data)
    if leg is not None:
        house.switch.hold(leg, True)


def _unhold(house: House, _: UserPlan, data: Fields) -> None:
    leg = _leg(house, "call_unhold", data)
    if leg is not None:
        house.switch.hold(leg, False)


def _dtmf(house: House, _: UserPlan, data: Fields) -> None:
    """Only the first one of several digits."""
    leg, digits = _leg(house, "call_dtmf", data), need("call_dtmf", data, "dtmf", str)
    if not digits:
        raise invalid("call_dtmf", "dtmf")
    if leg is None:
        raise Refused("external.dtmf.app_error", 500, "No such channel!")
    house.switch.say("DTMF", leg, DTMF__Digit=digits[0])


def _mute(house: House, _: UserPlan, data: Fields) -> None:
    leg, muted = _leg(house, "call_mute", data), need("call_mute", data, "mute", bool)
    if leg is None:
        raise Refused("external.mute.app_error", 500, "No such channel!")
    (house.muted.add if muted else house.muted.discard)(leg.uid)


def _blind(house: House, _: UserPlan, data: Fields) -> None:
    _transfer(house, data, "call_blind_transfer", need("call_blind_transfer", data, "destination", str))


def _blind_to_queue(house: House, _: UserPlan, data: Fields) -> None:
    wanted = need("call_bt_queue", data, "queue_id", int)
    queue = next((each for each in house.plan.queues if each.id == wanted), None)
    if queue is None:
        raise Refused("store.sql_queue.get.app_error", 404)
    _transfer(house, data, "call_bt_queue", queue.number)


def _transfer(house: House, data: Fields, action: str, to: str) -> None:
    """The other end goes there: whom the leg talks with, else who calls it, else the leg itself."""
    if not to:
        raise invalid(action, "destination")
    leg = _leg(house, action, data, node=False)
    if leg is None:
        raise Refused("store.sql_call.get_blind_transfer.app_error", 404)
    if leg.originator is not None and not leg.answered and "cc_attempt_id" in leg.variables:
        raise Refused("app.call.transfer", 400, "queue call is not answered")
    house.rows.noted(leg.uid, "blind_transfer", to)
    given = data.get("variables")
    moved = leg.peer if leg.talks and leg.peer is not None else leg.originator or leg
    moved.variables |= {f"usr_{name}": str(value) for name, value in (given or {}).items()}
    house.switch.blind(moved, to)
    if moved is leg.originator and leg.alive and not leg.answered:
        leg.originator = None
        house.switch.hang_up(leg, "ORIGINATOR_CANCEL", "send_cancel")


def _to_queue(house: House, user: UserPlan, data: Fields) -> None:
    """A consultation: another call of the user's own, beside the one that is its parent."""
    parent = str(data.get("parent_id") or "")
    called: list[str] = [each.number for each in house.plan.queues if each.id == data.get("queue_id")]
    called += [each.number for each in house.plan.users if each.agent_id and each.agent_id == data.get("agent_id")]
    if not called:
        raise invalid("call_to_queue", "queue_id")
    params = data.get("params") if isinstance(data.get("params"), dict) else {}
    _originate(house, user, called[0], params or {}, {"wbt_parent_id": parent} if parent else {})


def _bridge(house: House, _: UserPlan, data: Fields) -> Fields:
    """Attended transfer: the far ends of the two calls talk with each other."""
    ends = []
    for name in ("from_id", "to_id"):
        leg = house.switch.legs.get(need("call_bridge", data, name, str))
        if leg is None:
            raise Refused("store.sql_call.get_bridge_info.app_error", 404)
        if not leg.talks or leg.peer is None:
            raise Refused("external.bridge_call.app_error", 500, "Invalid id")
        ends.append(leg.peer)
    house.switch.pass_on(ends[0], ends[1])
    return {}


def _eavesdrop(house: House, user: UserPlan, data: Fields) -> Fields:
    if not user.supervisor:
        raise Refused("api.context.permissions.app_error", 403)
    spied = _leg(house, "call_eavesdrop", data, node=False)
    agent = None if spied is None else house.plan.user(spied.user)
    if spied is None or agent is None or not spied.talks:
        raise Refused("store.sql_call.get_eavesdrop_info.app_error", 404)
    state = "prompt" if data.get("whisperA") or data.get("whisperB") else "muted"
    about = {
        "wbt_originate": "true",
        "wbt_auto_answer": "true",
        "wbt_to_number": agent.number,
        "wbt_eavesdrop_type": "notify",
        "wbt_eavesdrop_state": str(data.get("state") or state),
        "wbt_eavesdrop_agent_id": spied.uid,
    }
    if spied.originator is not None:
        about["wbt_parent_id"] = spied.originator.uid
    leg = house.switch.originate(user.number, "", agent.number, about)
    house.switch.spy(leg, spied)
    house.switch.lift_itself(leg)
    return {"id": leg.uid}


def _eavesdrop_state(house: House, _: UserPlan, data: Fields) -> Fields:
    leg, state = _leg(house, "call_eavesdrop_state", data, node=False), need("call_eavesdrop_state", data, "state", str)
    if leg is None or "wbt_eavesdrop_state" not in leg.variables:
        raise Refused("store.sql_call.get_instance.app_error", 404)
    leg.variables["wbt_eavesdrop_state"] = state
    house.tell_spied(leg, state)
    return {}


def _recordings(house: House, _: UserPlan, data: Fields) -> Fields:
    uid = need("call_recordings", data, "id", str)
    files = house.files_of(uid)
    if not files:
        raise Refused("store.sql_call.get_last_file.app_error", 404)
    return {"file_id": files[-1]}


def _set_params(house: House, _: UserPlan, data: Fields) -> None:
    leg = _leg(house, "call_set_params", data, node=False)
    if leg is None:
        raise Refused("store.sql_call.get_instance.app_error", 404)
    given = need("call_set_params", data, "variables", dict)
    leg.variables |= {f"usr_{name}": str(value) for name, value in given.items()}
    house.switch.say("WEBITEL_UPDATE", leg)


ACTIONS: Final[Mapping[str, Any]] = {
    "call_invite": _invite,
    "call_user": _call_user,
    "call_hangup": _hang_up,
    "call_hold": _hold,
    "call_unhold": _unhold,
    "call_dtmf": _dtmf,
    "call_mute": _mute,
    "call_blind_transfer": _blind,
    "call_blind_transfer_ext": _blind,
    "call_bt_queue": _blind_to_queue,
    "call_to_queue": _to_queue,
    "call_bridge": _bridge,
    "call_eavesdrop": _eavesdrop,
    "call_eavesdrop_state": _eavesdrop_state,
    "call_recordings": _recordings,
    "call_set_params": _set_params,
}
