"""What one operator's link asks and hears of them as an agent: who they are there, how they stand, what they finish."""

from datetime import datetime
from typing import Final

from cti_connector.session import Turn

from connector_webitel.new.agents import Agents
from connector_webitel.new.questions import Ask
from connector_webitel.new.snapshot import items, legs_of
from connector_webitel.new.state import State
from connector_webitel.new.wire import Notice, Reply, fields, number, text

_WHO: Final = "cc_agent_session"
_SUBSCRIBE: Final = "cc_agent_subscribe_status"
_TASKS: Final = "cc_agent_tasks"
_ENGINES_OWN: Final = 500  # a fault from here on says nothing of the agent


class Centre:
    """One operator's. The engine tells nothing of an agent until it is asked who they are, and to tell."""

    def __init__(self, agents: Agents, state: State, device: str, ask: Ask) -> None:
        self._agents = agents
        self._state = state
        self._device = device
        self._ask = ask
        self._subscribed = False
        self._there = True

    def begin(self) -> bytes:
        """Ask who the operator is there, and then to be told; again where the engine may tell no more."""
        self._subscribed = False
        return self.ask()

    def ask(self) -> bytes:
        """Ask how the operator stands: with each comparison, since events can stop unseen."""
        return self._ask(_WHO, None, self._stands) if self._there else b""

    def hear(self, notice: Notice, at: datetime, turn: Turn) -> None:
        """An event; all but three are not about agents."""
        if notice.name == "agent_status":
            turn.agents += self._agents.status(self._device, notice.data, at)
        elif notice.name == "channel":
            turn.agents += self._agents.channel(self._device, notice.data, at)
        elif notice.name == "hello":
            self._there = notice.data.get("use_cc") is not False
            name = text(fields(notice.data, "session"), "name")
            self._agents.names[self._device] = name or self._agents.names.get(self._device, "")

    def look(self, at: datetime, turn: Turn) -> None:
        """After calls were told: whether the telephone is free."""
        legs = self._state.legs
        mine = [legs[uid] for uid in legs_of(self._state, self._device)]
        turn.agents += self._agents.phone(self._device, mine, at)

    def _stands(self, reply: Reply, at: datetime, turn: Turn) -> None:
        if reply.fault is not None and reply.fault.code >= _ENGINES_OWN:
            return
        if reply.fault is not None or not number(reply.data, "agent_id"):
            turn.agents += self._agents.none(self._device, at)
            return
        turn.agents += self._agents.session(self._device, reply.data, at)
        agent = {"agent_id": self._agents.standings[self._device].agent_id}
        if self._subscribed:
            turn.send += self._ask(_TASKS, agent, self._tasks)
        else:
            turn.send += self._ask(_SUBSCRIBE, agent, self._told_from_now_on)

    def _told_from_now_on(self, reply: Reply, at: datetime, turn: Turn) -> None:
        """What changed between the two questions is in the answer to the same one asked again."""
        self._subscribed = reply.fault is None
        standing = self._agents.standings.get(self._device)
        if self._subscribed:
            turn.send += self.ask()
        elif standing is not None:  # else another answer has come meanwhile: no agent any more
            turn.send += self._ask(_TASKS, {"agent_id": standing.agent_id}, self._tasks)

    def _tasks(self, reply: Reply, at: datetime, turn: Turn) -> None:
        turn.agents += self._agents.tasks(self._device, items(reply.data), at)
