"""One operator's connection as a conversation: log-in, events, questions about the line, commands."""

from collections.abc import Callable
from datetime import datetime

from cti_connector.frames import FrameCounter, Tell
from cti_connector.session import LinkLost, Turn
from cti_model.commands import CommandRefused, CommandRequest, CommandResult, ErrorCode

from connector_oktell.actions import Options
from connector_oktell.linetalk import LineTalk
from connector_oktell.picture import Picture
from connector_oktell.questions import Asked, Purpose, Questions
from connector_oktell.signin import SignIn
from connector_oktell.translate import lost, next_conclusion, tick
from connector_oktell.wire import (
    EVENTS,
    MAX_FRAME_BYTES,
    BadFrame,
    Credentials,
    Decoder,
    Frame,
)


class OktellSession:
    """Implements `cti_connector.session.Session` for one operator. `picture` outlives it and is shared by all.

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
        max_frame_bytes: int = MAX_FRAME_BYTES,
        frames: Tell | None = None,
        options: Options | None = None,
    ) -> None:
        self._picture = picture
        self._desk = picture.desk(device)
        lost(self._desk)
        self._user = {"userlogin": credentials.login}
        self._decoder = Decoder(max_frame_bytes)
        self._frames = FrameCounter(frames, "used", "malformed")
        self._questions = Questions()
        self._line = LineTalk(picture, self._desk, self._questions, self._user, options)
        self._sign_in = SignIn(picture, self._line, credentials, hopped=skip_ping, redirected=redirected)
        self._answered_ping = 0

    @property
    def ready(self) -> bool:
        """Whether the operator is signed in and events come."""
        return self._sign_in.done

    @property
    def unsettled(self) -> bool:
        """Never: what waits has its own instant."""
        return False

    @property
    def wakes_at(self) -> datetime | None:
        """When the line is to be asked about, or a call may be over."""
        if not self.ready:
            return None
        return min(filter(None, (self._desk.polls.next_at, next_conclusion(self._picture.state))), default=None)

    @property
    def answered_ping(self) -> int:
        """The number of the newest ping that was answered."""
        return self._answered_ping

    def greet(self) -> bytes:
        """The first question: whether it answers, or the log-in itself."""
        return self._start_question()

    def receive(self, data: bytes, at: datetime) -> Turn:
        """Bytes came; see `cti_connector.session.Session`."""
        turn = Turn()
        self._desk.heard_at = at
        try:
            frames = self._decoder.feed(data)
        except BadFrame as error:
            raise LinkLost(f"not Oktell's protocol: {error}") from error
        finally:
            self._frames.look(self._decoder.counts)
        for frame in frames:
            asked = self._questions.answered(frame)
            if asked is not None:
                self._answered(asked, frame, at, turn)
            elif frame.name in EVENTS and self.ready:
                self._line.event(frame, at, turn)
        self._due(at, turn)
        return turn

    def quiet(self, at: datetime) -> Turn:
        """Time has passed."""
        turn = Turn()
        self._due(at, turn)
        return turn

    def ping(self, number: int) -> bytes:
        """Answered at once by `pong`."""
        return self._questions.ask(Asked(Purpose.PING, "ping", number, self._desk.device), {}, self._user)

    def ask_snapshot(self, number: int) -> bytes:
        """Ask how it stands with the operator, the numbers of the company, and the line."""
        return self._line.ask_snapshot(number)

    def command(self, request: CommandRequest, number: int, at: datetime) -> Turn:
        """Begin to carry out a command; see `cti_connector.session.Session`."""
        if not self.ready:
            raise CommandRefused(ErrorCode.NOT_CONNECTED, "this operator is not signed in at Oktell")
        return self._line.command(request, number, at)

    def give_up(self, number: int) -> CommandResult:
        """A command's time, or this connection, is over."""
        return self._line.give_up(number)

    def farewell(self) -> bytes:
        """Sign out, as the library does: the operator's place is free at once, and the session id is worth nothing."""
        return self._questions.ask(Asked(Purpose.FAREWELL, "logout", about=self._desk.device), {}, self._user)

    def _due(self, at: datetime, turn: Turn) -> None:
        if self.ready:
            self._line.due(at, turn)
            turn.events += tick(self._picture.state, at)
        self._line.look(turn)

    def _answered(self, asked: Asked, frame: Frame, at: datetime, turn: Turn) -> None:
        if asked.purpose is Purpose.START:
            self._sign_in.answered(frame)
            if not self.ready:
                turn.send += self._start_question()
        elif asked.purpose is Purpose.PING:
            self._answered_ping = asked.number
        else:
            self._line.answered(asked, frame, at, turn)

    def _start_question(self) -> bytes:
        method, fields = self._sign_in.question()
        return self._questions.ask(Asked(Purpose.START, method, about=self._desk.device), fields, self._user)
