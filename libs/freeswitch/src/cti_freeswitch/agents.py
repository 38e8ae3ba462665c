"""mod_callcenter's agents as agent events: status, state, tiers, wrap-up.

Pure but for `Agents`, which its one owner hands in. FreeSWITCH tells a status (`Available`, `On Break`, `Logged
Out`) and a state (`Waiting`, `Receiving`, `In a queue call`) of an agent in all queues; in which ones stands in the
tiers, which are listed, never told. Wrap-up is in no event: it begins with `bridge-agent-end` and lasts as the list of
agents says (recorded: 1.10.12).
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from cti_model.agents import Agent, AgentEvent, DeviceState, Membership, next_change, settled, tell_agent
from cti_model.events import CallEvent, Origin
from msgspec.structs import replace

from cti_freeswitch.event import Event, instant
from cti_freeswitch.naming import Naming, plain
from cti_freeswitch.telephones import Telephones

OUT = "Logged Out"
IDLE = "Idle"
"""The state of an agent who is offered nothing, whatever its status (from source): so after each call on demand."""
AVAILABLE = ("Available", "Available (On Demand)")
_DEVICES = {
    "Waiting": DeviceState.IDLE,
    IDLE: DeviceState.IDLE,
    "Receiving": DeviceState.RINGING,
    "Reserved": DeviceState.RINGING,
    "In a queue call": DeviceState.IN_USE,
}


class Agents:
    """What is known of one FreeSWITCH's agents. `tiers`: the queues of each; `status`: the last one that was told.

    `reasons`: why each is on a break, as asked with a command of ours: FreeSWITCH itself knows no reason.
    """

    def __init__(self, tenant: str, pbx: str, naming: Naming | None = None) -> None:
        self.tenant = tenant
        self.pbx = pbx
        self.naming = naming or Naming()
        self.known: dict[str, Agent] = {}
        self.tiers: dict[str, tuple[str, ...]] = {}
        self.status: dict[str, str] = {}
        self.reasons: dict[str, str] = {}
        self.wrap_up_s: dict[str, int] = {}
        self.states: dict[str, DeviceState] = {}  # as mod_callcenter tells: it knows calls of its queues alone
        self.telephones = Telephones()  # as the calls say
        self.idle: set[str] = set()  # whose state is `IDLE`
        self.moved: set[str] = set()  # whose tiers a command of ours changed: told by the next `tick`

    def restore(self, agents: Iterable[Agent]) -> None:
        """Go on with agents as they were last told."""
        for each in agents:
            self.known[each.device] = each
            self.tiers[each.device] = tuple(part.queue for part in each.queues)
            reason = next((part.reason for part in each.queues if part.paused and part.reason), "")
            if reason:
                self.reasons[each.device] = reason

    def agent(self, device: str) -> Agent:
        """The agent at an extension, made when it is new."""
        return self.known.get(device) or Agent(tenant=self.tenant, pbx=self.pbx, device=device)

    def move(self, device: str, queue: str, joins: bool) -> None:
        """A command of ours made an agent one of a queue, or ended that: no event tells of a tier."""
        others = tuple(each for each in self.tiers.get(device, ()) if each != queue)
        self.tiers[device] = (*others, queue) if joins else others
        self.moved.add(device)

    def rests(self, device: str, state: str) -> bool:
        """An agent's state is so now; whether that changes if it may be offered calls."""
        before = device in self.idle
        (self.idle.add if state == IDLE else self.idle.discard)(device)
        return before is not (state == IDLE)

    def device_state(self, device: str) -> DeviceState:
        """What an agent's telephone does: in use or ringing, whoever says so."""
        said = self.telephones.get(device), self.states.get(device, DeviceState.UNKNOWN)
        return next((each for each in (DeviceState.IN_USE, DeviceState.RINGING) if each in said), said[1])

    @property
    def next_at(self) -> datetime | None:
        """When something changes by itself: call `tick` then."""
        return min(filter(None, map(next_change, self.known.values())), default=None)


def translate_agents(agents: Agents, event: Event, observed_at: datetime) -> list[AgentEvent]:
    """The agent events that an event means; usually none."""
    device = agents.naming.extension_of(event.get("CC-Agent"))
    if event.subclass != "callcenter::info" or not device:
        return []
    action, at = event.get("CC-Action"), event.at or observed_at
    agent = agents.agent(device)
    if action == "agent-status-change":
        agents.status[device] = event.get("CC-Agent-Status")
        agent = _seated(agents, agent)
    elif action == "agent-state-change":
        state = event.get("CC-Agent-State")
        agents.states[device] = _DEVICES.get(state, agent.device_state)
        agent = replace(agent, device_state=agents.device_state(device))
        if agents.rests(device, state) and device in agents.status:
            agent = _seated(agents, agent)
    elif action == "agent-offering":
        queue = plain(event.get("CC-Queue"))
        agents.status.setdefault(device, AVAILABLE[0])
        if queue not in agents.tiers.get(device, ()):
            agents.tiers[device] = (*agents.tiers.get(device, ()), queue)
            agent = _seated(agents, agent)
    elif action == "bridge-agent-end":
        wrap_up = timedelta(seconds=agents.wrap_up_s.get(device, 0))
        until = at + wrap_up if wrap_up else None
        agent = replace(agent, queues=tuple(replace(each, wrap_up_until=until) for each in agent.queues))
    else:
        return []
    return _tell(agents, agent, at, observed_at, Origin.OBSERVED)


