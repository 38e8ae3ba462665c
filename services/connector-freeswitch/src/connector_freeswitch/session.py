"""One event socket connection as a conversation: log-in, events, questions, commands."""

from datetime import datetime

from cti_connector.frames import FrameCounter, Tell
from cti_connector.session import LinkLost, LinkRefused, Refusal, Turn
from cti_freeswitch.translate import CUSTOM, WANTED
from cti_model.calls import Command
from cti_model.commands import CommandRefused, CommandRequest, CommandResult, ErrorCode

from connector_freeswitch.actions import Ask, Options, features, plan
from connector_freeswitch.actions.desk import desk, job_ended
from connector_freeswitch.picture import Picture
from connector_freeswitch.questions import Kind, Question, Questions
from connector_freeswitch.wire import MAX_FRAME_BYTES, AuthRefused, BadFrame, Decoder, Frame, Login, api


class EventSocketSession:
    """Implements `cti_connector.session.Session` for FreeSWITCH. `picture` outlives it: calls go on over a reconnect.

    Without `options` it only watches: no command is offered, and none is carried out. FreeSWITCH answers in the order
    of asking, without naming the question; commands run beside (`bgapi`) and are named by their job. What a user of
    the event socket may not do is refused by a `command/reply` in place of either (its source, 1.10).
    """

    def __init__(
        self,
        picture: Picture,
        password: str,
        *,
        user: str = "",
        max_frame_bytes: int = MAX_FRAME_BYTES,
        frames: Tell | None = None,
        options: Options | None = None,
    ) -> None:
        self._picture = picture
        picture.connection_lost()
        self._options = options or Options()
        self._commands = options is not None
        self._desk = desk(lambda name: self._asked.add(Question(Kind.JOB, job=name)))
        self._frames = FrameCounter(frames, "used", "malformed")
        self._decoder = Decoder(max_frame_bytes)
        self._login = Login(password, (*WANTED, "BACKGROUND_JOB"), tuple(CUSTOM), user)
        self._asked = Questions()
        self._answered_ping = 0

    @property
    def ready(self) -> bool:
        """Whether FreeSWITCH let us in and sends events."""
        return self._login.done

    @property
    def unsettled(self) -> bool:
        """Whether the translator waits for more events of one action."""
        return self._picture.unsettled

    @property
    def wakes_at(self) -> datetime | None:
        """When a wrap-up ends."""
        return self._picture.agents.next_at

    @property
    def answered_ping(self) -> int:
        """The number of the newest ping that was answered."""
        return self._answered_ping

    def greet(self) -> bytes:
        """Nothing: FreeSWITCH speaks first."""
        return b""

    def receive(self, data: bytes, at: datetime) -> Turn:
        """Bytes came; see `cti_connector.session.Session`."""
        turn = Turn()
        self._picture.heard_at = at
        try:
            frames = self._decoder.feed(data)
        except BadFrame as error:
            raise LinkLost(f"not an event socket, or out of step: {error}") from error
        finally:
            self._frames.look(self._decoder.counts)
        for frame in frames:
            self._frame(frame, at, turn)
        if not self.unsettled:
            self._picture.quiet(at, turn)
        self._desk.look(turn)
        return turn

    def _frame(self, frame: Frame, at: datetime, turn: Turn) -> None:
        if frame.kind == "text/disconnect-notice":
            if frame.headers.get("Content-Disposition") == "linger":  # what it still has to say comes first
                return
            raise LinkLost("FreeSWITCH ends the connection")
        if not self.ready:
            self._log_in(frame, turn)
        elif frame.event is not None:
            if frame.event.name == "BACKGROUND_JOB":
                self._asked.taken(frame.event.get("Job-UUID"))
                job_ended(self._desk, frame.event, turn)
            else:
                self._picture.take(frame.event, at, turn)
        elif frame.kind == "api/response":
            self._answered(self._asked.answered(), frame.text, at, turn)
        elif frame.kind == "command/reply" and frame.reply.startswith("+OK"):
            self._asked.taken(frame.headers.get("Job-UUID", ""))
        elif frame.kind == "command/reply":
            self._answered(self._asked.refused(), frame.reply, at, turn)

    def _log_in(self, frame: Frame, turn: Turn) -> None:
        try:
            turn.send += self._login.take(frame)
        except AuthRefused as error:
            reason = Refusal.WRONG_PASSWORD if error.password else Refusal.NOT_AVAILABLE
            raise LinkRefused(f"log-in refused: {error}", reason) from error
        if self.ready:
            self._picture.state.features = self._features()

    def _answered(self, question: Question | None, said: str, at: datetime, turn: Turn) -> None:
        if question is None:
            return
        if question.kind is Kind.PING:
            self._answered_ping = question.number
        elif question.kind is Kind.LIST:
            turn.send += self._questions(self._picture.answered(question.number, said, at, turn), question.number)
        else:
            self._desk.answered(question.job, False, said, turn)

    def _questions(self, commands: list[str], number: int) -> bytes:
        for _ in commands:
            self._asked.add(Question(Kind.LIST, number))
        return b"".join(map(api, commands))

    def quiet(self, at: datetime) -> Turn:
        """No bytes for a while: tell what waited for more."""
        turn = Turn()
        self._picture.quiet(at, turn)
        self._desk.look(turn)
        return turn

    def command(self, request: CommandRequest, number: int, at: datetime) -> Turn:
        """Begin to carry out a command; see `cti_connector.session.Session`."""
        if not self.ready:
            raise CommandRefused(ErrorCode.NOT_CONNECTED, "not logged in to FreeSWITCH")
        turn = Turn()
        features = frozenset(self._features())
        ask = Ask(request, features, self._picture.state, self._picture.agents, self._options)
        self._desk.begin(number, request, plan(ask), turn)
        return turn

    def give_up(self, number: int) -> CommandResult:
        """A command's time, or this connection, is over."""
        return self._desk.give_up(number)

    def _features(self) -> tuple[Command, ...]:
        possible = features(self._options) if self._commands else frozenset()
        return tuple(each for each in Command if each in possible)

    def ping(self, number: int) -> bytes:
        """`echo` is answered at once."""
        self._asked.add(Question(Kind.PING, number))
        return api(f"echo {number}")

    def ask_snapshot(self, number: int) -> bytes:
        """Ask what is alive now."""
        return self._questions(self._picture.ask(number), number)
