"""Webitel's call centre: agents, queues that offer a caller to one agent at a time, and the work after a call. Pure.

Source: webitel/call_center (`queue/events.go`, `agent_manager`).
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

from cti_simulators.freeswitch.exchange import Headers
from cti_simulators.freeswitch.legs import Leg
from cti_simulators.scenario import Impossible
from cti_simulators.webitel.new.exchange import WebitelSwitch
from cti_simulators.webitel.new.plan import Plan, QueuePlan, UserPlan

Fields = dict[str, Any]
NODE: Final = "cc-1"


@dataclass(eq=False)
class Agent:
    """`state`: of the channel for calls; `since`, `joined_at`: milliseconds."""

    user: UserPlan
    since: int
    joined_at: int
    status: str = "offline"
    payload: str = ""
    comment: str = ""
    on_demand: bool = False
    state: str = "waiting"


@dataclass(eq=False)
class Attempt:
    """A caller who is offered to an agent. `due`: when the work after the call is over by itself, in milliseconds."""

    id: int
    queue: QueuePlan
    member: Leg
    agent: Agent
    leg_id: str
    state: str = "distribute"
    due: int = 0

    @property
    def task(self) -> Fields:
        """As lists show it."""
        return self.about | {"attempt_id": self.id, "state": self.state}

    @property
    def about(self) -> Fields:
        """As the event that begins it says it."""
        number = self.member.user or self.member.number
        return {
            "app_id": NODE,
            "channel": "call",
            "queue_id": self.queue.id,
            "queue_name": self.queue.name,
            "member_id": None,
            "member_name": None,
            "agent_id": self.agent.user.agent_id,
            "member_channel_id": self.member.uid,
            "agent_channel_id": self.leg_id,
            "communication": {"destination": number, "type": {"id": 1, "name": "phone"}},
            "variables": None,
            "has_reporting": self.queue.reporting,
        }


@dataclass(eq=False)
class Centre:
    """`tell` gets an event for an agent's sockets: user, name, data. `tasks`: open ones by the agent's leg."""

    plan: Plan
    switch: WebitelSwitch
    tell: Callable[[UserPlan, str, Fields], None]
    tasks: dict[str, Fields]
    agents: dict[int, Agent] = field(default_factory=dict)
    attempts: dict[int, Attempt] = field(default_factory=dict)
    waiting: list[tuple[Leg, QueuePlan]] = field(default_factory=list)
    _last_id: int = 70

    def __post_init__(self) -> None:
        at = self.ms
        for each in self.plan.users:
            if each.agent_id:
                self.agents[each.agent_id] = Agent(each, at, at, "online" if each.online else "offline")
        self.switch.queue_up = self.enter

    @property
    def ms(self) -> int:
        """The instant it is."""
        return self.switch.us // 1000

    # --- agents

    def set_status(self, agent: Agent, status: str, payload: str = "", comment: str = "") -> None:
        """An agent's status changes, and is told."""
        agent.status, agent.payload, agent.comment, agent.since = status, payload, comment, self.ms
        said: Fields = {
            "agent_id": agent.user.agent_id,
            "user_id": agent.user.id,
            "domain_id": self.plan.domain_id,
            "timestamp": self.ms,
            "status": status,
        }
        if status == "online":
            said |= {"channels": [channel(agent) | {"online": True}], "on_demand": agent.on_demand}
        elif status == "pause":
            said |= {"status_payload": payload, "status_comment": comment}
        self.tell(agent.user, "agent_status", said)
        self.distribute()

    def stand(self, number: str, status: str) -> None:
        """The same, by the agent's telephone. Raises `Impossible`."""
        agent = next((each for each in self.agents.values() if each.user.number == number), None)
        if agent is None:
            raise Impossible("no agent")
        self.set_status(agent, status)

    def _channel(self, agent: Agent, state: str, attempt: Attempt | None, about: Fields | None = None) -> None:
        """The state of an agent's channel for calls changes, and is told."""
        agent.state, agent.joined_at = state, self.ms
        said: Fields = {"channel": "call", "status": state, "timestamp": self.ms}
        if attempt is not None:
            said["attempt_id"] = attempt.id
            attempt.state = state
            self.tasks[attempt.leg_id] = attempt.task
        self.tell(agent.user, "channel", said | ({state: about} if about is not None else {}))

    # --- queues

    def enter(self, leg: Leg, queue: QueuePlan) -> None:
        """A caller comes to a queue, which answers and plays music."""
        self.switch.up(leg)
        self.waiting.append((leg, queue))
        self.distribute()

    def distribute(self) -> None:
        """Offer who waits to agents who wait."""
        for leg, queue in list(self.waiting):
            agent = next((each for each in self.agents.values() if self._free(each, queue)), None)
            if agent is not None and leg.alive:
                self.waiting.remove((leg, queue))
                self._offer(leg, queue, agent)

    def _free(self, agent: Agent, queue: QueuePlan) -> bool:
        number = agent.user.number
        calls = any(each.user == number for each in self.switch.legs.values())
        return number in queue.members and agent.status == "online" and agent.state == "waiting" and not calls

    def _offer(self, leg: Leg, queue: QueuePlan, agent: Agent) -> None:
        self._last_id += 1
        attempt = Attempt(self._last_id, queue, leg, agent, self.switch.new_id())
        self.attempts[attempt.id] = attempt
        self._channel(agent, "distribute", attempt, attempt.about)
        said = {
            "queue_id": queue.id,
            "queue_name": queue.name,
            "queue_type": "inbound queue",
            "attempt_id": attempt.id,
            "agent_id": agent.user.agent_id,
            "team_id": 2,
            "member_id": 0,
            "reporting": str(queue.reporting).lower(),
            "app_id": NODE,
        }
        self.switch.offer(leg, agent.user.number, attempt.leg_id, {f"cc_{key}": str(val) for key, val in said.items()})
        ids = {"member_channel_id": leg.uid, "agent_channel_id": attempt.leg_id}
        if agent.state == "distribute":
            self._channel(agent, "offering", attempt, ids | {"auto_answer": False})

    def heard(self, headers: Headers) -> None:
        """An event of the switch: it may be about a caller who waits, or about an agent's leg."""
        name, uid = headers["Event-Name"], headers.get("Unique-ID", "")
        if name == "CHANNEL_HANGUP":
            self.waiting = [each for each in self.waiting if each[0].uid != uid]
        attempt = next((each for each in self.attempts.values() if each.leg_id == uid and not each.due), None)
        if name == "CHANNEL_BRIDGE":
            other = headers.get("Bridge-B-Unique-ID")
            attempt = next((each for each in self.attempts.values() if each.leg_id == other), None)
            if attempt is not None:
                self._channel(attempt.agent, "bridged", attempt)
        elif attempt is not None and name == "CHANNEL_ANSWER":
            self._channel(attempt.agent, "answered", attempt)
        elif attempt is not None and name == "CHANNEL_DESTROY":
            self._over(attempt)
        elif name == "CHANNEL_DESTROY":
            self.switch.later(0.0, self.distribute)

    def _over(self, attempt: Attempt) -> None:
        """The agent's leg has ended."""
        agent, queue = attempt.agent, attempt.queue
        if attempt.state in ("distribute", "offering"):
            attempt.due = self.ms + int(queue.missed_s * 1000)
            self._channel(agent, "missed", attempt, {"timeout": attempt.due})
            if attempt.member.alive:
                self.waiting.insert(0, (attempt.member, queue))
            self.switch.later(0.0, self.distribute)
        elif queue.reporting:
            attempt.due = self.ms + int(queue.processing_s * 1000)
            about = {"autosave": False, "timeout": attempt.due, "sec": int(queue.processing_s), "renewal_sec": 15}
            self._channel(agent, "processing", attempt, about | {"processing_prolongation": None})
        else:
            attempt.due = self.ms + int(queue.wrap_s * 1000)
            self._channel(agent, "wrap_time", attempt, {"timeout": attempt.due})
        self._wake(attempt)

    def _wake(self, attempt: Attempt) -> None:
        due = attempt.due

        def over() -> None:
            if attempt.id in self.attempts and attempt.due == due:
                self.finish(attempt)

        self.switch.later(max(0.0, due / 1000 - self.switch.now), over)

    def prolong(self, attempt: Attempt, seconds: int) -> None:
        """The work after a call takes longer."""
        attempt.due += seconds * 1000
        about = {"autosave": False, "timeout": attempt.due, "sec": seconds, "renewal_sec": 15}
        self._channel(attempt.agent, "processing", attempt, about | {"processing_prolongation": None})
        self._wake(attempt)

    def finish(self, attempt: Attempt) -> None:
        """The work after a call is done: the agent waits for the next one."""
        del self.attempts[attempt.id]
        self.tasks.pop(attempt.leg_id, None)
        self._channel(attempt.agent, "waiting", None, None)
        self.distribute()


def channel(agent: Agent) -> Fields:
    """An agent's channel for calls."""
    return {"channel": "call", "state": agent.state, "joined_at": agent.joined_at}
