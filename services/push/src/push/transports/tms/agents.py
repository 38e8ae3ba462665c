"""Agent states in the TMS protocol: one code without a reason, and a wrap-up that is switched on and off. Pure."""

from collections.abc import Collection
from typing import Final

from cti_model.agents import AgentState
from cti_model.view import UserView

ACTIVE: Final = "Active"
WRAP_UP: Final = "WrapUp"
AVAILABLE: Final = "available"
"""What a command calls the state in which calls may come."""

_CODE: Final = {
    AgentState.READY: ACTIVE,
    AgentState.BUSY: ACTIVE,
    AgentState.LOGGED_OUT: ACTIVE,
    AgentState.AFTER_CALL: WRAP_UP,
    AgentState.NOT_READY: "Away",
    AgentState.UNAVAILABLE: "Away",
}


def code_of(view: UserView, codes: Collection[str]) -> str:
    """The user's code: of the first telephone that is an agent's. Who is no agent can always be called: `Active`.

    A pause whose reason is one of the installation's `codes` has that code, any other is `Away`.
    """
    agent = next((each for each in view.agents if each.queues), None)
    if agent is None:
        return ACTIVE
    if agent.state is AgentState.NOT_READY and agent.reason in codes:
        return agent.reason
    return _CODE[agent.state]


def asked_state(code: str) -> str:
    """The `agent_state` of a command for a code."""
    return AVAILABLE if code == ACTIVE else code
