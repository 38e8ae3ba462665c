"""The paths of living calls, so that a call's segments can be written when it ends. Pure."""

from collections.abc import Iterable

from cti_model.events import CallEvent, Cleared
from cti_model.path import Path, Segment

MAX_LIVING = 50_000  # about 1 KiB each; whoever comes back after that is read from the archive again

Key = tuple[str, str]
"""Tenant and call id."""


class Paths:
    """What the events of living calls have told so far.

    A path is known from a call's first event on, or after `restore`. Of a call whose path is not known nothing is
    told: a part of a path would be a wrong one.
    """

    def __init__(self) -> None:
        self._known: dict[Key, Path] = {}

    def lacking(self, events: Iterable[CallEvent]) -> set[Key]:
        """The calls of these events whose earlier events have to be restored first."""
        begun: set[Key] = set()
        found: set[Key] = set()
        for event in events:
            key = _key(event)
            if event.call.version == 1:
                begun.add(key)
            elif key not in begun and key not in self._known:
                found.add(key)
        return found

    def lacks(self, event: CallEvent) -> bool:
        """Whether the events before this one have to be restored first."""
        return event.call.version != 1 and _key(event) not in self._known

    def restore(self, events: Iterable[CallEvent]) -> None:
        """All events of one call, in order, before those to come."""
        for event in events:
            self.take(event)

    def take(self, event: CallEvent) -> tuple[Segment, ...]:
        """One more event. When it ends the call: the segments of the call, and its path is forgotten."""
        key = _key(event)
        if event.call.version == 1:
            self._known.pop(key, None)
            if len(self._known) >= MAX_LIVING:
                del self._known[next(iter(self._known))]
            self._known[key] = Path()
        path = self._known.get(key)
        if path is None:
            return ()
        path.take(event)
        if not isinstance(event.fact, Cleared):
            return ()
        del self._known[key]
        return path.segments()

    def forget(self) -> None:
        """After a transaction that failed nobody knows how far the paths got."""
        self._known.clear()


def _key(event: CallEvent) -> Key:
    return event.call.tenant, event.call.call_id
