"""One operator's connection as a conversation: log-in, events, questions about the line, commands."""

import dataclasses
from collections.abc import Callable
from datetime import datetime
from typing import Any, Final

from cti_connector.frames import FrameCounter
from cti_connector.session import LinkLost, LinkRefused, Reconciled, Refusal, Turn
from cti_model.calls import Command
from cti_model.commands import CommandRefused, CommandRequest, CommandResult, ErrorCode
from cti_model.events import Origin

from connector_oktell.actions import Ask, Options, Question, Works, features, plan
from connector_oktell.picture import Picture
from connector_oktell.snapshot import LINE, QUESTIONS, Round
from connector_oktell.translate import hear, lost, next_conclusion, numbers, take_line, tick
from connector_oktell.translate.users import user_state
from connector_oktell.wire import (
    EVENTS,
    MAX_FRAME_BYTES,
    BadFrame,
    Credentials,
    Decoder,
    Frame,
    LoginRefused,
    Redirected,
    StartUp,
    TooOld,
    encoded,
    rows,
)

_START: Final = "start"
_PING: Final = "ping"
_COMMAND: Final = "command"
_POLL: Final = "poll"
_SNAPSHOT: Final = "snapshot"


class OktellSession:
    """Implements `cti_connector.session.Session` for one operator. `picture` outlives it and is shared by all.

    Without `options` it only watches. `redirected`: called when Oktell wants to be spoken to at its TLS port; the next
    connection is to go there, with `skip_ping`.
    """

    def __init__(
        self,
        picture: Picture,
        device: str,
        credentials: Credentials,
        *,
        skip_ping: bool = False,
        redirected: Callable[[], None] | None = None,
        max_frame_bytes: int = MAX_FRAME_BYTES,
        frames: Callable[[str, int], None] | None = None,
        options: Options | None = None,
    ) -> None:
        self._picture = picture
        self._desk = picture.desk(device)
        lost(self._desk)
        self._credentials = credentials
        self._start = StartUp(credentials, skip_ping=skip_ping)
        self._redirected = redirected
        self._frames = FrameCounter(frames, "used", "malformed")
        self._decoder = Decoder(max_frame_bytes)
        self._commands = options is not None
        self._options = options or Options()
        self._works = Works(self._desk, self._command_question)
        self._asked: dict[str, tuple[str, str, int]] = {}
        self._last_qid = 0
        self._round: Round | None = None
        self._answered_ping = 0

    @property
    def ready(self) -> bool:
        """Whether the operator is signed in and events come."""
        return self._start.done

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
            asked = self._asked.pop(frame.qid, None)
            if asked is not None:
                self._answered(asked, frame, at, turn)
            elif frame.name in EVENTS and self.ready:
                self._event(frame, at, turn)
        self._due(at, turn)
        return turn

    def quiet(self, at: datetime) -> Turn:
        """Time has passed."""
        turn = Turn()
        self._due(at, turn)
        return turn

    def _due(self, at: datetime, turn: Turn) -> None:
        if self.ready:
            if self._desk.polls.take(at):
                turn.send += self._question(LINE, {}, (_POLL, LINE, 0))
            turn.events += tick(self._picture.state, at)
        self._works.look(turn)

    def _event(self, frame: Frame, at: datetime, turn: Turn) -> None:
        if frame.name == "userstatechanged":
            self._user(frame, at, turn, Origin.OBSERVED)
        turn.events += hear(self._picture.state, self._desk, frame, at)

    def _user(self, frame: Frame, at: datetime, turn: Turn, origin: Origin) -> None:
        said = user_state(frame.fields)
        if said is None:
            return
        desk = self._desk
        desk.polls.user_state(said.state != desk.user_state, said.state, at)
        desk.user_state = said.state
        turn.agents += self._picture.agents.take(desk.device, desk.name, said, at, origin)

    # --- answers --------------------------------------------------------------------------------------------------

    def _answered(self, asked: tuple[str, str, int], frame: Frame, at: datetime, turn: Turn) -> None:
        kind, method, number = asked
        if kind == _START:
            self._started(frame, turn)
        elif kind == _PING:
            self._answered_ping = number
        elif kind == _COMMAND:
            self._user(frame, at, turn, Origin.OBSERVED)
            self._works.answered(number, frame, at, turn)
        else:
            origin = Origin.RECONCILED if self._desk.blind else Origin.OBSERVED
            before = len(turn.events) + len(turn.agents)
            self._told(method, frame, at, turn, origin)
            if kind == _SNAPSHOT and self._round is not None and self._round.number == number:
                found = len(turn.events) + len(turn.agents) - before
                self._compared(self._round, method, found if origin is Origin.RECONCILED else 0, turn)

    def _told(self, method: str, frame: Frame, at: datetime, turn: Turn, origin: Origin) -> None:
        """What an answer about the line, the operator or the numbers says."""
        if method == "getuserstate":
            self._user(frame, at, turn, origin)
        elif method == "getpbxnumbers":
            turn.events += numbers(self._picture.state, rows(frame.fields, "numbers"), at, origin)
        else:
            told, _ = take_line(self._picture.state, self._desk, frame, at)
            turn.events += told

    def _compared(self, asked: Round, method: str, found: int, turn: Turn) -> None:
        asked.answered(method, found)
        if asked.done:
            self._round = None
            turn.reconciled = Reconciled(asked.number, asked.found)

    def _started(self, frame: Frame, turn: Turn) -> None:
        try:
            self._start.answered(frame)
        except LoginRefused as error:
            raise LinkRefused(str(error), error.reason) from error
        except TooOld as error:
            raise LinkRefused(str(error), Refusal.OTHER) from error
        except Redirected as error:
            if self._redirected is not None:
                self._redirected()
            raise LinkLost(str(error)) from error
        if self._start.done:
            self._signed_in()
        else:
            turn.send += self._start_question()

    def _signed_in(self) -> None:
        me, desk = self._start.me, self._desk
        if me.number and me.number != desk.device:
            raise LinkRefused(f"Oktell has this operator at {me.number}, the directory at {desk.device}")
        desk.name, desk.user_id = me.name or desk.name, me.user_id
        self._picture.agents.lunch.update(self._start.lunch)
        self._options = dataclasses.replace(self._options, dated=self._start.dated)
        self._picture.state.features = self._features()

    # --- questions ------------------------------------------------------------------------------------------------

    def _question(self, method: str, fields: dict[str, Any], kind: tuple[str, str, int]) -> bytes:
        self._last_qid += 1
        qid = f"{self._desk.device}.{method}.{self._last_qid}"  # so that a recording tells whose answer to what it is
        self._asked[qid] = kind
        login = {} if method in ("ping", "subscribeevent") else {"userlogin": self._credentials.login}
        return encoded(Frame(method, {"qid": qid, **login, **fields}))

    def _start_question(self) -> bytes:
        method, fields = self._start.question()
        return self._question(method, fields, (_START, method, 0))

    def _command_question(self, question: Question, number: int) -> bytes:
        return self._question(question.method, question.fields, (_COMMAND, question.method, number))

    def ping(self, number: int) -> bytes:
        """Answered at once by `pong`."""
        return self._question("ping", {}, (_PING, "ping", number))

    def ask_snapshot(self, number: int) -> bytes:
        """Ask how it stands with the operator, the numbers of the company, and the line."""
        self._round = Round(number)
        return b"".join(self._question(each, fields, (_SNAPSHOT, each, number)) for each, fields in QUESTIONS.items())

    # --- commands -------------------------------------------------------------------------------------------------

    def command(self, request: CommandRequest, number: int, at: datetime) -> Turn:
        """Begin to carry out a command; see `cti_connector.session.Session`."""
        if not self.ready:
            raise CommandRefused(ErrorCode.NOT_CONNECTED, "this operator is not signed in at Oktell")
        turn = Turn()
        picture = self._picture
        can_do = frozenset(self._features())
        ask = Ask(request, self._desk, picture.state, picture.agents, self._options, can_do)
        self._works.begin(number, request, plan(ask), at, turn)
        return turn

    def give_up(self, number: int) -> CommandResult:
        """A command's time, or this connection, is over."""
        return self._works.give_up(number)

    def _features(self) -> tuple[Command, ...]:
        possible = features(self._options) if self._commands else frozenset()
        return tuple(each for each in Command if each in possible)
