"""AMI events to agent events: telephones' states, queue membership, pauses, wrap-up.

Pure but for `Agents`, which its one owner hands in. What the versions say differently: 11 sends no `DeviceStateChange`
(its hints and queue members tell) and calls a member's interface `Location`. Wrap-up is in no event: it begins with
`AgentComplete` and lasts as long as the member's `Wrapuptime` (22) or the setting for the queue says.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta

from cti_model.agents import Agent, AgentEvent, DeviceState, Membership, next_change, settled, tell_agent
from cti_model.events import Origin
from msgspec.structs import replace

from connector_asterisk.channels import AmiEvent, Naming
from connector_asterisk.devices import state_named, state_numbered, state_of_hint, telephone_of
from connector_asterisk.naming import whole
from connector_asterisk.translate.turn import pbx_clock


class Agents:
    """What is known of one Asterisk's agents.

    `wrap_up_s`: seconds after a call, by queue, where no event tells. `everybody`: whether telephones that are in no
    queue are told too. `interfaces`: what Asterisk calls a member, by queue and extension.
    """

    def __init__(
        self,
        tenant: str,
        pbx: str,
        naming: Naming,
        wrap_up_s: Mapping[str, int] | None = None,
        *,
        everybody: bool = False,
    ) -> None:
        self.tenant = tenant
        self.pbx = pbx
        self.naming = naming
        self.wrap_up_s = dict(wrap_up_s or {})
        self.everybody = everybody
        self.known: dict[str, Agent] = {}
        self.waits: dict[str, datetime] = {}  # of the known ones: whose state changes by itself, and when
        self.interfaces: dict[tuple[str, str], str] = {}
        self.member_wrap_up_s: dict[tuple[str, str], int] = {}
        self.has_device_events = False

    def restore(self, agents: Iterable[Agent]) -> None:
        """Go on with agents as they were last told."""
        for each in agents:
            self.keep(each)

    def keep(self, agent: Agent) -> None:
        """Let an agent be as it is now."""
        self.known[agent.device] = agent
        ends = next_change(agent)
        if ends is not None:
            self.waits[agent.device] = ends
        else:
            self.waits.pop(agent.device, None)

    def agent(self, device: str) -> Agent:
        """The agent at an extension, made when it is new."""
        return self.known.get(device) or Agent(tenant=self.tenant, pbx=self.pbx, device=device)

    def extension_of(self, interface: str) -> str:
        """The extension of `PJSIP/101`, `Local/101@agents/n`, `Agent/101`; empty where it is no user's telephone."""
        number = interface.partition("/")[2].partition("@")[0].partition("/")[0]
        return number if self.naming.extension.fullmatch(number) else ""

    @property
    def next_at(self) -> datetime | None:
        """When something changes by itself: call `tick` then."""
        return min(self.waits.values(), default=None)


def translate_agents(
    agents: Agents, event: AmiEvent, observed_at: datetime, origin: Origin = Origin.OBSERVED
) -> list[AgentEvent]:
    """The agent events that a frame means, in order; usually none."""
    handler = HANDLERS.get(event.name)
    if handler is None:
        return []
    at = pbx_clock(event) or observed_at
    changed = handler(agents, event, at)
    return [] if changed is None else _tell(agents, changed, at, observed_at, origin)


def tick(agents: Agents, now: datetime, origin: Origin = Origin.OBSERVED) -> list[AgentEvent]:
    """Wrap-ups that have ended by `now`; each is told with the instant at which it ended."""
    told: list[AgentEvent] = []
    for device, ends in tuple(agents.waits.items()):
        if ends <= now:
            told += _tell(agents, agents.known[device], ends, now, origin)
    return told


def reconcile_agents(agents: Agents, items: Iterable[AmiEvent] | None, at: datetime) -> list[AgentEvent]:
    """Bring agents in line with the items of a `QueueStatus` list; None (refused, never came) changes nothing."""
    if items is None:
        return []
    listed = {device: replace(agent, queues=()) for device, agent in agents.known.items()}
    for item in items:
        device = agents.extension_of(_interface(item))
        if item.name == "QueueMember" and device:
            agent = listed.get(device) or agents.agent(device)
            listed[device] = _joined(agents, item, agent, agents.agent(device).membership(item.get("Queue")))
    return [event for agent in listed.values() for event in _tell(agents, agent, at, at, Origin.RECONCILED)]


def _tell(agents: Agents, changed: Agent, at: datetime, observed_at: datetime, origin: Origin) -> list[AgentEvent]:
    before = agents.known.get(changed.device)
    after = settled(changed, at)
    concerns = agents.everybody or after.in_call_centre or (before is not None and before.in_call_centre)
    event = tell_agent(before, after, at, observed_at, origin) if concerns else None
    agents.keep(after if event is None else event.agent)
    return [] if event is None else [event]


# --- one function a kind of frame: the agent that it changes, or None ------------------------------------------------