def use_telephones(agents: Agents, events: Sequence[CallEvent]) -> list[AgentEvent]:
    """What call events mean for agents: a telephone that has a call is busy, whoever calls it."""
    told: list[AgentEvent] = []
    for event in events:
        for device in sorted(agents.telephones.see(event.call) & agents.known.keys()):
            changed = replace(agents.agent(device), device_state=agents.device_state(device))
            told += _tell(agents, changed, event.occurred_at, event.observed_at, event.origin)
    return told


def tick(agents: Agents, now: datetime) -> list[AgentEvent]:
    """Wrap-ups that have ended by `now`, each told with the instant at which it ended; and who was moved."""
    told: list[AgentEvent] = []
    for device in sorted(agents.moved):
        told += _tell(agents, _seated(agents, agents.agent(device)), now, now, Origin.OBSERVED)
    agents.moved.clear()
    for agent in tuple(agents.known.values()):
        ends = next_change(agent)
        if ends is not None and ends <= now:
            told += _tell(agents, agent, ends, now, Origin.OBSERVED)
    return told


def reconcile_agents(
    agents: Agents, listed: Iterable[Mapping[str, str]] | None, tiers: Iterable[Mapping[str, str]], at: datetime
) -> list[AgentEvent]:
    """Bring agents in line with `callcenter_config agent list` and `tier list`; None (refused) changes nothing."""
    if listed is None:
        return []
    queues: dict[str, list[str]] = {}
    for row in tiers:
        device = agents.naming.extension_of(row.get("agent", ""))
        if device:
            queues.setdefault(device, []).append(plain(row.get("queue", "")))
    agents.tiers = {device: tuple(each) for device, each in queues.items()}
    found: dict[str, Agent] = {device: replace(agent, queues=()) for device, agent in agents.known.items()}
    for row in listed:
        device = agents.naming.extension_of(row.get("name", ""))
        if device:
            agents.status[device] = row.get("status", "")
            agents.wrap_up_s[device] = int(row["wrap_up_time"]) if row.get("wrap_up_time", "").isdecimal() else 0
            agents.states[device] = _DEVICES.get(row.get("state", ""), DeviceState.UNKNOWN)
            agents.rests(device, row.get("state", ""))
            agent = _seated(agents, replace(agents.agent(device), device_state=agents.device_state(device)))
            found[device] = _resting(agent, row, agents.wrap_up_s[device], at)
    return [event for agent in found.values() for event in _tell(agents, agent, at, at, Origin.RECONCILED)]


def _resting(agent: Agent, row: Mapping[str, str], wrap_up_s: int, at: datetime) -> Agent:
    """The agent in the wrap-up of a call whose end nobody listened to, where it lasts still."""
    ended = instant(row.get("last_bridge_end", "") + "000000")  # told in whole seconds
    until = (ended or at) + timedelta(seconds=wrap_up_s if ended else 0)
    if until <= at:
        return agent
    parts = (each if each.wrap_up_until is not None else replace(each, wrap_up_until=until) for each in agent.queues)
    return replace(agent, queues=tuple(parts))


def _seated(agents: Agents, agent: Agent) -> Agent:
    """The agent in its queues, as its status says."""
    status = agents.status.get(agent.device, OUT)
    if status == OUT or status in AVAILABLE:
        agents.reasons.pop(agent.device, None)
    if status == OUT:
        return replace(agent, queues=())
    paused = status not in AVAILABLE or agent.device in agents.idle
    why = status if status not in AVAILABLE else IDLE
    parts = (
        replace(agent.membership(queue) or Membership(queue=queue, dynamic=True), paused=paused, reason=reason)
        for queue in agents.tiers.get(agent.device, ())
        for reason in (agents.reasons.get(agent.device, why) if paused else "",)
    )
    return replace(agent, queues=tuple(parts))


def _tell(agents: Agents, changed: Agent, at: datetime, observed_at: datetime, origin: Origin) -> list[AgentEvent]:
    before = agents.known.get(changed.device)
    event = tell_agent(before, settled(changed, at), at, observed_at, origin)
    if event is None:
        if before is not None:
            agents.known[changed.device] = replace(settled(changed, at), version=before.version)
        return []
    agents.known[changed.device] = event.agent
    return [event]
