"""One connection between servers as a conversation: every message names the user whose line it is about. Experimental.

The calls are those of the form of operators: each line is listened to, asked about and commanded in the same way.
"""

from datetime import datetime

from cti_connector.frames import FrameCounter, Tell
from cti_connector.session import LinkLost, LinkRefused, Turn
from cti_model.commands import CommandRequest, CommandResult

from connector_oktell.actions import Options
from connector_oktell.picture import Picture
from connector_oktell.questions import Asked, Purpose, Questions
from connector_oktell.serverlines import ServerLines
from connector_oktell.serverstart import ServerStart
from connector_oktell.translate import lost, next_conclusion, tick
from connector_oktell.wire import (
    EVENTS,
    MAX_FRAME_BYTES,
    MOST_SENT_BYTES,
    BadFrame,
    Decoder,
    Frame,
    LoginRefused,
    in_parts,
    reply,
)


class ServerSession:
    """Implements `cti_connector.session.Session` for all users. `picture` outlives it. Without `options` it watches."""

    def __init__(
        self,
        picture: Picture,
        *,
        max_frame_bytes: int = MAX_FRAME_BYTES,
        frames: Tell | None = None,
        options: Options | None = None,
    ) -> None:
        self._picture = picture
        for desk in picture.state.desks.values():
            lost(desk)
        self._decoder = Decoder(max_frame_bytes)
        self._frames = FrameCounter(frames, "used", "malformed")
        self._questions = Questions(lambda frame: in_parts(frame, frame.qid, MOST_SENT_BYTES))
        self._start = ServerStart()
        self._lines = ServerLines(picture, self._questions, options)
        self._answered_ping = 0

    @property
    def ready(self) -> bool:
        """Whether Oktell has taken us for a server."""
        return self._start.done

    @property
    def unsettled(self) -> bool:
        """Never: what waits has its own instant."""
        return False

    @property
    def wakes_at(self) -> datetime | None:
        """When a line is to be asked about, or a call may be over."""
        if not self.ready:
            return None
        return min(filter(None, (self._lines.next_at, next_conclusion(self._picture.state))), default=None)

    @property
    def answered_ping(self) -> int:
        """The number of the newest ping that was answered."""
        return self._answered_ping

    def greet(self) -> bytes:
        """Who are you?"""
        return self._start_question()

    def receive(self, data: bytes, at: datetime) -> Turn:
        """Bytes came; see `cti_connector.session.Session`."""
        turn = Turn()
        try:
            frames = self._decoder.feed(data)
        except BadFrame as error:
            raise LinkLost(f"not Oktell's protocol: {error}") from error
        finally:
            self._frames.look(self._decoder.counts)
        for frame in frames:
            asked = self._questions.answered(frame)
            answer = reply(frame, self._lines.members) if asked is None else None
            if asked is not None:
                self._answered(asked, frame, at, turn)
            elif answer is not None:
                turn.send += in_parts(answer, f"reply.{answer.qid}", MOST_SENT_BYTES)
            elif frame.name in EVENTS and self.ready:
                self._lines.event(frame, at, turn)
        self._due(at, turn)
        return turn

    def quiet(self, at: datetime) -> Turn:
        """Time has passed."""
        turn = Turn()
        self._due(at, turn)
        return turn

    def ping(self, number: int) -> bytes:
        """Answered at once by `pong`."""
        return self._questions.ask(Asked(Purpose.PING, "ping", number), {}, {})

    def ask_snapshot(self, number: int) -> bytes:
        """Ask how it stands with the numbers of the company, and with each user and their line."""
        return self._lines.ask_snapshot(number, self._start.peer.user)

    def command(self, request: CommandRequest, number: int, at: datetime) -> Turn:
        """Begin to carry out a command; see `cti_connector.session.Session`."""
        return self._lines.command(request, number, at)

    def give_up(self, number: int) -> CommandResult:
        """A command's time, or this connection, is over."""
        return self._lines.give_up(number)

    def _due(self, at: datetime, turn: Turn) -> None:
        if self.ready:
            turn.events += tick(self._picture.state, at)
            self._lines.due(at, turn)

    def _answered(self, asked: Asked, frame: Frame, at: datetime, turn: Turn) -> None:
        if asked.purpose is Purpose.START:
            self._started(frame, turn)
        elif asked.purpose is Purpose.PING:
            self._answered_ping = asked.number
            self._lines.heard(at)
        else:
            self._lines.answered(asked, frame, at, turn)

    def _started(self, frame: Frame, turn: Turn) -> None:
        try:
            self._start.answered(frame)
        except LoginRefused as error:
            raise LinkRefused(str(error), error.reason) from error
        if self.ready:
            self._picture.agents.lunch.update(self._start.lunch)
            self._lines.begin(self._start.members, self._start.peer.dated)
        else:
            turn.send += self._start_question()

    def _start_question(self) -> bytes:
        method, fields = self._start.question()
        return self._questions.ask(Asked(Purpose.START, method), fields, self._start.peer.user)
