"""What Asterisk says is alive now, as one value gathered from several lists. No I/O, no clock.

All versions are asked the same: channels, who waits in queues, who is parked, when Asterisk started. What a version
does not know or the user may not ask is refused, counts as absent, and is named. `CoreShowChannels` needs the write
class system or reporting, `Status` call also: a host that was refused the first asks again with the second, which
tells the same from 13 on and less in 11 (no application).
"""

from collections.abc import Iterable
from typing import Final

from msgspec import Struct

from connector_asterisk.items import (
    ParkedChannel,
    SnapshotChannel,
    Waiting,
    channel_of_item,
    parked_of_item,
    waiting_of_item,
)
from connector_asterisk.wire import Collector as ListOf
from connector_asterisk.wire import Frame

LISTED: Final = frozenset(
    {
        "CoreShowChannel",
        "CoreShowChannelsComplete",
        "Status",
        "StatusComplete",
        "QueueEntry",
        "QueueStatusComplete",
        "ParkedCall",
        "ParkedCallsComplete",
    }
)
"""Events of lists. Asterisk sends them to nobody but who asked, so that a decoder may always want them."""

CHANNELS: Final = "CoreShowChannels"
_QUEUES, _PARKED, _STATUS, _END = "QueueStatus", "ParkedCalls", "CoreStatus", "Ping"
# Frames that move a channel between bridges; after one of these the translator knows better than the list.
_MOVES = frozenset({"BridgeEnter", "BridgeLeave", "Bridge", "Masquerade", "AttendedTransfer", "BlindTransfer"})
# The same for queues and parking slots.
_WAITS = frozenset({"QueueCallerJoin", "QueueCallerLeave", "Join", "Leave"}) | frozenset(
    {"ParkedCall", "UnParkedCall", "ParkedCallTimeOut", "ParkedCallGiveUp"}
)


class Snapshot(Struct, frozen=True, kw_only=True):
    """What was alive when the lists were told. A part that is None was refused or never came: `absent` names it.

    `touched`: channels (Uniqueids and names) that frames spoke of since the list of channels began, or that hung up
    since the round did; `moved`: those of them that went between bridges; `queued`: into or out of a queue or a parking
    slot. Of these the frames know more than the list.
    A channel that hung up meanwhile is not in `channels`. `boot`: when Asterisk started, in its own words: only to be
    compared.
    """

    channels: tuple[SnapshotChannel, ...] | None = None
    waiting: tuple[Waiting, ...] | None = None
    parked: tuple[ParkedChannel, ...] | None = None
    boot: str = ""
    absent: tuple[str, ...] = ()
    touched: frozenset[str] = frozenset()
    moved: frozenset[str] = frozenset()
    queued: frozenset[str] = frozenset()


