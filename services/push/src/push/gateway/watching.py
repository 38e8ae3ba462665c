"""Other users' views, for those who may see them."""

from collections.abc import Iterator

from push.gateway.coding import Encoded, Told
from push.gateway.frames import MOST_WATCHED, Watched, WatchedFrame
from push.gateway.history import History
from push.gateway.hub import Hub, Mailbox, Passing


class Watching:
    """The users that one session watches.

    Updates are asked for before the snapshots are read. Those that come before the snapshots are told wait, and those
    that a snapshot has already are left out: the client hears of each user the snapshot, then what happened since.
    """

    def __init__(self, hub: Hub, history: History, mailbox: Mailbox, own: str) -> None:
        self._hub = hub
        self._history = history
        self._mailbox = mailbox
        self._own = own
        self._users: frozenset[str] | None = frozenset()
        self._told: dict[str, tuple[str, int]] | None = None
        self._early: list[Passing] = []
        self._snapshots: list[WatchedFrame] = []

    @property
    def users(self) -> frozenset[str] | None:
        """Who is watched; None: everybody."""
        return self._users

    async def watch(self, users: frozenset[str] | None) -> None:
        """Watch these users (None: everybody) instead of those before. The snapshots are posted. Raises `NoAnswer`."""
        self.stop()
        self._users = users
        self._hub.add(self._mailbox, None if users is None else users - {self._own})
        if users is None:
            found = await self._history.all(self._hub.seen)
        else:
            found = await self._history.of({user: self._hub.seen(user) for user in sorted(users)})
        told = {user: Watched(epoch=each.epoch, version=each.version, view=each.view) for user, each in found.items()}
        self._snapshots = list(_portions(told))
        for frame in self._snapshots:
            self._mailbox.post(frame)

    def begun(self, frame: WatchedFrame) -> list[Encoded]:
        """Snapshots were told; returns what came too early for them, as frames."""
        if not any(frame is each for each in self._snapshots):
            return []  # of a watch that another one has followed already
        told = self._told = self._told or {}
        told.update({user: (each.epoch, each.version) for user, each in frame.views.items()})
        if frame.more:
            return []
        early, self._early = self._early, []
        return [encoded for update in early if (encoded := self.admit(update)) is not None]

    def admit(self, update: Passing) -> Encoded | None:
        """A watched user's update as a frame; None when it is not to be told (yet)."""
        if self._users is not None and update.user not in self._users:
            return None
        if self._told is None:
            self._early.append(update)
            return None
        if _is_old(update.told, self._told.get(update.user)):
            return None
        self._told[update.user] = (update.told.epoch, update.told.version)
        return update.watched()

    def stop(self) -> None:
        """Watch nobody."""
        users = self._users
        self._hub.remove(self._mailbox, None if users is None else users - {self._own})
        self._users, self._told, self._early, self._snapshots = frozenset(), None, [], []


def _is_old(told: Told, known: tuple[str, int] | None) -> bool:
    return known is not None and known[0] == told.epoch and told.version <= known[1]


def _portions(views: dict[str, Watched]) -> Iterator[WatchedFrame]:
    """The views in frames of a bearable size; one, without views, when there are none."""
    users = sorted(views)
    starts = range(0, max(1, len(users)), MOST_WATCHED)
    for start in starts:
        portion = users[start : start + MOST_WATCHED]
        yield WatchedFrame(views={user: views[user] for user in portion}, more=start + MOST_WATCHED < len(users))
