"""All users' lines over one connection between servers: whose a message is, what is asked again, their comparison."""

import dataclasses
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Final

from cti_connector.session import LinkRefused, Reconciled, Turn
from cti_model.commands import CommandRefused, CommandRequest, CommandResult, ErrorCode

from connector_oktell.actions import Options
from connector_oktell.linetalk import LineTalk
from connector_oktell.pace import Pace
from connector_oktell.picture import Picture
from connector_oktell.questions import Asked, Purpose, Questions
from connector_oktell.roster import Roster
from connector_oktell.snapshot import LINE, NUMBERS, QUESTIONS, Round
from connector_oktell.translate import Desk, numbers
from connector_oktell.wire import Frame, Member, rows, text

_NUMBERS_OF_ALL: Final = "numbers"
_BUSY_LINE: Final = timedelta(seconds=2)
"""A line in a call is asked about so often at least: a server is not told of each of its changes."""


class ServerLines:
    """`options`: how commands are carried out; None: they are not."""

    def __init__(self, picture: Picture, questions: Questions, options: Options | None, pace: Pace) -> None:
        self._picture = picture
        self._questions = questions
        self._options = options
        self._pace = pace
        self._roster = Roster(self._listen)
        self._at_work: dict[int, LineTalk] = {}
        self._untold: set[str] | None = set()  # lines that Oktell refused to tell of; None: it told of one
        self._again: dict[str, datetime] = {}  # lines in a call, and when each is asked about at the latest
        self._round = Round(0, ())
        self._rounds = 0
        self._heard_lines = False  # in this round

    @property
    def members(self) -> list[Member]:
        """The users whose lines are listened to."""
        return self._roster.members

    def next_at(self, at: datetime) -> datetime | None:
        """When a line is to be asked about; `at`: the present, as far as it is known."""
        is_asked = self._pace.is_asked
        due = [when for line, when in self._again.items() if not is_asked(line)]
        for each in self._roster:  # of a thousand lines, at each read
            when = each.desk.polls.next_at
            if when is not None and not is_asked(each.desk.device):
                due.append(when)
        return self._pace.wakes_at(min(due, default=None), at)

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
            if asked.method == LINE:
                self._pace.answered(asked.about)
                self._heard_lines = True
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
        """Ask about lines when it is their turn; see whether the effects of commands are there."""
        for line in self._pace.late(at):
            self._compared(Reconciled(self._round.number, 0), line, turn)
        for line, comparing in self._pace.take(self._due(at), at):
            talk = self._roster.at(line)
            if talk is not None and comparing:
                talk.compare(self._round.number, at, turn, but=(NUMBERS,))
            elif talk is not None:
                talk.poll(at, turn)
        for talk in set(self._at_work.values()):
            talk.look(turn)
        for number, result in turn.results:
            if result.outcome.final:
                self._at_work.pop(number, None)

    def _due(self, at: datetime) -> list[str]:
        """The lines that events told of, then those that are asked about now and then; each the longest due first."""
        hinted = [
            (when, each.desk.device)
            for each in self._roster
            if (when := each.desk.polls.next_at) is not None and when <= at
        ]
        routine = [(when, line) for line, when in self._again.items() if when <= at]
        return list(dict.fromkeys(line for each in (hinted, routine) for _, line in sorted(each)))

    def ask_snapshot(self, number: int, user: Mapping[str, str]) -> bytes:
        """Ask how it stands with the numbers, in that user's name or nobody's; each user and their line follow.

        Those in a call come first. The first comparison of a connection goes as fast as Oktell answers.
        """
        lines = [each.desk for each in sorted(self._roster, key=lambda each: not _in_a_call(each.desk))]
        self._round = Round(number, (_NUMBERS_OF_ALL, *(each.device for each in lines)))
        self._heard_lines = not lines
        self._pace.compare((each.device for each in lines), at_once=self._rounds == 0)
        self._rounds += 1
        return self._questions.ask(Asked(Purpose.SNAPSHOT, NUMBERS, number), QUESTIONS[NUMBERS], user)

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
        self._again.pop(talk.desk.device, None)
        if _in_a_call(talk.desk):
            self._again[talk.desk.device] = at + _BUSY_LINE

    def _compared(self, part: Reconciled, question: str, turn: Turn) -> None:
        """A line was compared, did not answer in time, or the numbers were told; the comparison is over when all was.

        One silent line is not a dead Oktell; when all are silent, the comparison is never over, and the link ends.
        """
        if part.number != self._round.number or self._round.done:
            return
        self._round.answered(question, part.differences)
        if self._round.done and self._heard_lines:
            turn.reconciled = Reconciled(part.number, self._round.found)


def _in_a_call(desk: Desk) -> bool:
    view = desk.line.view
    return view.held is not None or not view.phone.idle
