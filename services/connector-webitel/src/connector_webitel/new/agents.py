"""Operators as agents of Webitel's call centre: `agent_status`, `channel`, and the answer to `cc_agent_session`. Pure.

Webitel has one status for all of an agent's queues, and a state of their channel `call`: where they are in a queue's
call. In which queues they are it tells nobody: `CENTRE` stands for them. Other channels (chat, tasks) are left out.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Final

from cti_model.agents import Agent, AgentEvent, AgentState, DeviceState, Membership, tell_agent
from cti_model.calls import ConnectionState, Direction
from cti_model.events import Origin
from msgspec.structs import replace

from connector_webitel.naming import CENTRE
from connector_webitel.new.standing import CHANNEL, MISSED, OFFLINE, ONLINE, WAITING, Standing
from connector_webitel.new.state import Leg
from connector_webitel.new.wire import Fields, instant, moment, number, objects, text

_RINGING: Final = ("distribute", "offering")
_TALKING: Final = ("answered", "bridged", "hold", "transfer")


class Agents:
    """The operators who are agents, by device: how they stand at Webitel, and what was told of them (`known`)."""

    def __init__(self, tenant: str, pbx: str) -> None:
        self._tenant = tenant
        self._pbx = pbx
        self._phones: dict[str, DeviceState] = {}
        self.names: dict[str, str] = {}
        self.standings: dict[str, Standing] = {}
        self.known: dict[str, Agent] = {}

    def restore(self, agents: Iterable[Agent]) -> None:
        """Go on with agents as they were last told."""
        self.known.update((each.device, each) for each in agents)

    def session(self, device: str, said: Fields, at: datetime) -> list[AgentEvent]:
        """The answer to `cc_agent_session`: all of an agent. Older than an event is left out."""
        standing = self.standings.setdefault(device, Standing(number(said, "agent_id")))
        standing.agent_id = number(said, "agent_id")
        standing.hear(said, moment(said, "last_status_change", at))
        channels = [each for each in objects(said, "channels") if text(each, "channel")]
        standing.channels = tuple(dict.fromkeys((CHANNEL, *(text(each, "channel") for each in channels))))
        for each in channels:
            if text(each, "channel") == CHANNEL:
                standing.move(text(each, "state"), moment(each, "joined_at", at), {})
        if standing.finishing and standing.until is None:
            return []  # until when stands in the answer to `cc_agent_tasks`, which comes next
        return self._told(device, at, at, Origin.RECONCILED)

    def tasks(self, device: str, items: Iterable[Fields], at: datetime) -> list[AgentEvent]:
        """The answer to `cc_agent_tasks`: of what an agent finishes, until when."""
        standing = self.standings.get(device)
        if standing is None:
            return []
        for item in items if standing.channel != WAITING else ():
            if text(item, "channel") == CHANNEL:
                standing.attempt = number(item, "attempt_id")
                standing.until = instant(item, "processing_timeout_at") or standing.until
                standing.renewal_s = number(item, "processing_renewal_sec")
        return self._told(device, at, at, Origin.RECONCILED)

    def status(self, device: str, said: Fields, now: datetime) -> list[AgentEvent]:
        """`agent_status`, of this agent: those of others, whom a supervisor sees, are told by their own links."""
        standing, at = self.standings.get(device), moment(said, "timestamp", now)
        if standing is None or number(said, "agent_id") != standing.agent_id:
            return []
        standing.hear(said, at)
        return self._told(device, at or now, now, Origin.OBSERVED)

    def channel(self, device: str, said: Fields, now: datetime) -> list[AgentEvent]:
        """`channel`: where a queue's call of this agent is."""
        standing, at = self.standings.get(device), moment(said, "timestamp", now)
        if standing is None or text(said, "channel") != CHANNEL:
            return []
        standing.move(text(said, "status"), at, said)
        return self._told(device, at or now, now, Origin.OBSERVED)

    def phone(self, device: str, legs: Iterable[Leg], at: datetime) -> list[AgentEvent]:
        """What the agent's telephone does: a call of their own keeps an agent busy too."""
        before, now = self._phones.get(device, DeviceState.IDLE), _phone(legs)
        self._phones[device] = now
        news = now is not before and device in self.standings
        return self._told(device, at, at, Origin.OBSERVED) if news else []

    def none(self, device: str, at: datetime) -> list[AgentEvent]:
        """The operator is no agent, or no more."""
        self.standings.pop(device, None)
        return self._told(device, at, at, Origin.RECONCILED) if device in self.known else []

    def _told(self, device: str, at: datetime, now: datetime, origin: Origin) -> list[AgentEvent]:
        before, standing = self.known.get(device), self.standings.get(device)
        phone = self._phones.get(device, DeviceState.IDLE)
        if standing is not None and phone is DeviceState.IDLE:
            phone = _by_channel(standing.channel)
        part = _part(before, standing, phone, at) if standing is not None else None
        state = part.state if part is not None else AgentState.LOGGED_OUT
        reason = part.reason if part is not None and state is AgentState.NOT_READY else ""
        same = before is not None and (before.state, before.reason) == (state, reason)
        after = Agent(
            tenant=self._tenant,
            pbx=self._pbx,
            device=device,
            version=before.version if before is not None else 0,
            name=self.names.get(device) or (before.name if before is not None else ""),
            device_state=phone,
            queues=(part,) if part is not None else (),
            state=state,
            reason=reason,
            since=before.since if before is not None and same else at,
        )
        event = tell_agent(before, after, at, now, origin)
        self.known[device] = event.agent if event is not None else after
        return [event] if event is not None else []


def _part(before: Agent | None, standing: Standing, phone: DeviceState, at: datetime) -> Membership | None:
    """The agent's part in the call centre; None: outside."""
    if standing.status == OFFLINE:
        return None
    paused, state, reason = standing.status != ONLINE, AgentState.READY, standing.reason
    if phone is not DeviceState.IDLE:
        state = AgentState.BUSY
    elif standing.finishing:
        state = AgentState.AFTER_CALL
    elif paused:
        state = AgentState.NOT_READY
    elif standing.channel == MISSED:
        state, reason = AgentState.NOT_READY, MISSED
    known = before.membership(CENTRE) if before is not None else None
    part = known or Membership(queue=CENTRE, dynamic=True)
    since = part.since if part.state is state and part.since is not None else at
    until = standing.until if state is AgentState.AFTER_CALL else None
    return replace(part, paused=paused, reason=reason, state=state, since=since, wrap_up_until=until)


def _phone(legs: Iterable[Leg]) -> DeviceState:
    found = [each.connection for each in legs]
    alive = [each for each in found if each is not None and each.alive]
    if not alive:
        return DeviceState.IDLE
    rings = all(each.state is ConnectionState.ALERTING and each.direction is Direction.IN for each in alive)
    return DeviceState.RINGING if rings else DeviceState.IN_USE


def _by_channel(channel: str) -> DeviceState:
    """Between a queue's words and the telephone's there are moments: the agent is not free in them."""
    if channel in _RINGING:
        return DeviceState.RINGING
    return DeviceState.IN_USE if channel in _TALKING else DeviceState.IDLE
