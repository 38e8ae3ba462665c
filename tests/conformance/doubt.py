"""What our records cannot know exactly, since nobody listened when it happened: by how much, as the events say."""

from collections.abc import Iterable
from dataclasses import dataclass

from cti_model.events import CallEvent, Cleared, ConnectionCleared


@dataclass(frozen=True)
class Doubt:
    """`seconds`: by how much the instants of a connection may be off. `end`: who ended it was not seen."""

    seconds: float = 0.0
    end: bool = False


def doubts(events: Iterable[CallEvent]) -> dict[str, Doubt]:
    """The doubt of each connection of which something was not seen."""
    found: dict[str, Doubt] = {}
    for event in events:
        earliest, latest = event.not_before or event.occurred_at, event.not_after or event.occurred_at
        if earliest == latest:
            continue
        width = (latest - earliest).total_seconds()
        ends = isinstance(event.fact, (ConnectionCleared, Cleared))
        for connection_id in _about(event):
            so_far = found.get(connection_id, Doubt())
            if ends and so_far.end:
                continue  # the end of the call is that of its last connection
            found[connection_id] = Doubt(so_far.seconds + width, so_far.end or ends)
    return found


def _about(event: CallEvent) -> set[str]:
    """The connections that a fact speaks of; for the end of a call, those that ended with it."""
    fact = event.fact
    if isinstance(fact, Cleared):
        return {each.connection_id for each in event.call.connections if each.ended_at == event.occurred_at}
    leg = getattr(fact, "leg", None)
    ids = {leg.connection_id if leg else "", getattr(fact, "connection_id", ""), *getattr(fact, "connected", ())}
    return ids - {""}
