"""What is known of one Oktell over all operators' connections: calls and agents. Pure.

All sessions share it, in one event loop; so two operators of one call tell one call.
"""

from collections.abc import Iterable

from cti_model.agents import Agent
from cti_model.calls import Call

from connector_oktell.translate import Desk, State
from connector_oktell.translate.restore import restore
from connector_oktell.translate.users import Agents


class Picture:
    """The translator's state and the agents'."""

    def __init__(self, state: State) -> None:
        self.state = state
        self.agents = Agents(state.tenant, state.pbx)

    def restore(self, calls: Iterable[Call], agents: Iterable[Agent]) -> None:
        """Go on with what the bus knows."""
        restore(self.state, calls)
        self.agents.restore(agents)

    def desk(self, device: str) -> Desk:
        """The operator's telephone of that number."""
        return self.state.desk(device)
