"""Recordings: the engine says only whether it has a file of a channel (`cdr_get_record_link`), so it is asked.

Which channels may have one, `cti_freeswitch` says when they are over (`State.awaited`). What waits is shared by all
links of an engine: each file is asked for once, by whichever link is first, and again until it is there or the call
waits no more. Source: the public engine (`services/cdr.js`).
"""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import unquote, urlsplit

from cti_connector.session import Turn
from cti_freeswitch.event import NOTHING
from cti_freeswitch.state import Awaited, State
from cti_freeswitch.translate.ending import end_if_empty
from cti_freeswitch.translate.turn import Turn as Work
from cti_model.events import CallEvent, Origin, RecordingStored

from connector_webitel.old.wire import Request, Response

_COMMAND: Final = "cdr_get_record_link"
_NOT_NOW: Final = ("permission denied", f"{_COMMAND} - not found")  # other errors are its database's, and pass
_FIRST: Final = timedelta(seconds=2)  # FreeSWITCH hands the file over when the channel is over
_AGAIN: Final = timedelta(seconds=3)
_ANSWER: Final = timedelta(seconds=5)  # what was asked over a link that was lost is asked once more, and waits so long
_PROLONGED: Final = 3  # times at most: a link that comes and goes, or users who sign in, do not keep a call alive
_REFUSED: Final = timedelta(minutes=10)  # so long a link that is refused does not ask
_ABANDONED: Final = timedelta(seconds=60)

Refused = Callable[[str], None]
"""Told in the engine's words why it gives no link."""
Ask = Callable[[Request, Callable[[Response, datetime, Turn], None]], bytes]
"""Gives a question as bytes; its answer goes to the function."""


class Recordings:
    """What one link asks. A link that is refused asks no more for a while; `alone`: there is no other that could.

    The first error of each link is told, also one that passes: then it is asked again.
    """

    def __init__(self, state: State, ask: Ask, refused: Refused, *, alone: bool) -> None:
        self._state = state
        self._ask = ask
        self._tell_refused = refused
        self._alone = alone
        self._refused_until: datetime | None = None
        self._told = False

    @property
    def next_at(self) -> datetime | None:
        """When there is something to ask, or to give up."""
        waits = self._state.awaited.values()
        asks = [each.ask_at for each in waits if each.ask_at is not None]
        if self._refused_until is not None:
            asks = [max(each, self._refused_until) for each in asks]
        return min([each.until for each in waits if each.until is not None] + asks, default=None)

    def look(self, at: datetime, turn: Turn) -> None:
        """Ask what is due, and give up what is overdue."""
        if self._refused_until is not None and self._refused_until <= at:
            self._refused_until = None  # what it is refused for, as a log-out elsewhere, may be over
        refused = self._refused_until is not None
        for uid, each in tuple(self._state.awaited.items()):
            until, ask_at = _times(self._state, each, at)
            if until <= at or (refused and self._alone):
                turn.events += given_up(self._state, [uid], at)
            elif ask_at <= at and not refused:
                each.ask_at = at + _AGAIN
                turn.send += self._ask(Request(_COMMAND, {"uuid": uid}), self._answered(uid))

    def _answered(self, uid: str) -> Callable[[Response, datetime, Turn], None]:
        def heard(response: Response, at: datetime, turn: Turn) -> None:
            if response.ok:
                turn.events += stored(self._state, uid, location_of(response.text), at)
                return
            said = response.text.strip()
            if any(each in said.lower() for each in _NOT_NOW):
                self._refused_until = at + _REFUSED
            if not self._told:
                self._told = True
                self._tell_refused(said[:80] or response.complete)

        return heard


def location_of(link: str) -> str:
    """Where the file is, of an answer: the last part of the link's path. Empty: it is not there (yet).

    The link has a key and a token of whoever asked: nothing of its query is kept.
    """
    try:
        found = urlsplit(link.strip())
    except ValueError:
        return ""
    return unquote(found.path.rpartition("/")[2]) if found.scheme in ("http", "https") else ""


def stored(state: State, uid: str, location: str, at: datetime) -> list[CallEvent]:
    """The engine has the file; with it the call may be over. Without a location nothing changes."""
    found = state.awaited.get(uid)
    if found is None or not location:
        return []
    work = Work(state, NOTHING, at, Origin.OBSERVED)
    if found.box.call.alive:
        fact = RecordingStored(connection_id=found.connection_id, recording_id=uid, location=location)
        work.say(found.box, fact)
    return work.told + given_up(state, [uid], at)


def given_up(state: State, uids: Iterable[str], at: datetime) -> list[CallEvent]:
    """Wait no more for these files. A call that nothing else is waited for is over, as of its last end."""
    work = Work(state, NOTHING, at, Origin.OBSERVED)
    for uid in uids:
        box = state.awaited.pop(uid).box
        end_if_empty(work, box)
    return work.told


def unanswered(state: State) -> None:
    """A link was lost, and perhaps questions with it: they are asked again."""
    for each in state.awaited.values():
        each.ask_at = None


def abandoned(state: State, at: datetime) -> list[CallEvent]:
    """What no link has asked for long after its time: nobody is signed in who could."""
    for each in state.awaited.values():
        if each.until is None:
            _times(state, each, at)
    over = [uid for uid, each in state.awaited.items() if each.until is not None and each.until + _ABANDONED <= at]
    return given_up(state, over, at)


def _times(state: State, each: Awaited, at: datetime) -> tuple[datetime, datetime]:
    """Until when to wait and when to ask, set where they are not."""
    if each.until is None:
        each.until = at + (state.reading.file_wait or timedelta())
        each.ask_at = at + _FIRST
    if each.ask_at is None:
        each.ask_at = at
        if each.until < at + _ANSWER and each.prolonged < _PROLONGED:
            each.until = at + _ANSWER
            each.prolonged += 1
    return each.until, each.ask_at
