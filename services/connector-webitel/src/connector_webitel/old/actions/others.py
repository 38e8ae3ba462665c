"""Supervision, an agent's part in the call centre, and questions."""

from typing import Any, Final

from cti_freeswitch.supervising import AVAILABLE, EAVESDROP, QUESTIONS, overheard
from cti_model.agents import AgentState
from cti_model.calls import Command
from cti_model.commands import CommandRefused, ErrorCode

from connector_webitel.old.actions.calls import rings
from connector_webitel.old.actions.plan import Ask, Plan
from connector_webitel.old.wire import Request


def spy(ask: Ask) -> Plan:
    """The supervisor's telephone rings; lifted, it is in the call of the named connection, in the way of the verb.

    `side` is what the telephone shows as its caller; without it the engine takes the supervisor's own account.
    """
    channel, connection = overheard(ask)
    shown = connection.device.number
    mode = [f"{name}={value}" for name, value in EAVESDROP[ask.request.verb].items()]
    args: dict[str, Any] = {"user": ask.user, "channel-uuid": channel.uid, "side": shown, "display": shown}
    args |= {"variables": mode} if mode else {}
    return Plan((Request("eavesdrop", args),), rings(ask, shown))


def set_agent_state(ask: Ask) -> Plan:
    """A presence: free, or away for a reason. Whether the agent is in the call centre is another matter."""
    reason = ask.request.agent_state
    return _presence(ask, "ONHOOK" if reason == AVAILABLE else f"ONBREAK {reason}")


def queue_pause(ask: Ask) -> Plan:
    """Send the agent no calls, in any queue."""
    return _presence(ask, f"ONBREAK {ask.request.reason}".strip())


def queue_unpause(ask: Ask) -> Plan:
    """Send it calls again."""
    return _presence(ask, "ONHOOK")


def _presence(ask: Ask, value: str) -> Plan:
    return Plan((Request("api account change", {"user": ask.user, "param": "status", "value": value}),))


def queue_login(ask: Ask) -> Plan:
    """Into the call centre, in all queues that the agent is configured for: the engine knows no other way.

    It does nothing for whom it has logged in before, though another has put them out since (public source): so whoever
    is out is logged out first, which it forgets them by.
    """
    _own_line(ask)
    is_out = ask.agents.agent(ask.request.device).state is AgentState.LOGGED_OUT
    first = (Request("cc logout"),) if is_out else ()
    return Plan((*first, Request("cc login", {"status": "Available"})))


def queue_logout(ask: Ask) -> Plan:
    """Out of it."""
    _own_line(ask)
    return Plan((Request("cc logout"),))


def _own_line(ask: Ask) -> None:
    """`cc` acts on whoever says it: a service account cannot say it for others."""
    if ask.account != ask.user:
        raise CommandRefused(ErrorCode.NOT_SUPPORTED, "only over the operator's own connection")


OTHERS: Final = {
    **dict.fromkeys(EAVESDROP, spy),
    Command.SET_AGENT_STATE: set_agent_state,
    Command.QUEUE_LOGIN: queue_login,
    Command.QUEUE_LOGOUT: queue_logout,
    Command.QUEUE_PAUSE: queue_pause,
    Command.QUEUE_UNPAUSE: queue_unpause,
    **QUESTIONS,
}
