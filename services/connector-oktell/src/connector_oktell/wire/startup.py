"""From the open socket to a signed-in operator: one question after another. No I/O, no clock.

The order is that of oktell.js 1.8.4, but that all events are asked for before the first state is: what happens in
between is then told, not lost.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from cti_connector.session import Refusal

from connector_oktell.wire.errors import LoginRefused, Redirected
from connector_oktell.wire.frames import Frame, number, rows, table, text
from connector_oktell.wire.login import Credentials, LoggedIn, login_answer, login_fields
from connector_oktell.wire.versions import can, checked

EVENTS: Final = (
    "userstatechanged",
    "pbxnumberstatechanged",
    "linestatechanged",
    "flashstatechanged",
    "confcompositionchanged",
    "phoneevent_acmcallstarted",
    "phoneevent_acmcallstopped",
    "phoneevent_ringstarted",
    "phoneevent_ringstopped",
    "phoneevent_ivrstarted",
    "phoneevent_commstarted",
    "phoneevent_commstopped",
)
_PATIENT: Final = ("cc_getlunchtypes", "subscribeevent")
"""Methods whose failure ends nothing."""


@dataclass(frozen=True)
class Me:
    """The operator as Oktell knows them. `number`: of their telephone; empty: they have none."""

    user_id: str = ""
    name: str = ""
    number: str = ""


class StartUp:
    """The sequence. `done` when the operator is signed in and every event was asked for.

    `skip_ping`: after a redirection the log-in comes at once.
    """

    def __init__(self, credentials: Credentials, *, skip_ping: bool = False, events: Iterable[str] = EVENTS) -> None:
        self._credentials = credentials
        self._events = list(events)
        self._steps = ["ping", "login", "getversion", "getmyuserinfo", "cc_getlunchtypes", "subscribeevent"]
        if skip_ping:
            del self._steps[0]
        self.logged_in: LoggedIn | None = None
        self.dated = 0
        self.me = Me()
        self.lunch: dict[int | str, str] = {}

    @property
    def done(self) -> bool:
        """Whether the operator is signed in."""
        return not self._steps

    def question(self) -> tuple[str, dict[str, Any]]:
        """The method and the fields of the question to be asked now. Not to be called when `done`."""
        method = self._steps[0]
        if method == "login":
            return method, login_fields(self._credentials)
        if method == "getversion":
            return method, {"showalloweddbstoredprocs": 1}
        if method == "subscribeevent":
            return method, {"eventmethod": self._events}
        return method, {}

    def answered(self, answer: Frame) -> None:
        """Take the answer to that question; raises `LoginRefused`, `TooOld`, `Redirected`."""
        method = self._steps.pop(0)
        if answer.name == "websocketredirect":
            raise Redirected("Oktell wants to be spoken to at its TLS port")
        if method == "ping":
            return
        if method == "login":
            self.logged_in = login_answer(answer)
        elif not answer.ok and method not in _PATIENT:
            raise LoginRefused(f"{method} refused: {answer.failure}", Refusal.OTHER)
        elif method == "getversion":
            self.dated = checked(number(table(answer.fields, "version"), "dated"))
            self._steps = [each for each in self._steps if can(self.dated, each)]
        elif method == "getmyuserinfo":
            self.me = self._who(answer.fields)
        elif method == "cc_getlunchtypes":
            items = rows(answer.fields, "items")
            self.lunch = {each["id"]: text(each, "name") for each in items if text(each, "id")}

    def _who(self, fields: dict[str, Any]) -> Me:
        user_id = self.logged_in.user_id if self.logged_in is not None else ""
        return Me(user_id, text(fields, "username"), text(fields, "mainpbxnumber") or text(fields, "linenumber"))
