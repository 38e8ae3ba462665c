"""The work on one snapshot: what it has, what of it the frames know better, and the telling of the difference."""

from collections.abc import Callable
from datetime import datetime

from cti_model.calls import ConnectionState

from connector_asterisk.channels import Channel, State
from connector_asterisk.estimate import When, began, known_until
from connector_asterisk.items import SnapshotChannel
from connector_asterisk.kinship import Kinship, is_called
from connector_asterisk.snapshot import Snapshot
from connector_asterisk.translate.turn import Turn
from connector_asterisk.wire import Frame


class Search:
    """The work on one snapshot: its channels by Uniqueid, what waits where, and the turn that tells the difference."""

    def __init__(self, turn: Turn, snapshot: Snapshot, at: datetime) -> None:
        self.turn = turn
        self.state: State = turn.state
        self.snapshot = snapshot
        self.at = at
        ours = self.state.channels
        self.items: dict[str, SnapshotChannel] = {
            item.uid: item
            for item in snapshot.channels or ()
            if item.name
            and not item.name.endswith(("<ZOMBIE>", "<MASQ>"))
            and not (item.uid in ours and ours[item.uid].gone_at)
            and item.uid not in self.state.ended
        }
        self.kinship = Kinship(self.items.values())
        self._started = {uid: each.connection.started_at for uid, each in ours.items() if each.connection is not None}
        # Until when it was known how it stood with each: what this round tells does not make that later.
        self._until = {
            uid: known_until(self.state, each, at) for uid, each in ours.items() if each.connection is not None
        }
        self._until |= dict.fromkeys(ours.keys() - self._until.keys(), self.state.sure_at or at)
        self._callees: dict[str, list[SnapshotChannel]] | None = None
        self.known_before = frozenset(ours)
        self.waiting = {each.uid: each for each in snapshot.waiting or ()}
        names = {item.name: item.uid for item in self.items.values()}
        self.parked = {each.uid or names.get(each.name, ""): each for each in snapshot.parked or ()}

    def took_part(self, item: SnapshotChannel) -> bool:
        """Whether a channel was in a call already before this list, as far as we knew."""
        return item.uid in self._started

    def knows_better(self, channel: Channel) -> bool:
        """Whether frames have moved a channel since the list was told."""
        return channel.uid in self.snapshot.moved or channel.name in self.snapshot.moved

    def bridges(self) -> dict[str, list[str]]:
        """Who talks with whom. Those parked share a bridge and do not talk."""
        found: dict[str, list[str]] = {}
        for uid, item in self.items.items():
            channel = self.state.channels.get(uid)
            moved = channel is not None and self.knows_better(channel)
            if item.bridge_id and not moved and not self._is_parked(uid, channel):
                found.setdefault(item.bridge_id, []).append(uid)
        return found

    def _is_parked(self, uid: str, channel: Channel | None) -> bool:
        if self.snapshot.parked is not None:
            return uid in self.parked
        return channel is not None and is_waiting(channel) and not channel.queue

    def queue(self, item: SnapshotChannel) -> str:
        """The queue that a channel waits in; empty for none."""
        if self.snapshot.waiting is None:
            return self.kinship.queue_of(item)
        entry = self.waiting.get(item.uid)
        return entry.queue if entry else ""

    def called_by(self, caller: SnapshotChannel) -> list[SnapshotChannel]:
        """The telephones that a channel has dialled."""
        if self._callees is None:
            self._callees = {}
            for each in self.items.values():
                source = self.kinship.caller_of(each) if is_called(each) else None
                if source is not None:
                    self._callees.setdefault(source.uid, []).append(each)
        return self._callees.get(caller.uid, [])

    def since(self, item: SnapshotChannel) -> datetime:
        """The earliest instant of what we missed of a channel."""
        channel = self.state.channels.get(item.uid)
        start = self.began(item).told
        return start if channel is None else min(self.at, known_until(self.state, channel, start))

    def changed(self, item: SnapshotChannel, after: SnapshotChannel | None = None) -> When:
        """When that happened which we missed of a channel and of `after`, told as soon as both were there."""
        told = max(self.since(each) for each in (item, after) if each is not None)
        earliest = min(self._earliest(each) for each in (item, after) if each is not None)
        return When(min(earliest, told), told, self.at)

    def _earliest(self, item: SnapshotChannel) -> datetime:
        return self._until.get(item.uid) or self.began(item).not_before

    def began(self, item: SnapshotChannel) -> When:
        """When a channel appeared. Who dialled another did so before it, whatever the list says (11 counts anew)."""
        when = began(item, self.at, self.state.sure_at)
        started = self._started.get(item.uid)
        if started is not None:
            return When(started, started, started)
        for other in () if is_called(item) else self.called_by(item):
            theirs = began(other, self.at, self.state.sure_at)
            if theirs.told < when.told:
                when = When(min(when.not_before, theirs.not_before), theirs.told, max(when.told, theirs.not_after))
        return when


def is_waiting(channel: Channel) -> bool:
    """Whether a channel waits in a queue or a parking slot, as far as we know."""
    return channel.connection is not None and channel.connection.state is ConnectionState.QUEUED


def as_if(turn: Turn, handler: Callable[[Turn], None], name: str, when: When, headers: dict[str, str]) -> None:
    """Do what the translator does with a frame, as if it had come then."""
    turn.event = Frame(name, b"", headers)
    when.put(turn)
    handler(turn)
