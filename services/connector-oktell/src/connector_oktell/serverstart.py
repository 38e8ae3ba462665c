"""From the open socket to a server that Oktell knows: one question after another. No I/O, no clock."""

from typing import Any, Final

from connector_oktell.wire import EVENTS, OURSELVES, Frame, Member, Peer, introduced, members, rows, text

_QUESTIONS: Final[dict[str, dict[str, Any]]] = {
    "whoareyou": dict(OURSELVES),
    "getallusernumbers": {"fillsubordinates": True},
    "cc_getlunchtypes": {},
    "subscribeevent": {"event": "phoneevent", "eventmethod": list(EVENTS)},
}
"""Only the first must succeed. Whether a server has to subscribe is not known, and two spellings are told of."""


class ServerStart:
    """`peer`: who answered. `members`: the users that it listed. `lunch`: the kinds of break."""

    def __init__(self) -> None:
        self._steps = list(_QUESTIONS)
        self.peer = Peer()
        self.members: list[Member] = []
        self.lunch: dict[int | str, str] = {}

    @property
    def done(self) -> bool:
        """Whether every question was answered."""
        return not self._steps

    def question(self) -> tuple[str, dict[str, Any]]:
        """The method and the fields of the question to be asked now. Not to be called when `done`."""
        return self._steps[0], _QUESTIONS[self._steps[0]]

    def answered(self, answer: Frame) -> None:
        """Take the answer to that question; raises `LoginRefused`."""
        method = self._steps.pop(0)
        if method == "whoareyou":
            self.peer = introduced(answer)
        elif method == "getallusernumbers":
            self.members = members(answer)
        elif method == "cc_getlunchtypes":
            self.lunch = {each["id"]: text(each, "name") for each in rows(answer.fields, "items") if text(each, "id")}
