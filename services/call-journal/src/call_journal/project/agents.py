"""From agent events to rows of `agent_event`. Pure."""

from collections.abc import Iterable

import msgspec
from cti_model.agents import AgentEvent, AgentEventKind
from cti_model.directory import Owners


class AgentRow(msgspec.Struct, frozen=True, gc=False):
    """A change of an agent's state. `users`: who had the device then."""

    tenant: str
    stream_seq: int
    event: AgentEvent
    users: tuple[str, ...]


def agent_rows(batch: Iterable[tuple[int, AgentEvent]], owners: Owners) -> list[AgentRow]:
    """The rows of a batch. What changes nothing but the telephone's own state is left out."""
    return [
        AgentRow(agent.tenant, seq, event, owners(agent.tenant, agent.pbx, agent.device, event.occurred_at))
        for seq, event in batch
        for agent in (event.agent,)
        if event.kind is not AgentEventKind.DEVICE_CHANGED
    ]
