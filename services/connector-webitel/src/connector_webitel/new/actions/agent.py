"""An agent's part in the call centre, and questions that the engine need not be asked for."""

from collections.abc import Callable, Sequence
from typing import Final

from cti_connector.sight import Seen, Sight
from cti_model.agents import AgentState
from cti_model.calls import Command
from cti_model.commands import CommandRefused, ErrorCode, Membership
from cti_model.events import CallEvent

from connector_webitel.naming import CENTRE
from connector_webitel.new.actions.faults import ALREADY_OUT, ALREADY_PAUSED
from connector_webitel.new.actions.plan import Ask, Plan, Step
from connector_webitel.new.standing import CHANNEL, MISSED, OFFLINE, ONLINE, Standing
from connector_webitel.new.wire import Fields

_READY: Final = ("available", "ready", "onhook", "online", "active")
_OUT: Final = ("offline", "logged_out", "notlogged")
_AFTER_CALL: Final = "after_call"
_AWAY: Final = ("pause", "break", "onbreak", "away", "not_ready", "notready")
"""Words that say that an agent is away, but not why."""


def set_agent_state(ask: Ask) -> Plan:
    """Ready, out, finishing a call for longer, or a pause: its name is what Webitel calls the pause's cause."""
    word, reason = ask.request.agent_state, ask.request.reason
    match word.lower():
        case ready if ready in _READY:
            return _ready(ask)
        case out if out in _OUT:
            return _offline(ask)
        case after if after == _AFTER_CALL:
            return _prolong(ask)
        case away if away in _AWAY:
            return _pause(ask, reason)
    return _pause(ask, word, reason)


def queue_login(ask: Ask) -> Plan:
    """Enter the call centre, in all queues that the agent is configured for: Webitel knows no other way."""
    _whole(ask)
    return _online(ask)


def queue_logout(ask: Ask) -> Plan:
    """Leave it."""
    _whole(ask)
    return _offline(ask)


def queue_pause(ask: Ask) -> Plan:
    """Send the agent no calls, of any queue."""
    return _pause(ask, ask.request.reason)


def queue_unpause(ask: Ask) -> Plan:
    """Send it calls again."""
    return _online(ask)


def _whole(ask: Ask) -> None:
    if ask.request.queue != CENTRE:
        raise CommandRefused(ErrorCode.NOT_FOUND, f"an agent enters all queues at once: they are named {CENTRE} here")


def _standing(ask: Ask) -> Standing:
    standing = ask.agents.standings.get(ask.request.device)
    if standing is None:
        raise CommandRefused(ErrorCode.NOT_SUPPORTED, "this Webitel user is no agent of the call centre")
    return standing


def _step(action: str, data: Fields) -> Step:
    return Step(action, lambda: data)


def _becomes(standing: Standing, stands: Callable[[Standing], bool]) -> Seen:
    def look(_: Sequence[CallEvent]) -> Sight | None:
        return Sight() if stands(standing) else None

    return look


def _online(ask: Ask) -> Plan:
    standing = _standing(ask)
    steps = () if standing.status == ONLINE else (_enters(standing),)
    return Plan(steps, _becomes(standing, lambda each: each.status == ONLINE))


def _enters(standing: Standing) -> Step:
    """A log-in sets both: what else the agent has, and how they work, stays as it is."""
    more = {"channels": list(standing.channels), "on_demand": standing.on_demand}
    return _step("cc_agent_online", {"agent_id": standing.agent_id, **more})


def _ready(ask: Ask) -> Plan:
    """Ready for the next call: what is left of the last one ends, and so does a pause."""
    standing, steps = _standing(ask), []
    agent = {"agent_id": standing.agent_id}
    if standing.channel == "processing" and standing.attempt:
        steps.append(_step("cc_reporting", {"attempt_id": standing.attempt, "success": True, **agent}))
    elif standing.finishing or standing.channel == MISSED:
        steps.append(_step("cc_agent_waiting", {**agent, "channel": CHANNEL}))
    if standing.status != ONLINE:
        steps.append(_enters(standing))
    ready = _becomes(standing, lambda each: each.status == ONLINE and not (each.finishing or each.channel == MISSED))
    return Plan(tuple(steps), ready)


def _offline(ask: Ask) -> Plan:
    standing = _standing(ask)
    step = _step("cc_agent_offline", {"agent_id": standing.agent_id})
    return Plan((step,), _becomes(standing, lambda each: each.status == OFFLINE), harmless=(ALREADY_OUT,))


def _pause(ask: Ask, payload: str, comment: str = "") -> Plan:
    standing = _standing(ask)
    more = {"status_comment": comment} if comment else {}
    step = _step("cc_agent_pause", {"agent_id": standing.agent_id, "payload": payload, **more})
    wanted = payload or "pause"
    seen = _becomes(standing, lambda each: each.status == "pause" and each.reason == wanted)
    return Plan((step,), seen, harmless=(ALREADY_PAUSED,))


def _prolong(ask: Ask) -> Plan:
    """Webitel itself begins the time after a call; it can only be asked for more of it."""
    standing = _standing(ask)
    if standing.channel != "processing" or not standing.attempt:
        raise CommandRefused(ErrorCode.WRONG_STATE, "no queue's call to finish")
    if not standing.renewal_s:
        raise CommandRefused(ErrorCode.NOT_SUPPORTED, "this queue gives no more time to finish a call")
    return Plan((_step("cc_renewal", {"attempt_id": standing.attempt, "renewal_sec": standing.renewal_s}),))


def query_agent(ask: Ask) -> Plan:
    """The agent in the call centre, as it was told last. Nothing is sent."""
    agent = ask.agents.known.get(ask.request.device)
    parts = tuple(
        Membership(
            queue=each.queue,
            name=agent.name if agent is not None else "",
            paused=each.paused,
            reason=each.reason,
            dynamic=each.dynamic,
            in_call=each.state is AgentState.BUSY,
        )
        for each in (agent.queues if agent is not None else ())
    )
    return Plan(seen=lambda _: Sight(memberships=parts))


def snapshot(ask: Ask) -> Plan:
    """The calls that the telephone has now, as they were told so far. Nothing is sent."""
    mine = {leg.box.call.call_id: leg.box.call for leg in ask.of(ask.request.device) if leg.box is not None}
    return Plan(seen=lambda _: Sight(calls=tuple(mine.values())))


AGENT: Final = {
    Command.SET_AGENT_STATE: set_agent_state,
    Command.QUEUE_LOGIN: queue_login,
    Command.QUEUE_LOGOUT: queue_logout,
    Command.QUEUE_PAUSE: queue_pause,
    Command.QUEUE_UNPAUSE: queue_unpause,
    Command.QUERY_AGENT: query_agent,
    Command.SNAPSHOT: snapshot,
}
