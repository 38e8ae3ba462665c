"""What an agent may ask of the call centre. Pure. Source: webitel/engine (`wsapi/agent.go`) and webitel-sdk 26.4.29."""

from collections.abc import Mapping
from typing import Any, Final

from cti_simulators.webitel.new.calls import need
from cti_simulators.webitel.new.centre import Agent, Attempt, channel
from cti_simulators.webitel.new.faults import Refused
from cti_simulators.webitel.new.house import House
from cti_simulators.webitel.new.plan import UserPlan

Fields = dict[str, Any]


def _session(house: House, user: UserPlan, _: Fields) -> Fields:
    agent = house.centre.agents.get(user.agent_id)
    if agent is None:
        raise Refused("store.sql_agent.get_session.app_error", 404)
    return {
        "agent_id": user.agent_id,
        "status": agent.status,
        "status_payload": agent.payload or None,
        "status_comment": agent.comment or None,
        "last_status_change": agent.since,
        "status_duration": (house.centre.ms - agent.since) // 1000,
        "on_demand": agent.on_demand,
        "team": {"id": 2, "name": "team"},
        "is_supervisor": user.supervisor,
        "is_admin": False,
        "channels": [channel(agent)],
        "supervisor": [],
        "auditor": [],
        "screen_control": False,
        "desc_track": False,
    }


def _agent(house: House, action: str, data: Fields) -> Agent:
    agent = house.centre.agents.get(need(action, data, "agent_id", int))
    if agent is None:
        raise Refused("store.sql_agent.get.app_error", 404)
    return agent


def _subscribe(house: House, user: UserPlan, data: Fields) -> None:
    _agent(house, "cc_agent_subscribe_status", data)
    house.watching.add(user.id)


def _online(house: House, _: UserPlan, data: Fields) -> None:
    agent = _agent(house, "cc_agent_online", data)
    agent.on_demand = bool(data.get("on_demand"))
    house.centre.set_status(agent, "online")


def _pause(house: House, _: UserPlan, data: Fields) -> None:
    agent = _agent(house, "cc_agent_pause", data)
    house.centre.set_status(agent, "pause", str(data.get("payload") or ""), str(data.get("status_comment") or ""))


def _offline(house: House, _: UserPlan, data: Fields) -> None:
    house.centre.set_status(_agent(house, "cc_agent_offline", data), "offline")


def _waiting(house: House, _: UserPlan, data: Fields) -> Fields:
    """The agent says to be ready again, before the pause after a call is over."""
    agent = _agent(house, "cc_agent_waiting", data)
    for each in list(house.centre.attempts.values()):
        if each.agent is agent and each.due:
            house.centre.finish(each)
    return {"timestamp": house.centre.ms}


def _tasks(house: House, _: UserPlan, data: Fields) -> Fields:
    agent = _agent(house, "cc_agent_tasks", data)
    return {"items": [each.task for each in house.centre.attempts.values() if each.agent is agent]}


def _attempt(house: House, action: str, data: Fields) -> Attempt:
    attempt = house.centre.attempts.get(need(action, data, "attempt_id", int))
    if attempt is None:
        raise Refused("app.queue.attempt.not_found", 404)
    return attempt


def _reporting(house: House, _: UserPlan, data: Fields) -> None:
    attempt = _attempt(house, "cc_reporting", data)
    house.reports.append(data)
    if attempt.due:
        house.centre.finish(attempt)


def _renewal(house: House, _: UserPlan, data: Fields) -> None:
    attempt = _attempt(house, "cc_renewal", data)
    if attempt.state != "processing":
        raise Refused("app.queue.attempt.not_processing", 400)
    house.centre.prolong(attempt, int(data.get("renewal_sec") or 15))


def _accept(house: House, _: UserPlan, data: Fields) -> None:
    """Take the call that is offered: the telephone lifts itself."""
    leg = house.switch.legs.get(_attempt(house, "cc_agent_task_accept", data).leg_id)
    if leg is not None and leg.state == "ringing":
        house.switch.answer(leg)


def _close(house: House, _: UserPlan, data: Fields) -> None:
    """Refuse or end what is offered."""
    leg = house.switch.legs.get(_attempt(house, "cc_agent_task_close", data).leg_id)
    if leg is not None:
        house.switch.hang_up(leg, "NORMAL_CLEARING" if leg.answered else "CALL_REJECTED", "send_bye")


ACTIONS: Final[Mapping[str, Any]] = {
    "cc_agent_session": _session,
    "cc_agent_subscribe_status": _subscribe,
    "cc_agent_online": _online,
    "cc_agent_pause": _pause,
    "cc_agent_offline": _offline,
    "cc_agent_waiting": _waiting,
    "cc_agent_tasks": _tasks,
    "cc_reporting": _reporting,
    "cc_renewal": _renewal,
    "cc_agent_task_accept": _accept,
    "cc_agent_task_close": _close,
}
