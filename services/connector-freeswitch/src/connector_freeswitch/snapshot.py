"""The questions of one comparison and their answers, in order: lists, then dumps of what is in doubt."""

from cti_freeswitch.event import Event
from cti_freeswitch.reconcile import doubtful
from cti_freeswitch.snapshot import Snapshot, channels, dump, table
from cti_freeswitch.state import State

_GONE = "-ERR No such channel"
"""What `uuid_dump` says of a channel that is not there; every other error says nothing of it."""
_LISTS = ("show channels as json", "callcenter_config agent list", "callcenter_config tier list")


class Round:
    """One comparison. `snapshot` is set when all is answered.

    What is missing from the list is asked for once more, by its dump: the events of its end may have been on the way.
    Where the list itself is refused there is no snapshot to compare: all that we know stays as it is.
    """

    def __init__(self, state: State, number: int) -> None:
        self._state = state
        self.number = number
        self.questions = list(_LISTS)
        self.snapshot: Snapshot | None = None
        self._answers: list[str] = []
        self._dumped: list[str] = []
        self._alive: dict[str, str] = {}

    def answered(self, text: str) -> list[str]:
        """Take the next answer; the questions that follow from it."""
        self._answers.append(text)
        if len(self._answers) == len(_LISTS):
            self._alive = channels(self._answers[0]) or {}
            listed = channels(self._answers[0]) is not None
            self._dumped = doubtful(self._state, self._alive) if listed else []
            if self._dumped:
                return [f"uuid_dump {uid} json" for uid in self._dumped]
        if len(self._answers) == len(_LISTS) + len(self._dumped):
            self.snapshot = self._complete()
        return []

    def _complete(self) -> Snapshot:
        found: dict[str, Event] = {}
        absent: set[str] = set()
        for uid, text in zip(self._dumped, self._answers[len(_LISTS) :], strict=True):
            event = dump(text)
            if event is not None:
                found[uid] = event
            elif text.startswith(_GONE):
                absent.add(uid)
        agents, tiers = table(self._answers[1]), table(self._answers[2])
        return Snapshot(self._alive, found, frozenset(absent), None if tiers is None else agents, tiers or [])
