"""Pausing an agent in all queues while on the telephone (the Messaging Service's autoPauseOnCommutationStart). Pure."""

from collections.abc import Iterable, Iterator

from cti_model.calls import DeviceKind
from cti_model.events import CallEvent, Cleared, ConnectionCleared, Established

from connector_asterisk.agents import Agents
from connector_asterisk.channels import State

REASON = "on a call"
"""Only a pause with this reason is taken back: one that the agent made, or another program, stays."""

Action = tuple[str, tuple[tuple[str, str], ...]]


def auto_pause(state: State, agents: Agents, events: Iterable[CallEvent]) -> Iterator[Action]:
    """The actions to send after these events: action and headers."""
    for event in events:
        if isinstance(event.fact, Established | ConnectionCleared | Cleared):
            for each in event.call.connections:
                if each.device.kind is DeviceKind.EXTENSION:
                    yield from _pause(agents, each.device.number, _talks(state, each.device.number))


def _talks(state: State, device: str) -> bool:
    connections = (each for box in state.boxes.values() for each in box.call.connections)
    return any(each.alive and each.talking and each.device.number == device for each in connections)


def _pause(agents: Agents, device: str, talks: bool) -> Iterator[Action]:
    agent = agents.known.get(device)
    if agent is None:
        return
    for part in agent.queues:
        interface = agents.interfaces.get((part.queue, device), "")
        to_pause = talks and not part.paused
        to_resume = not talks and part.paused and part.reason == REASON
        if interface and (to_pause or to_resume):
            headers = (("Queue", part.queue), ("Interface", interface), ("Paused", "true" if to_pause else "false"))
            yield "QueuePause", (*headers, ("Reason", REASON)) if to_pause else headers
