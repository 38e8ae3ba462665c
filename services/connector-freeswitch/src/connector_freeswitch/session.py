"""One event socket connection as a conversation: log-in, events, questions, commands."""

from collections.abc import Iterable
from datetime import datetime

from cti_connector.framed import PicturedSession
from cti_connector.frames import Tell
from cti_connector.session import LinkLost, LinkRefused, Refusal, Turn
from cti_freeswitch.translate import CUSTOM, WANTED
from cti_model.calls import Command
from cti_model.commands import CommandRequest

from connector_freeswitch.actions import Ask, Options, Plan, features, plan
from connector_freeswitch.actions.desk import desk, job_ended
from connector_freeswitch.picture import Picture
from connector_freeswitch.questions import Kind, Question, Questions
from connector_freeswitch.wire import MAX_FRAME_BYTES, AuthRefused, Decoder, Frame, Login, api


class EventSocketSession(PicturedSession[Frame, Plan]):
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
        self._options = options or Options()
        possible = features(self._options) if options is not None else frozenset()
        self._features = tuple(each for each in Command if each in possible)
        self._asked = Questions()
        self._desk = desk(lambda name: self._asked.add(Question(Kind.JOB, job=name)))
        self._login = Login(password, (*WANTED, "BACKGROUND_JOB"), tuple(CUSTOM), user)
        super().__init__(
            Decoder(max_frame_bytes),
            frames,
            "not an event socket, or out of step",
            kept=picture,
            login=self._login,
            works=self._desk,
            exchange="FreeSWITCH",
        )

    def greet(self) -> bytes:
        """Nothing: FreeSWITCH speaks first."""
        return b""

    def _take(self, frames: Iterable[Frame], at: datetime, turn: Turn) -> None:
        super()._take(frames, at, turn)
        if not self.unsettled:
            self._picture.quiet(at, turn)

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
            self._picture.state.features = self._features

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

    def _plan(self, request: CommandRequest, at: datetime) -> Plan:
        picture = self._picture
        return plan(Ask(request, frozenset(self._features), picture.state, picture.agents, self._options))

    def ping(self, number: int) -> bytes:
        """`echo` is answered at once."""
        self._asked.add(Question(Kind.PING, number))
        return api(f"echo {number}")

    def ask_snapshot(self, number: int) -> bytes:
        """Ask what is alive now."""
        return self._questions(self._picture.ask(number), number)
