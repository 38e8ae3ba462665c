"""Log-ins are heard by the new generation's picture too: whose calls they are depends on them."""

from collections.abc import Callable
from datetime import datetime

from cti_connector.link import Listener
from cti_model.agents import AgentEvent
from cti_model.events import CallEvent, LinkKind
from cti_model.operators import OperatorEvent


class Overhearing:
    """A listener that also has log-ins heard by `operator`, before they are published."""

    def __init__(self, listener: Listener, operator: Callable[[OperatorEvent], None]) -> None:
        self._listener = listener
        self._operator = operator

    def events(self, events: list[CallEvent]) -> None:
        """Call events."""
        self._listener.events(events)

    def agents(self, events: list[AgentEvent]) -> None:
        """Agent events."""
        self._listener.agents(events)

    def operator(self, event: OperatorEvent) -> None:
        """What became of a log-in."""
        self._operator(event)
        self._listener.operator(event)

    def raw(self, data: bytes, at: datetime, who: str = "") -> None:
        """Bytes as they came."""
        self._listener.raw(data, at, who)

    def link(self, kind: LinkKind, detail: str) -> None:
        """The link's own."""
        self._listener.link(kind, detail)
