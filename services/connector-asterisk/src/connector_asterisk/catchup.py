"""From the log-in to the first snapshot: what comes meanwhile waits, so that it meets a state that knows its channels.

A frame about a channel whose beginning we missed would be misread (a called telephone for a caller). No I/O, no clock.
"""

from collections.abc import Sequence
from datetime import datetime

from cti_model.events import CallEvent, Origin

from connector_asterisk.channels import State
from connector_asterisk.reconcile import reconcile
from connector_asterisk.snapshot import CHANNELS, Collector, Snapshot
from connector_asterisk.translate import translate
from connector_asterisk.wire import Frame


class CatchUp:
    """One round of questions, and the frames that wait for its end; to be fed until `done`.

    Promise: the order of frames is kept and nothing that they say is lost: after `done` the state has the snapshot and
    all of them. When the link is lost before, they are dropped with this, and the state still knows that it is blind.
    """

    def __init__(self, state: State, number: int, channels: str = CHANNELS) -> None:
        self._state = state
        self._collector = Collector(channels)
        self._actions = self._collector.actions(number)
        self._waiting: list[tuple[datetime, Frame]] = []
        self.snapshot: Snapshot | None = None
        """What Asterisk said; None until `done`."""

    @property
    def actions(self) -> Sequence[tuple[str, str, tuple[tuple[str, str], ...]]]:
        """What to send right after the log-in, each as `wire.encode` takes it."""
        return self._actions

    @property
    def done(self) -> bool:
        """Whether the round is over: from now on frames are for `translate`."""
        return self.snapshot is not None

    def owns(self, frame: Frame) -> bool:
        """Whether a frame answers this round."""
        return self._collector.owns(frame)

    def feed(self, frame: Frame, at: datetime) -> list[CallEvent]:
        """Take a frame; the events that it leads to: none, or at the end of the round those of all that waited."""
        ours = self._collector.owns(frame)
        snapshot = self._collector.feed(frame)
        if snapshot is not None:
            return self._end(snapshot, at)
        if frame.name == "FullyBooted":
            return translate(self._state, frame, at)
        if frame.name == "Shutdown":  # no more answers will come
            return [*self.give_up(at), *translate(self._state, frame, at)]
        # The list has the names and Uniqueids after this change of places; a second time would undo it.
        undone = frame.name == "Masquerade" and not self._collector.listening
        if not ours and not frame.is_response and not undone:
            self._waiting.append((at, frame))
        return []

    def give_up(self, at: datetime) -> list[CallEvent]:
        """The answers do not come within the host's deadline: go on with what has come. The events of that."""
        return [] if self.done else self._end(self._collector.give_up(), at)

    def _end(self, snapshot: Snapshot, at: datetime) -> list[CallEvent]:
        self.snapshot = snapshot
        told = reconcile(self._state, snapshot, at, Origin.RECONCILED)
        for came_at, frame in self._waiting:
            told.extend(translate(self._state, frame, came_at))
        self._waiting = []
        return told