class Collector:
    """One round of questions: send `actions(number)`, feed every frame, and get the snapshot once.

    Asterisk answers actions in order and writes out what happened before the next one. So the last action, a `Ping`,
    ends the round: what has no answer by then never gets one, and everything that happened before the list of
    channels was told has come. When even that answer fails to come, `give_up` ends the round after the host's own
    deadline. The number makes the ActionIDs; take another for each round of a connection. `listening`: the list of
    channels has begun, so that events that come now may be younger than it.
    """

    def __init__(self, channels: str = CHANNELS) -> None:
        self._asked = (channels, _QUEUES, _PARKED, _STATUS, _END)
        self._ids: dict[str, str] = {}
        self._lists: dict[str, ListOf] = {}
        self._boot = ""
        self.listening = False
        self._touched: set[str] = set()
        self._moved: set[str] = set()
        self._queued: set[str] = set()
        self._gone: set[str] = set()

    def actions(self, number: int) -> list[tuple[str, str, tuple[tuple[str, str], ...]]]:
        """What to send, in this order: action, ActionID and headers of each, as `wire.encode` takes them."""
        return [(action, action_id, ()) for action_id, action in self._expect(number)]

    def _expect(self, number: int) -> list[tuple[str, str]]:
        self._ids = {f"snapshot-{number}-{action}": action for action in self._asked}
        self._lists = {action: ListOf(action_id) for action_id, action in self._ids.items()}
        return list(self._ids.items())

    def owns(self, frame: Frame) -> bool:
        """Whether a frame answers this round: such a frame is not for the translator."""
        return frame.get("ActionID") in self._ids

    def feed(self, frame: Frame) -> Snapshot | None:
        """Take one more frame, of this round or not; the snapshot when it is whole."""
        action = self._ids.get(frame.get("ActionID"))
        if action is None:
            self._overhear(frame)
            return None
        if action == self._asked[0]:
            self.listening = True
        if action == _END:
            return self.give_up()
        if action == _STATUS and frame.get("Response") == "Success":
            self._boot = f"{frame.get('CoreStartupDate')} {frame.get('CoreStartupTime')}".strip()
        self._lists[action].take(frame)
        return None

    def give_up(self) -> Snapshot:
        """The snapshot of what has come so far; the round is over."""
        told = {action: each.items for action, each in self._lists.items() if each.complete and each.error is None}
        channels, waiting, parked = told.get(self._asked[0]), told.get(_QUEUES), told.get(_PARKED)
        absent = [each for each in self._asked[:3] if each not in told]
        if not self._boot:
            absent.append(_STATUS)
        callers = (each for each in waiting or () if each.get("Uniqueid"))
        snapshot = Snapshot(
            channels=None if channels is None else self._channels(channels),
            waiting=None if waiting is None else tuple(map(waiting_of_item, callers)),
            parked=None if parked is None else tuple(map(parked_of_item, parked)),
            boot=self._boot,
            absent=tuple(absent),
            touched=frozenset(self._touched),
            moved=frozenset(self._moved),
            queued=frozenset(self._queued),
        )
        self._ids, self.listening = {}, False
        return snapshot

    def _channels(self, items: Iterable[Frame]) -> tuple[SnapshotChannel, ...]:
        return tuple(each for each in map(channel_of_item, items) if each.uid and each.uid not in self._gone)

    def _overhear(self, frame: Frame) -> None:
        if frame.name == "Hangup":
            self._gone.add(frame.get("Uniqueid"))
            self._touched.add(frame.get("Uniqueid"))
        elif self.listening:
            self._touched |= (speaks_of := _spoken_of(frame))
            if frame.name in _MOVES:
                self._moved |= speaks_of
            elif frame.name in _WAITS:
                self._queued |= speaks_of


class Overheard:
    """Lists of channels that somebody else asked for (in a recording): a snapshot at the end of each.

    `owns` as in `Collector`. Only `CoreShowChannels` is taken: any other list may be one channel or one queue only.
    """

    def __init__(self) -> None:
        self._round: _Foreign | None = None

    def owns(self, frame: Frame) -> bool:
        """Whether a frame is an item of a list, and not for the translator."""
        return frame.name in LISTED and bool(frame.get("ActionID"))

    def feed(self, frame: Frame) -> Snapshot | None:
        """Take one more frame; a snapshot when a list of channels is complete."""
        if frame.name.startswith("CoreShowChannel") and (self._round is None or not self._round.owns(frame)):
            self._round = _Foreign(frame.get("ActionID"))
        return None if self._round is None else self._round.feed(frame)


class _Foreign(Collector):
    """A round of which only the list of channels is known; the list's end is the round's."""

    def __init__(self, action_id: str) -> None:
        super().__init__()
        self._ids = {action_id: CHANNELS}
        self._lists = {CHANNELS: ListOf(action_id)}

    def feed(self, frame: Frame) -> Snapshot | None:
        super().feed(frame)
        return self.give_up() if self._ids and self._lists[CHANNELS].complete else None


def _spoken_of(frame: Frame) -> set[str]:
    """The channels that a frame names: by Uniqueid, or (11's `Masquerade`) by name."""
    found = {value for header, value in frame.headers.items() if header.rstrip("12").endswith("uniqueid")}
    return found | {frame.get("Clone"), frame.get("Original")} - {""}