def _device_state(agents: Agents, event: AmiEvent, at: datetime) -> Agent | None:
    agents.has_device_events = True
    state = state_named(event.get("State"))
    return _with_device(agents, agents.extension_of(telephone_of(event.get("Device"))), state)


def _hint(agents: Agents, event: AmiEvent, at: datetime) -> Agent | None:
    """A hint of one telephone (11); a hint of several says nothing of each."""
    if agents.has_device_events or "&" in event.get("Hint"):
        return None
    state = state_of_hint(event.get("Status"))
    return _with_device(agents, agents.extension_of(telephone_of(event.get("Hint"))), state)


def _with_device(agents: Agents, device: str, state: DeviceState) -> Agent | None:
    return replace(agents.agent(device), device_state=state) if device else None


def _member(agents: Agents, event: AmiEvent, at: datetime) -> Agent | None:
    device = agents.extension_of(_interface(event))
    if not device:
        return None
    agent = agents.agent(device)
    return _joined(agents, event, agent, agent.membership(event.get("Queue")))


def _joined(agents: Agents, event: AmiEvent, agent: Agent, was: Membership | None) -> Agent:
    """The agent with the membership that a frame tells whole. `was`: the same before, with what no frame repeats."""
    queue = event.get("Queue")
    agents.interfaces[queue, agent.device] = _interface(event)
    reason = event.get("PausedReason") or event.get("Reason")
    paused = event.get("Paused") == "1"
    if paused and not reason and was is not None:
        reason = was.reason  # 11 tells the reason of a pause once
    wrap_up_s = whole(event.get("Wrapuptime"))
    if wrap_up_s:
        agents.member_wrap_up_s[queue, agent.device] = wrap_up_s
    part = replace(
        was or Membership(queue=queue),
        paused=paused,
        reason=reason if paused else "",
        penalty=whole(event.get("Penalty")) or 0,
        dynamic=event.get("Membership") == "dynamic",
    )
    others = tuple(each for each in agent.queues if each.queue != queue)
    agent = replace(agent, name=event.get("MemberName") or event.get("Name") or agent.name, queues=(*others, part))
    state = state_numbered(event.get("Status"))
    return agent if agents.has_device_events or state is None else replace(agent, device_state=state)


def _paused_11(agents: Agents, event: AmiEvent, at: datetime) -> Agent | None:
    """Asterisk 11 tells a pause without the rest of the membership."""
    device, queue = agents.extension_of(_interface(event)), event.get("Queue")
    if not device:
        return None
    agent, paused = agents.agent(device), event.get("Paused") == "1"
    part = agent.membership(queue) or Membership(queue=queue)
    part = replace(part, paused=paused, reason=event.get("Reason") if paused else "")
    return replace(agent, queues=(*(each for each in agent.queues if each.queue != queue), part))


def _removed(agents: Agents, event: AmiEvent, at: datetime) -> Agent | None:
    device, queue = agents.extension_of(_interface(event)), event.get("Queue")
    agent = agents.known.get(device)
    if agent is None:
        return None
    agents.member_wrap_up_s.pop((queue, device), None)
    agents.interfaces.pop((queue, device), None)
    return replace(agent, queues=tuple(each for each in agent.queues if each.queue != queue))


def _completed(agents: Agents, event: AmiEvent, at: datetime) -> Agent | None:
    """A queue's call is over: its wrap-up begins, in that queue."""
    device, queue = agents.extension_of(_interface(event)), event.get("Queue")
    seconds = agents.member_wrap_up_s.get((queue, device)) or agents.wrap_up_s.get(queue, 0)
    if not seconds:
        return None
    return _changed(agents, event, lambda part: replace(part, wrap_up_until=at + timedelta(seconds=seconds)))


def _changed(agents: Agents, event: AmiEvent, change: Callable[[Membership], Membership]) -> Agent | None:
    agent, queue = agents.known.get(agents.extension_of(_interface(event))), event.get("Queue")
    if agent is None or agent.membership(queue) is None:
        return None
    return replace(agent, queues=tuple(change(each) if each.queue == queue else each for each in agent.queues))


def _interface(event: AmiEvent) -> str:
    return event.get("Interface") or event.get("Location") or event.get("Member")


HANDLERS: dict[str, Callable[[Agents, AmiEvent, datetime], Agent | None]] = {
    "DeviceStateChange": _device_state,
    "ExtensionStatus": _hint,
    "QueueMemberStatus": _member,
    "QueueMemberAdded": _member,
    "QueueMemberPause": _member,
    "QueueMemberPaused": _paused_11,
    "QueueMemberPenalty": lambda agents, event, at: _changed(
        agents, event, lambda part: replace(part, penalty=whole(event.get("Penalty")) or 0)
    ),
    "QueueMemberRemoved": _removed,
    "AgentComplete": _completed,
}

WANTED: frozenset[str] = frozenset(HANDLERS)
