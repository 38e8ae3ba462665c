"""The form between servers: one connection for all users, whose every message names the user it is about. Experimental.

The calls are those of the form of operators: each line is listened to, asked about and commanded in the same way.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from cti_connector.session import LinkRefused, Turn
from cti_model.commands import CommandRequest, CommandResult

from connector_oktell.actions import Options
from connector_oktell.pace import Pace
from connector_oktell.picture import Picture
from connector_oktell.questions import Asked, Questions
from connector_oktell.serverlines import ServerLines
from connector_oktell.serverstart import ServerStart
from connector_oktell.translate import lost
from connector_oktell.wire import EVENTS, MOST_SENT_BYTES, Frame, LoginRefused, in_parts, reply


class ServerForm:
    """Implements `connector_oktell.session.Form`. `picture` outlives it. Without `options` it only watches.

    `pace`: how many lines are asked about at once, and over what time a comparison is spread.
    """

    about: Final = ""

    def __init__(self, picture: Picture, pace: Pace, *, options: Options | None = None) -> None:
        self.picture = picture
        self.questions = Questions(lambda frame: in_parts(frame, frame.qid, MOST_SENT_BYTES))
        for desk in picture.state.desks.values():
            lost(desk)
        self._start = ServerStart()
        self._lines = ServerLines(picture, self.questions, options, pace)

    @property
    def user(self) -> Mapping[str, Any]:
        """What is asked in nobody's name is asked in the name that Oktell gave us, if any."""
        return self._start.peer.user

    @property
    def ready(self) -> bool:
        """Whether Oktell has taken us for a server."""
        return self._start.done

    def start_question(self) -> tuple[str, dict[str, Any]]:
        """Who are you, and who are your users?"""
        return self._start.question()

    def started(self, frame: Frame) -> None:
        """Take an answer of the start-up; raises `LinkRefused`."""
        try:
            self._start.answered(frame)
        except LoginRefused as error:
            raise LinkRefused(str(error), error.reason) from error
        if self.ready:
            self.picture.agents.lunch.update(self._start.lunch)
            self._lines.begin(self._start.members, self._start.peer.dated)

    def next_at(self, at: datetime) -> datetime | None:
        """When a line is to be asked about."""
        return self._lines.next_at(at)

    def lives(self, at: datetime, *, ping: bool) -> None:
        """An answer to a ping shows that the connection lives, and with it all its lines are listened to."""
        if ping:
            self._lines.heard(at)

    def told(self, frame: Frame, at: datetime, turn: Turn) -> None:
        """A question of Oktell's, or an event of some user."""
        answer = reply(frame, self._lines.members)
        if answer is not None:
            turn.send += in_parts(answer, f"reply.{answer.qid}", MOST_SENT_BYTES)
        elif frame.name in EVENTS and self.ready:
            self._lines.event(frame, at, turn)

    def answered(self, asked: Asked, frame: Frame, at: datetime, turn: Turn) -> None:
        """An answer about a user, a line, or the numbers."""
        self._lines.answered(asked, frame, at, turn)

    def due(self, at: datetime, turn: Turn) -> None:
        """Ask about lines when it is their turn; see what became of commands."""
        self._lines.due(at, turn)

    def ask_snapshot(self, number: int) -> bytes:
        """Ask how it stands with the numbers of the company; each user and their line follow by and by."""
        return self._lines.ask_snapshot(number, self.user)

    def command(self, request: CommandRequest, number: int, at: datetime) -> Turn:
        """Begin to carry out a command; raises `CommandRefused`."""
        return self._lines.command(request, number, at)

    def give_up(self, number: int) -> CommandResult:
        """A command's time, or the connection, is over."""
        return self._lines.give_up(number)

    def farewell(self) -> bytes:
        """A server has nobody to sign out."""
        return b""
