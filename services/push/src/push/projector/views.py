"""Each user's latest update, and who sees which connection. Pure."""

from collections import defaultdict
from collections.abc import Iterable

from cti_model.view import UserUpdate


class Views(dict[str, UserUpdate]):
    """By user. Whoever sees a connection goes on seeing it: an extension that changes hands leaves nobody a ghost."""

    def __init__(self, updates: Iterable[UserUpdate] = ()) -> None:
        super().__init__()
        self._seers: defaultdict[str, set[str]] = defaultdict(set)
        for each in updates:
            self[each.view.user] = each

    def __setitem__(self, user: str, update: UserUpdate) -> None:
        last = self.get(user)
        before = {call.id for call in last.view.calls} if last is not None else set()
        after = {call.id for call in update.view.calls}
        for connection_id in before - after:
            self._seers[connection_id].discard(user)
            if not self._seers[connection_id]:
                del self._seers[connection_id]
        for connection_id in after - before:
            self._seers[connection_id].add(user)
        super().__setitem__(user, update)

    def seers(self, connection_id: str) -> tuple[str, ...]:
        """The users who see a connection as a call of theirs, in order."""
        return tuple(sorted(self._seers.get(connection_id, ())))
