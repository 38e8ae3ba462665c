"""One connection between servers as a conversation: every message names the user whose line it is about. Experimental.

The calls are those of the form of operators: each line is listened to, asked about and commanded in the same way.
"""

import dataclasses
from datetime import datetime
from typing import Final

from cti_connector.frames import FrameCounter, Tell
from cti_connector.session import LinkLost, LinkRefused, Reconciled, Turn
from cti_model.commands import CommandRefused, CommandRequest, CommandResult, ErrorCode

from connector_oktell.actions import Options
from connector_oktell.linetalk import LineTalk
from connector_oktell.picture import Picture
from connector_oktell.questions import Asked, Purpose, Questions
from connector_oktell.roster import Roster
from connector_oktell.serverstart import ServerStart
from connector_oktell.snapshot import LINE, NUMBERS, QUESTIONS, Round
from connector_oktell.translate import lost, next_conclusion, numbers, tick
from connector_oktell.wire import (
    EVENTS,
    MAX_FRAME_BYTES,
    MOST_SENT_BYTES,
    BadFrame,
    Decoder,
    Frame,
    LoginRefused,
    Member,
    in_parts,
    reply,
    rows,
    text,
)

_NUMBERS_OF_ALL: Final = "numbers"


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
        self._options = options
        self._decoder = Decoder(max_frame_bytes)
        self._frames = FrameCounter(frames, "used", "malformed")
        self._questions = Questions(lambda frame: in_parts(frame, frame.qid, MOST_SENT_BYTES))
        self._start = ServerStart()
        self._roster = Roster(self._listen)
        self._at_work: dict[int, LineTalk] = {}
        self._untold: set[str] | None = set()  # lines that Oktell refused to tell of; None: it told of one
        self._round = Round(0, ())
        self.answered_ping = 0

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
        due = (each.desk.polls.next_at for each in self._roster)
        return min(filter(None, (next_conclusion(self._picture.state), *due)), default=None)

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
            answer = reply(frame, self._roster.members) if asked is None else None
            if asked is not None:
                self._answered(asked, frame, at, turn)
            elif answer is not None:
                turn.send += in_parts(answer, f"reply.{answer.qid}", MOST_SENT_BYTES)
            elif frame.name in EVENTS and self.ready:
                self._event(frame, at, turn)
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
        self._round = Round(number, (_NUMBERS_OF_ALL, *(each.desk.device for each in self._roster)))
        first = self._questions.ask(Asked(Purpose.SNAPSHOT, NUMBERS, number), QUESTIONS[NUMBERS], self._start.peer.user)
        return first + b"".join(each.ask_snapshot(number, but=(NUMBERS,)) for each in self._roster)

    def command(self, request: CommandRequest, number: int, at: datetime) -> Turn:
        """Begin to carry out a command on the line that acts, or whose connection is meant."""
        device = request.device or self._picture.state.device_of(request.connection_id)
        talk = self._roster.at(device)
        if talk is None:
            raise CommandRefused(ErrorCode.NOT_CONNECTED, f"Oktell has told of no line {device}".rstrip())
        turn = talk.command(request, number, at)
        self._at_work[number] = talk
        return turn

    def give_up(self, number: int) -> CommandResult:
        """A command's time, or this connection, is over."""
        return self._at_work.pop(number).give_up(number)

    def _listen(self, user: Member) -> LineTalk:
        desk = self._picture.desk(user.number)
        desk.name, desk.user_id = user.name or desk.name, user.user_id
        return LineTalk(self._picture, desk, self._questions, user.fields, self._options)

    def _event(self, frame: Frame, at: datetime, turn: Turn) -> None:
        if frame.name == "pbxnumberstatechanged":
            turn.events += numbers(self._picture.state, rows(frame.fields, "numbers"), at)
            return
        talk, stranger = self._roster.of(frame), self._roster.stranger(frame)
        if talk is not None:
            talk.desk.heard_at = at
            talk.event(frame, at, turn)
        elif stranger is not None:
            number, user = stranger
            turn.send += self._questions.ask(Asked(Purpose.WHO, "getmyuserinfo", number), {}, user.fields)

    def _due(self, at: datetime, turn: Turn) -> None:
        if self.ready:
            for each in self._roster:
                each.due(at, turn)
            turn.events += tick(self._picture.state, at)
        for talk in set(self._at_work.values()):
            talk.look(turn)
        for number, result in turn.results:
            if result.outcome.final:
                self._at_work.pop(number, None)

    def _answered(self, asked: Asked, frame: Frame, at: datetime, turn: Turn) -> None:
        talk = self._roster.at(asked.about)
        if asked.purpose is Purpose.START:
            self._started(frame, turn)
        elif asked.purpose is Purpose.PING:
            self.answered_ping = asked.number
            for each in self._roster:
                each.desk.heard_at = at
        elif asked.purpose is Purpose.WHO:
            self._known(asked.number, frame, turn)
        elif talk is not None:
            talk.desk.heard_at = at
            self._lines_are_told(asked, frame)
            talk.answered(asked, frame, at, turn)
            self._one_compared(asked, turn)
        elif asked.method == NUMBERS:
            turn.events += numbers(self._picture.state, rows(frame.fields, "numbers"), at)
            self._one_compared(asked, turn)

    def _started(self, frame: Frame, turn: Turn) -> None:
        try:
            found = self._start.answered(frame)
        except LoginRefused as error:
            raise LinkRefused(str(error), error.reason) from error
        for each in found:
            self._roster.add(each)
        if not self.ready:
            turn.send += self._start_question()
            return
        self._picture.agents.lunch.update(self._start.lunch)
        dated = self._start.peer.dated
        if self._options is not None and dated:
            self._options = dataclasses.replace(self._options, dated=dated)
        for talk in self._roster:
            talk.options = self._options
            self._picture.state.features = talk.features()

    def _known(self, number: int, frame: Frame, turn: Turn) -> None:
        user, said = self._roster.asked(number), frame.fields if frame.ok else {}
        line = text(said, "mainpbxnumber") or text(said, "linenumber")
        talk = self._roster.add(dataclasses.replace(user, name=text(said, "username"), number=line))
        if talk is not None:
            self._picture.state.features = talk.features()
            turn.send += talk.catch_up()

    def _lines_are_told(self, asked: Asked, frame: Frame) -> None:
        """Without this one method there are no calls; that this form has it is inferred."""
        if asked.method != LINE or self._untold is None:
            return
        if frame.ok:
            self._untold = None
            return
        self._untold.add(asked.about)
        if len(self._untold) >= len(self._roster):
            raise LinkRefused(f"Oktell tells no lines to a server: {LINE} says {frame.failure}")

    def _one_compared(self, asked: Asked, turn: Turn) -> None:
        """The comparison is over when that of each line is, and the numbers were told."""
        whole, turn.reconciled = turn.reconciled, None
        if asked.purpose is not Purpose.SNAPSHOT or (asked.about and whole is None):
            return
        if asked.number == self._round.number:
            self._round.answered(asked.about or _NUMBERS_OF_ALL, whole.differences if whole is not None else 0)
            if self._round.done:
                turn.reconciled = Reconciled(asked.number, self._round.found)

    def _start_question(self) -> bytes:
        method, fields = self._start.question()
        return self._questions.ask(Asked(Purpose.START, method), fields, self._start.peer.user)
