"""What one operator's link asks about the recordings of its calls."""

from datetime import datetime, timedelta
from typing import Final

from cti_connector.session import Turn

from connector_webitel.new.questions import Answered, Ask
from connector_webitel.new.state import State
from connector_webitel.new.translate.recording import stored
from connector_webitel.new.wire import Reply, text

_ACTION: Final = "call_recordings"
_AGAIN: Final = timedelta(seconds=2)
_NEVER: Final = (400, 403)  # no such action in this engine, or no right to it


class Recordings:
    """Asks for the file of each call that was recorded, until it is there or the call waits no more."""

    def __init__(self, state: State, device: str, ask: Ask) -> None:
        self._state = state
        self._device = device
        self._ask = ask

    @property
    def next_at(self) -> datetime | None:
        """When there is something to ask."""
        mine = [each.ask_at for each in self._state.recordings.values() if each.device == self._device]
        return min(mine, default=None)

    def look(self, at: datetime, turn: Turn) -> None:
        """Ask what is due."""
        for uid, each in self._state.recordings.items():
            if each.device == self._device and each.ask_at <= at:
                each.ask_at = at + _AGAIN
                turn.send += self._ask(_ACTION, {"id": uid}, self._answered(uid))

    def _answered(self, uid: str) -> Answered:
        def heard(reply: Reply, at: datetime, turn: Turn) -> None:
            if reply.fault is None or reply.fault.code in _NEVER:
                turn.events += stored(self._state, uid, text(reply.data, "file_id"), at)

        return heard
