"""Each user's latest update, who sees which connection, and who is an agent at which device. Pure."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Set
from typing import NamedTuple, TypeVar

from cti_model.view import UserUpdate

Key = TypeVar("Key")


class Device(NamedTuple):
    """A telephone of a PBX."""

    pbx: str
    number: str


class Views(dict[str, UserUpdate]):
    """By user. Whoever sees a connection goes on seeing it: an extension that changes hands leaves nobody a ghost."""

    def __init__(self, updates: Iterable[UserUpdate] = ()) -> None:
        super().__init__()
        self._seers: defaultdict[str, set[str]] = defaultdict(set)
        self._agents: defaultdict[Device, set[str]] = defaultdict(set)
        for each in updates:
            self[each.view.user] = each

    def __setitem__(self, user: str, update: UserUpdate) -> None:
        last = self.get(user)
        before = {call.id for call in last.view.calls} if last is not None else set()
        _moved(self._seers, user, before, {call.id for call in update.view.calls})
        if last is None or last.view.agents != update.view.agents:
            were = {Device(each.pbx, each.device) for each in last.view.agents} if last is not None else set()
            _moved(self._agents, user, were, {Device(each.pbx, each.device) for each in update.view.agents})
        super().__setitem__(user, update)

    def seers(self, connection_id: str) -> tuple[str, ...]:
        """The users who see a connection as a call of theirs, in order."""
        return tuple(sorted(self._seers.get(connection_id, ())))

    @property
    def agents(self) -> Mapping[Device, Set[str]]:
        """The users who are agents at a device, as their views say."""
        return self._agents


def _moved(index: defaultdict[Key, set[str]], user: str, before: set[Key], after: set[Key]) -> None:
    for key in before - after:
        index[key].discard(user)
        if not index[key]:
            del index[key]
    for key in after - before:
        index[key].add(user)
