"""A listener that remembers."""

import asyncio
from collections.abc import Callable
from datetime import datetime

from cti_model.agents import AgentEvent
from cti_model.events import CallEvent, LinkKind

DEADLINE_S = 60


class Heard:
    """Remembers what came over the link."""

    def __init__(self) -> None:
        self.told: list[CallEvent] = []
        self.seated: list[AgentEvent] = []
        self.links: list[tuple[LinkKind, str]] = []
        self.bytes = b""

    def events(self, events: list[CallEvent]) -> None:
        self.told.extend(events)

    def agents(self, events: list[AgentEvent]) -> None:
        self.seated.extend(events)

    def raw(self, data: bytes, at: datetime) -> None:
        self.bytes += data

    def link(self, kind: LinkKind, detail: str) -> None:
        self.links.append((kind, detail))

    async def until(self, condition: Callable[[], object]) -> None:
        """Wait for a condition, of what was heard or of anything else, with a deadline."""
        async with asyncio.timeout(DEADLINE_S):
            while not condition():
                await asyncio.sleep(0.01)

    @property
    def changes(self) -> list[tuple[LinkKind, str]]:
        """What became of the link, comparisons left out."""
        return [(kind, detail) for kind, detail in self.links if kind is not LinkKind.RECONCILED]

    @property
    def kinds(self) -> list[str]:
        return [event.kind for event in self.told]
