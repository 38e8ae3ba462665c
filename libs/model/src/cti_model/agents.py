"""Agents: who is signed in to which queue, ready, paused, talking, or finishing a call. States: ECMA-269 § 6.3.1.

An agent is a user's device as its PBX's call centre sees it. As with calls, the newest message of an agent is its
snapshot: `AgentEvent` carries what changed and the whole agent after it.
"""

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum

from msgspec import Struct
from msgspec.structs import replace

from cti_model.calls import microseconds
from cti_model.events import Origin
from cti_model.ids import event_id


class DeviceState(StrEnum):
    """What a telephone is doing, whoever uses it. Hold is a matter of calls: PBXs disagree on whose device shows it."""

    UNKNOWN = "unknown"
    IDLE = "idle"
    RINGING = "ringing"
    IN_USE = "in_use"
    UNAVAILABLE = "unavailable"


class AgentState(StrEnum):
    """ECMA-269 agent states, and `unavailable`: signed in, but the telephone cannot be reached."""

    LOGGED_OUT = "logged_out"
    READY = "ready"
    NOT_READY = "not_ready"
    BUSY = "busy"
    AFTER_CALL = "after_call"
    UNAVAILABLE = "unavailable"


class Membership(Struct, frozen=True, omit_defaults=True, kw_only=True):
    """An agent's part in a queue. `reason`: of the pause. `since`: when `state` began.

    `wrap_up_until`: the queue offers no call before that. `dynamic`: joined at run time, so that it can leave.
    """

    queue: str
    paused: bool = False
    reason: str = ""
    penalty: int = 0
    dynamic: bool = False
    wrap_up_until: datetime | None = None
    state: AgentState = AgentState.READY
    since: datetime | None = None


class Agent(Struct, frozen=True, omit_defaults=True, kw_only=True):
    """A user's device and its queues. `version` counts its events. `state` sums the queues up (see `settled`)."""

    tenant: str
    pbx: str
    device: str
    version: int = 0
    name: str = ""
    device_state: DeviceState = DeviceState.UNKNOWN
    queues: tuple[Membership, ...] = ()
    state: AgentState = AgentState.LOGGED_OUT
    reason: str = ""
    since: datetime | None = None

    @property
    def in_call_centre(self) -> bool:
        """Whether it is signed in to any queue (CtiModel's call-centre mode)."""
        return bool(self.queues)

    def membership(self, queue: str) -> Membership | None:
        """Its part in a queue, or None."""
        return next((each for each in self.queues if each.queue == queue), None)


class AgentEventKind(StrEnum):
    """What an agent event tells."""

    STATE_CHANGED = "state_changed"
    CALL_CENTRE_CHANGED = "call_centre_changed"
    DEVICE_CHANGED = "device_changed"


class QueueChange(Struct, frozen=True, omit_defaults=True, kw_only=True):
    """An agent's state in one queue, before and after. `logged_out`: not a member."""

    queue: str
    previous: AgentState
    current: AgentState
    reason: str = ""


class AgentEvent(Struct, frozen=True, omit_defaults=True, kw_only=True):
    """One change of an agent, and the agent after it.

    `previous` and `current` are of the agent as a whole; `queues` lists the queues in which its state changed.
    `call_centre_changed` is told in place of `state_changed` when the agent joined its first queue or left its last;
    `device_changed` when nothing but the telephone's own state changed. Instants: see `CallEvent`.
    """

    event_id: str
    occurred_at: datetime
    observed_at: datetime
    origin: Origin
    kind: AgentEventKind
    previous: AgentState
    current: AgentState
    agent: Agent
    reason: str = ""
    queues: tuple[QueueChange, ...] = ()


