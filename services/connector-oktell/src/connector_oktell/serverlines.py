"""All users' lines over one connection between servers: whose a message is, what is asked again, their comparison."""

import dataclasses
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Final

from cti_connector.session import LinkRefused, Reconciled, Turn
from cti_model.commands import CommandRefused, CommandRequest, CommandResult, ErrorCode

from connector_oktell.actions import Options
from connector_oktell.linetalk import LineTalk
from connector_oktell.picture import Picture
from connector_oktell.questions import Asked, Purpose, Questions
from connector_oktell.roster import Roster
from connector_oktell.snapshot import LINE, NUMBERS, QUESTIONS, Round
from connector_oktell.translate import numbers
from connector_oktell.wire import Frame, Member, rows, text

_NUMBERS_OF_ALL: Final = "numbers"
_BUSY_LINE: Final = timedelta(seconds=2)
"""A line in a call is asked about so often at least: a server is not told of each of its changes."""


class ServerLines:
    """`options`: how commands are carried out; None: they are not."""

    def __init__(self, picture: Picture, questions: Questions, options: Options | None) -> None:
        self._picture = picture
        self._questions = questions
        self._options = options
        self._roster = Roster(self._listen)
        self._at_work: dict[int, LineTalk] = {}
        self._untold: set[str] | None = set()  # lines that Oktell refused to tell of; None: it told of one
        self._round = Round(0, ())

    @property
    def members(self) -> list[Member]:
        """The users whose lines are listened to."""
        return self._roster.members

    @property
    def next_at(self) -> datetime | None:
        """When a line is to be asked about."""
        return min(filter(None, (each.desk.polls.next_at for each in self._roster)), default=None)

    def begin(self, found: Iterable[Member], dated: int) -> None:
        """These users are known from the beginning. `dated`: of Oktell's build; 0: not told."""
        if self._options is not None and dated:
            self._options = dataclasses.replace(self._options, dated=dated)
        for each in found:
            self._add(each)

    def heard(self, at: datetime) -> None:
        """The connection lives: all its lines are listened to."""
        for each in self._roster:
            each.desk.heard_at = at

    def event(self, frame: Frame, at: datetime, turn: Turn) -> None:
        """An event came, of a user or of all."""
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

    def answered(self, asked: Asked, frame: Frame, at: datetime, turn: Turn) -> None:
        """A question about a user, a line, or the numbers was answered."""
        talk = self._roster.at(asked.about)
        if asked.purpose is Purpose.WHO:
            self._is(asked.number, frame, turn)
        elif talk is not None:
            talk.desk.heard_at = at
            self._check_told(asked, frame)
            before, turn.reconciled = turn.reconciled, None
            talk.answered(asked, frame, at, turn)
            line, turn.reconciled = turn.reconciled, before
            self._ask_again(talk, at)
            if line is not None:
                self._compared(line, asked.about, turn)
        elif asked.method == NUMBERS:
            turn.events += numbers(self._picture.state, rows(frame.fields, "numbers"), at)
            if asked.purpose is Purpose.SNAPSHOT:
                self._compared(Reconciled(asked.number, 0), _NUMBERS_OF_ALL, turn)

    def due(self, at: datetime, turn: Turn) -> None:
        """Ask about lines when it is time; see whether the effects of commands are there."""
        for each in self._roster:
            each.due(at, turn)
        for talk in set(self._at_work.values()):
            talk.look(turn)
        for number, result in turn.results:
            if result.outcome.final:
                self._at_work.pop(number, None)

    def ask_snapshot(self, number: int, user: Mapping[str, str]) -> bytes:
        """Ask how it stands with the numbers, in that user's name or nobody's, and with each user and their line."""
        self._round = Round(number, (_NUMBERS_OF_ALL, *(each.desk.device for each in self._roster)))
        first = self._questions.ask(Asked(Purpose.SNAPSHOT, NUMBERS, number), QUESTIONS[NUMBERS], user)
        return first + b"".join(each.ask_snapshot(number, but=(NUMBERS,)) for each in self._roster)

    def command(self, request: CommandRequest, number: int, at: datetime) -> Turn:
        """Begin to carry out a command on the line that acts, or whose connection is meant."""
        device = request.device or self._picture.state.device_of(request.connection_id)
        talk = self._roster.at(device)
        if talk is None:
            raise CommandRefused(ErrorCode.NOT_CONNECTED, f"Oktell has told of no line {device}".rstrip())
        turn = talk.command(request, number, at)
        if not any(result.outcome.final for _, result in turn.results):
            self._at_work[number] = talk
        return turn

    def give_up(self, number: int) -> CommandResult:
        """A command's time, or the connection, is over."""
        return self._at_work.pop(number).give_up(number)

    def _listen(self, user: Member) -> LineTalk:
        desk = self._picture.desk(user.number)
        desk.name, desk.user_id = user.name or desk.name, user.user_id
        return LineTalk(self._picture, desk, self._questions, user.fields, self._options)

    def _add(self, user: Member) -> LineTalk | None:
        talk = self._roster.add(user)
        if talk is not None:
            self._picture.state.features = talk.features()
        return talk

    def _is(self, number: int, frame: Frame, turn: Turn) -> None:
        """Who a stranger is; one without a telephone is asked about no more."""
        user, said = self._roster.asked(number), frame.fields if frame.ok else {}
        line = text(said, "mainpbxnumber") or text(said, "linenumber")
        talk = self._add(dataclasses.replace(user, name=text(said, "username"), number=line))
        if talk is not None:
            turn.send += talk.catch_up()

    def _check_told(self, asked: Asked, frame: Frame) -> None:
        """Without this one method there are no calls; that this form has it is inferred."""
        if asked.method != LINE or self._untold is None:
            return
        if frame.ok:
            self._untold = None
            return
        self._untold.add(asked.about)
        if len(self._untold) >= len(self._roster):
            raise LinkRefused(f"Oktell tells no lines to a server: {LINE} says {frame.failure}")

    def _ask_again(self, talk: LineTalk, at: datetime) -> None:
        view, polls = talk.desk.line.view, talk.desk.polls
        busy = view.held is not None or not view.phone.idle
        if busy and (polls.next_at is None or polls.next_at > at + _BUSY_LINE):
            polls.ask(at + _BUSY_LINE)

    def _compared(self, part: Reconciled, question: str, turn: Turn) -> None:
        """A line was compared, or the numbers were told; the comparison is over when each was."""
        if part.number != self._round.number:
            return
        self._round.answered(question, part.differences)
        if self._round.done:
            turn.reconciled = Reconciled(part.number, self._round.found)
