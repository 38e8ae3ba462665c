"""Commands about the operator's own state, and questions that Oktell need not be asked for."""

import hashlib
from collections.abc import Sequence
from typing import Any, Final

from cti_connector.sight import Sight
from cti_model.calls import Command
from cti_model.commands import CommandRefused, ErrorCode, Membership
from cti_model.events import CallEvent

from connector_oktell.actions.plan import Ask, Plan, Question
from connector_oktell.translate.users import BREAK, BUSY, OFF, QUEUE, READY, REDIRECT
from connector_oktell.wire import can

_WORDS: Final = {"available": READY, "ready": READY, "dnd": OFF, "after_call": BUSY}


def set_agent_state(ask: Ask) -> Plan:
    """`available`, `dnd`, `after_call`, `redirect`, or a break: one of Oktell's kinds of it by name or id, or any word.

    `redirect` sends calls on to `to`, or where they were sent before; every other state ends that.
    """
    word = ask.request.agent_state
    if word.lower() == REDIRECT:
        return _redirect(ask)
    state = _WORDS.get(word.lower())
    return _set(_not_redirected(ask, {"userstateid": state} if state is not None else _break(ask, word)))


def _redirect(ask: Ask) -> Plan:
    on = Question("setuserstate", {"onredirect": True})
    user, to = ask.desk.user_id, ask.request.to
    if not to:
        return Plan((on,))
    if not can(ask.options.dated, "saveredirectrules"):
        raise CommandRefused(ErrorCode.NOT_SUPPORTED, "this Oktell is too old to be told where to")
    rule = {
        "id": hashlib.md5((user * 2).encode()).hexdigest(),  # noqa: S324 - one rule for each user, named as the library does
        "caption": "",
        "description": "",
        "priority": 1,
        "userid": user,
        "isenabled": True,
        "allowcascade": False,
        "state": 2,
        "destinationnumber": to,
        "onlyforredirectstate": True,
        "definesources": False,
    }
    return Plan((Question("saveredirectrules", {"redirectrule": rule}), on))


def _not_redirected(ask: Ask, fields: dict[str, Any]) -> dict[str, Any]:
    agent = ask.agents.known.get(ask.desk.device)
    return fields | ({"onredirect": False} if agent is not None and agent.reason == REDIRECT else {})


def queue_pause(ask: Ask) -> Plan:
    """A break."""
    return _set(_break(ask, ask.request.reason))


def queue_unpause(ask: Ask) -> Plan:
    """Ready again."""
    return _set({"userstateid": READY})


def queue_login(ask: Ask) -> Plan:
    """Enter the call centre."""
    return _centre(ask, inside=True)


def queue_logout(ask: Ask) -> Plan:
    """Leave the call centre."""
    return _centre(ask, inside=False)


def _centre(ask: Ask, *, inside: bool) -> Plan:
    if ask.request.queue != QUEUE:
        raise CommandRefused(ErrorCode.NOT_FOUND, f"Oktell has one call centre, named {QUEUE} here")
    return _set({"oncallcenter": inside})


def _break(ask: Ask, word: str) -> dict[str, Any]:
    if not word or word.lower() == "break":
        return {"userstateid": BREAK}
    for lunch, name in ask.agents.lunch.items():
        if word in (str(lunch), name):
            return {"userstateid": BREAK, "lunchreasonid": lunch}
    return {"userstateid": BREAK, "lunchreasonmsg": word}


def _set(fields: dict[str, Any]) -> Plan:
    """Seen by the answer, which tells the state after it."""
    return Plan((Question("setuserstate", fields),))


def snapshot(ask: Ask) -> Plan:
    """The operator's calls, as they are known here."""
    calls = tuple(b.call for b in ask.state.boxes.values() if b.extension(ask.request.device) is not None)
    return Plan((), lambda _: Sight(calls=calls))


def query_agent(ask: Ask) -> Plan:
    """The operator in the call centre, as it is known here."""
    agent = ask.agents.known.get(ask.request.device)
    parts = tuple(
        Membership(queue=each.queue, paused=each.paused, reason=each.reason, dynamic=each.dynamic)
        for each in (agent.queues if agent is not None else ())
    )

    def look(_: Sequence[CallEvent]) -> Sight | None:
        return Sight(memberships=parts)

    return Plan((), look)


USERS: Final = {
    Command.SET_AGENT_STATE: set_agent_state,
    Command.QUEUE_LOGIN: queue_login,
    Command.QUEUE_LOGOUT: queue_logout,
    Command.QUEUE_PAUSE: queue_pause,
    Command.QUEUE_UNPAUSE: queue_unpause,
    Command.SNAPSHOT: snapshot,
    Command.QUERY_AGENT: query_agent,
}