def settled(agent: Agent, at: datetime) -> Agent:
    """The agent with its states computed from the facts, as of `at`.

    In a queue: after a call until `wrap_up_until`; else not ready while paused; else what the telephone allows. As a
    whole: logged out without a queue; busy while the telephone is; then the best of the queues, in the order ready,
    after call, not ready.
    """
    queues = tuple(_membership_settled(each, agent.device_state, at) for each in agent.queues)
    state, reason = _summed_up(queues, agent.device_state)
    since = agent.since if (state, reason) == (agent.state, agent.reason) and agent.since is not None else at
    return replace(agent, queues=queues, state=state, reason=reason, since=since)


def tell_agent(
    before: Agent | None, after: Agent, at: datetime, observed_at: datetime, origin: Origin
) -> AgentEvent | None:
    """The event that leads from one settled agent to another; None when nothing that is told has changed."""
    was = before or Agent(tenant=after.tenant, pbx=after.pbx, device=after.device)
    changes = tuple(_changes(was, after))
    if was.in_call_centre != after.in_call_centre:
        kind = AgentEventKind.CALL_CENTRE_CHANGED
    elif changes or (was.state, was.reason) != (after.state, after.reason):
        kind = AgentEventKind.STATE_CHANGED
    elif was.device_state is not after.device_state:
        kind = AgentEventKind.DEVICE_CHANGED
    else:
        return None
    agent = replace(after, version=was.version + 1)
    key = f"agent/{after.tenant}/{after.pbx}/{after.device}"
    return AgentEvent(
        event_id=event_id(key, agent.version, kind.value, microseconds(at - _EPOCH)),
        occurred_at=at,
        observed_at=observed_at,
        origin=origin,
        kind=kind,
        previous=was.state,
        current=agent.state,
        reason=agent.reason,
        queues=changes,
        agent=agent,
    )


def next_change(agent: Agent) -> datetime | None:
    """When the agent's state changes by itself: the end of a wrap-up; None when it does not."""
    ends = [each.wrap_up_until for each in agent.queues if each.state is AgentState.AFTER_CALL and each.wrap_up_until]
    return min(ends, default=None)


_EPOCH = datetime.fromisoformat("1970-01-01T00:00:00+00:00")
_BY_DEVICE = {
    DeviceState.UNAVAILABLE: AgentState.UNAVAILABLE,
    DeviceState.RINGING: AgentState.BUSY,
    DeviceState.IN_USE: AgentState.BUSY,
}
_BEST_FIRST = (AgentState.READY, AgentState.AFTER_CALL, AgentState.NOT_READY)


def _membership_settled(part: Membership, device: DeviceState, at: datetime) -> Membership:
    by_device = _BY_DEVICE.get(device, AgentState.READY)
    if by_device is AgentState.READY and part.wrap_up_until is not None and at < part.wrap_up_until:
        state = AgentState.AFTER_CALL
    else:
        state = AgentState.NOT_READY if part.paused else by_device
    if state is not AgentState.AFTER_CALL and part.wrap_up_until is not None and at >= part.wrap_up_until:
        part = replace(part, wrap_up_until=None)
    if state is part.state and part.since is not None:
        return part
    return replace(part, state=state, since=at)


def _summed_up(queues: tuple[Membership, ...], device: DeviceState) -> tuple[AgentState, str]:
    if not queues:
        return AgentState.LOGGED_OUT, ""
    by_device = _BY_DEVICE.get(device)
    if by_device is not None:
        return by_device, ""
    state = next(each for each in _BEST_FIRST if any(part.state is each for part in queues))
    reasons = [part.reason for part in queues if part.state is state and part.reason]
    return state, reasons[-1] if reasons and state is AgentState.NOT_READY else ""


def _changes(was: Agent, now: Agent) -> Iterable[QueueChange]:
    for queue in dict.fromkeys(part.queue for part in (*was.queues, *now.queues)):
        old, new = was.membership(queue), now.membership(queue)
        previous = old.state if old is not None else AgentState.LOGGED_OUT
        current = new.state if new is not None else AgentState.LOGGED_OUT
        reason = new.reason if new is not None else ""
        if previous is not current or (old is not None and new is not None and old.reason != reason):
            yield QueueChange(queue=queue, previous=previous, current=current, reason=reason)
