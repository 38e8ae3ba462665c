"""One connection to Oktell as a conversation: frames in, each to whom it concerns, and questions out.

Whose lines it is about is the form's: one operator's (`operatorform`), or those of all users (`serverform`).
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final, Protocol

from cti_connector.framed import FramedSession
from cti_connector.frames import Tell
from cti_connector.session import Turn
from cti_model.commands import CommandRequest, CommandResult

from connector_oktell.picture import Picture
from connector_oktell.questions import Asked, Purpose, Questions
from connector_oktell.translate import next_conclusion, tick
from connector_oktell.wire import MAX_FRAME_BYTES, Decoder, Frame

_EVER: Final = datetime.min.replace(tzinfo=UTC)


class Form(Protocol):
    """What differs between the two forms."""

    @property
    def picture(self) -> Picture:
        """The calls of all connections."""
        ...

    @property
    def questions(self) -> Questions:
        """Those that are open on this connection."""
        ...

    @property
    def user(self) -> Mapping[str, Any]:
        """The fields that name in a question who asks."""
        ...

    @property
    def about(self) -> str:
        """Whose line a question is about, where the connection is one operator's."""
        ...

    @property
    def ready(self) -> bool:
        """Whether the start-up is over, and Oktell has let us in."""
        ...

    def start_question(self) -> tuple[str, dict[str, Any]]:
        """The method and the fields to be asked now, until `ready`."""
        ...

    def started(self, frame: Frame) -> None:
        """The answer to that question. Raises `LinkLost`, `LinkRefused`."""
        ...

    def next_at(self, at: datetime) -> datetime | None:
        """When a line is to be asked about. `at`: the last instant that is known, or the beginning of time."""
        ...

    def lives(self, at: datetime, *, ping: bool) -> None:
        """Something came, or an answer to a ping."""
        ...

    def told(self, frame: Frame, at: datetime, turn: Turn) -> None:
        """A frame that answers none of our questions."""
        ...

    def answered(self, asked: Asked, frame: Frame, at: datetime, turn: Turn) -> None:
        """A question about a line, a user, or the numbers was answered."""
        ...

    def due(self, at: datetime, turn: Turn) -> None:
        """Time has passed, or what was read was taken in: ask what is due, see what became of commands."""
        ...

    def ask_snapshot(self, number: int) -> bytes:
        """See `cti_connector.session.Session`."""
        ...

    def command(self, request: CommandRequest, number: int, at: datetime) -> Turn:
        """See `cti_connector.session.Session`."""
        ...

    def give_up(self, number: int) -> CommandResult:
        """See `cti_connector.session.Session`."""
        ...

    def farewell(self) -> bytes:
        """What to say before the connection is given up; empty: nothing."""
        ...


class OktellSession(FramedSession[Frame]):
    """Implements `cti_connector.session.Session`, and `SaysFarewell`, in one of the two forms."""

    def __init__(self, form: Form, *, max_frame_bytes: int = MAX_FRAME_BYTES, frames: Tell | None = None) -> None:
        super().__init__(Decoder(max_frame_bytes), frames, "not Oktell's protocol")
        self._form = form
        self._at = _EVER

    @property
    def ready(self) -> bool:
        """Whether Oktell has let us in, and events come."""
        return self._form.ready

    @property
    def unsettled(self) -> bool:
        """Never: what waits has its own instant."""
        return False

    @property
    def wakes_at(self) -> datetime | None:
        """When a line is to be asked about, or a call may be over."""
        if not self.ready:
            return None
        both = self._form.next_at(self._at), next_conclusion(self._form.picture.state)
        return min(filter(None, both), default=None)

    def greet(self) -> bytes:
        """The first question of the start-up."""
        return self._start_question()

    def _heard(self, at: datetime) -> None:
        self._form.lives(at, ping=False)

    def _frame(self, frame: Frame, at: datetime, turn: Turn) -> None:
        asked = self._form.questions.answered(frame)
        if asked is None:
            self._form.told(frame, at, turn)
        else:
            self._answered(asked, frame, at, turn)

    def _look(self, at: datetime, turn: Turn) -> None:
        self._at = at
        if self.ready:
            turn.events += tick(self._form.picture.state, at)
            self._form.due(at, turn)

    def ping(self, number: int) -> bytes:
        """Answered at once by `pong`."""
        form = self._form
        return form.questions.ask(Asked(Purpose.PING, "ping", number, form.about), {}, form.user)

    def ask_snapshot(self, number: int) -> bytes:
        """Ask how it stands with who is listened to, the numbers of the company, and the lines."""
        return self._form.ask_snapshot(number)

    def command(self, request: CommandRequest, number: int, at: datetime) -> Turn:
        """Begin to carry out a command; see `cti_connector.session.Session`."""
        return self._form.command(request, number, at)

    def give_up(self, number: int) -> CommandResult:
        """A command's time, or this connection, is over."""
        return self._form.give_up(number)

    def farewell(self) -> bytes:
        """The last words, where the form has any."""
        return self._form.farewell()

    def _answered(self, asked: Asked, frame: Frame, at: datetime, turn: Turn) -> None:
        form = self._form
        if asked.purpose is Purpose.START:
            form.started(frame)
            if not form.ready:
                turn.send += self._start_question()
        elif asked.purpose is Purpose.PING:
            self._answered_ping = asked.number
            form.lives(at, ping=True)
        else:
            form.answered(asked, frame, at, turn)

    def _start_question(self) -> bytes:
        form = self._form
        method, fields = form.start_question()
        return form.questions.ask(Asked(Purpose.START, method, about=form.about), fields, form.user)
