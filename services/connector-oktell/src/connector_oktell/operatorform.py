"""The form of operators: a connection signed in as one of them, about their line alone."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from cti_connector.session import Turn
from cti_model.commands import CommandRefused, CommandRequest, CommandResult, ErrorCode

from connector_oktell.actions import Options
from connector_oktell.linetalk import LineTalk
from connector_oktell.picture import Picture
from connector_oktell.questions import Asked, Purpose, Questions
from connector_oktell.signin import SignIn
from connector_oktell.translate import lost
from connector_oktell.wire import EVENTS, Credentials, Frame


class OperatorForm:
    """Implements `connector_oktell.session.Form`. `picture` outlives it and is shared by all operators' connections.

    Without `options` it only watches. `redirected`: called when Oktell wants to be spoken to at its TLS port; the next
    connection is to go there, with `skip_ping`. Who is sent away from there too is refused.
    """

    def __init__(
        self,
        picture: Picture,
        device: str,
        credentials: Credentials,
        *,
        skip_ping: bool = False,
        redirected: Callable[[], None] = lambda: None,
        options: Options | None = None,
    ) -> None:
        self.picture = picture
        self.questions = Questions()
        self.about = device
        self.user: Mapping[str, Any] = {"userlogin": credentials.login}
        self._desk = picture.desk(device)
        lost(self._desk)
        self._line = LineTalk(picture, self._desk, self.questions, self.user, options)
        self._sign_in = SignIn(picture, self._line, credentials, hopped=skip_ping, redirected=redirected)

    @property
    def ready(self) -> bool:
        """Whether the operator is signed in."""
        return self._sign_in.done

    def start_question(self) -> tuple[str, dict[str, Any]]:
        """Whether it answers, the log-in, and what is asked after it."""
        return self._sign_in.question()

    def started(self, frame: Frame) -> None:
        """See `SignIn.answered`."""
        self._sign_in.answered(frame)

    def next_at(self, at: datetime) -> datetime | None:
        """When the line is to be asked about."""
        return self._desk.polls.next_at

    def lives(self, at: datetime, *, ping: bool) -> None:
        """Whatever comes shows that the operator is listened to."""
        self._desk.heard_at = at

    def told(self, frame: Frame, at: datetime, turn: Turn) -> None:
        """An event of the operator."""
        if frame.name in EVENTS and self.ready:
            self._line.event(frame, at, turn)

    def answered(self, asked: Asked, frame: Frame, at: datetime, turn: Turn) -> None:
        """An answer about the operator's line."""
        self._line.answered(asked, frame, at, turn)

    def due(self, at: datetime, turn: Turn) -> None:
        """Ask about the line when it is time; see what became of commands."""
        self._line.due(at, turn)
        self._line.look(turn)

    def ask_snapshot(self, number: int) -> bytes:
        """Ask how it stands with the operator, the numbers of the company, and the line."""
        return self._line.ask_snapshot(number)

    def command(self, request: CommandRequest, number: int, at: datetime) -> Turn:
        """Begin to carry out a command; raises `CommandRefused`."""
        if not self.ready:
            raise CommandRefused(ErrorCode.NOT_CONNECTED, "this operator is not signed in at Oktell")
        return self._line.command(request, number, at)

    def give_up(self, number: int) -> CommandResult:
        """A command's time, or the connection, is over."""
        return self._line.give_up(number)

    def farewell(self) -> bytes:
        """Sign out, as the library does: the operator's place is free at once, and the session id is worth nothing."""
        return self.questions.ask(Asked(Purpose.FAREWELL, "logout", about=self.about), {}, self.user)
