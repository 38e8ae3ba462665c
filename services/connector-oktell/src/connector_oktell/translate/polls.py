"""When a line is to be asked about, and when what the answer shows has happened.

The delays are the library's (oktell.js 1.8.4): some events are told before the line's state has followed. What is
asked at once is asked again a little later, since the order of events and state within one action is not known.
"""

from datetime import datetime, timedelta
from typing import Final

from connector_oktell.translate.line import Phone

_NOW: Final = timedelta(0)
_AGAIN: Final = timedelta(milliseconds=700)
_DELAYS: Final[dict[str, tuple[timedelta, ...]]] = {
    "linestatechanged": (timedelta(milliseconds=500),),
    "flashstatechanged": (timedelta(milliseconds=500),),
    "phoneevent_acmcallstarted": (_NOW, _AGAIN),
    "phoneevent_acmcallstopped": (_AGAIN,),
    "phoneevent_ringstarted": (_NOW, _AGAIN),
    "phoneevent_ringstopped": (_NOW, _AGAIN),
    "phoneevent_commstarted": (_AGAIN,),
    "phoneevent_commstopped": (_AGAIN,),
    "phoneevent_ivrstarted": (_NOW,),
    "confcompositionchanged": (_NOW,),
}
_AFTER_STATE: Final = timedelta(milliseconds=400)
_BUSY, _NO_PHONE = 5, 7
_FRESH: Final = timedelta(seconds=3)
_OF_PEOPLE: Final = ("userstatechanged", "pbxnumberstatechanged")
"""Whoever presses a button changes these too, while their line stays as it is: no hint by themselves."""
_TELLS: Final[dict[Phone, tuple[str, ...]]] = {
    Phone.RING: ("phoneevent_ringstarted",),
    Phone.BACKRING: ("phoneevent_ringstarted", "phoneevent_acmcallstarted"),
    Phone.CALL: ("phoneevent_acmcallstarted", "phoneevent_ringstopped"),
    Phone.BACKCALL: ("phoneevent_acmcallstarted",),
    Phone.TALK: ("phoneevent_commstarted", "phoneevent_ringstopped", "phoneevent_acmcallstopped"),
}
_ENDS: Final[dict[Phone, tuple[str, ...]]] = {
    Phone.RING: ("phoneevent_ringstopped",),
    Phone.BACKRING: ("phoneevent_ringstopped",),
    Phone.CALL: ("phoneevent_acmcallstopped",),
    Phone.TALK: ("phoneevent_commstopped",),
}


class Polls:
    """The questions that are due, and the instants of the hints that made them so.

    `next_at`: when the line is to be asked about. It is looked at very often, of every line.
    """

    def __init__(self) -> None:
        self._due: list[datetime] = []
        self.next_at: datetime | None = None
        self._hints: dict[str, datetime] = {}
        self._told_at: datetime | None = None
        self._answered_at: datetime | None = None

    def hint(self, event: str, at: datetime) -> None:
        """An event about the line came."""
        if event not in _OF_PEOPLE:
            self._hints[event] = at
        self._add(*(at + each for each in _DELAYS.get(event, ())))

    def user_state(self, changed: bool, state: int, at: datetime) -> None:
        """The operator's state came; a line that may be free again is asked about at once."""
        if changed:
            self._hints["userstatechanged"] = at
            self._add(at + _AFTER_STATE, *(() if state in (_BUSY, _NO_PHONE) else (at,)))

    def ask(self, at: datetime) -> None:
        """Ask then."""
        self._add(at)

    def take(self, at: datetime) -> bool:
        """Whether a question is due; one is enough for all that are."""
        waiting = [each for each in self._due if each > at]
        due, self._due = len(waiting) < len(self._due), waiting
        self.next_at = min(waiting, default=None)
        return due

    def _add(self, *instants: datetime) -> None:
        self._due += instants
        self.next_at = min(self._due, default=None)

    def began_at(self, old: Phone, new: Phone, at: datetime) -> datetime:
        """When the state began that an answer at `at` shows: by a hint of such a change, else the newest, else now."""
        if new.idle or old is new:
            return self.ended_at(old, at)
        return self._newest(_TELLS.get(new, ()), at)

    def ended_at(self, old: Phone, at: datetime) -> datetime:
        """When the former state ended, in the same way."""
        return self._newest(_ENDS.get(old, ()), at)

    def _newest(self, best: tuple[str, ...], at: datetime) -> datetime:
        since = max(self._told_at or at - _FRESH, at - _FRESH)
        for names in (best, tuple(each for each in self._hints if not self._used_up(each))):
            found = [self._hints[name] for name in names if since < self._hints.get(name, since) <= at]
            if found:
                return max(found)
        return at

    def _used_up(self, hint: str) -> bool:
        """Whether all questions that a hint made due were answered, without a change of which it could have told."""
        last = self._hints[hint] + max(_DELAYS.get(hint, (_AFTER_STATE,)))
        return self._answered_at is not None and self._answered_at >= last

    def answered(self, at: datetime) -> None:
        """The line was told of, changed or not."""
        self._answered_at = at

    def told(self, at: datetime) -> None:
        """A change was told as of `at`: hints until then are used up."""
        self._told_at = at

    def forget(self) -> None:
        """The connection is over."""
        self._due.clear()
        self.next_at = None
        self._hints.clear()
