"""What a connection hears and asks about one operator's line, and the commands on it. No I/O, no clock."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from cti_connector.session import Reconciled, Turn
from cti_model.calls import Command
from cti_model.commands import CommandRequest, CommandResult
from cti_model.events import Origin

from connector_oktell.actions import Ask, Options, Question, Works, features, plan
from connector_oktell.picture import Picture
from connector_oktell.questions import Asked, Purpose, Questions
from connector_oktell.snapshot import LINE, QUESTIONS, Round
from connector_oktell.translate import JOURNAL, Desk, doubted, hear, numbers, records_due, records_found, take_line
from connector_oktell.translate.users import user_state
from connector_oktell.wire import Frame, rows


class LineTalk:
    """`user`: the fields that name the operator in a question. `options`: how commands are carried out; None: not."""

    def __init__(
        self,
        picture: Picture,
        desk: Desk,
        questions: Questions,
        user: Mapping[str, Any],
        options: Options | None,
    ) -> None:
        self.desk = desk
        self._picture = picture
        self._questions = questions
        self._user_fields = user
        self.options = options
        self._works = Works(desk, self._command_question)
        self._round: Round | None = None

    def features(self) -> tuple[Command, ...]:
        """What can be asked of this Oktell."""
        possible = features(self.options) if self.options is not None else frozenset()
        return tuple(each for each in Command if each in possible)

    def event(self, frame: Frame, at: datetime, turn: Turn) -> None:
        """An event of this operator came."""
        if frame.name == "userstatechanged":
            before = self.desk.user_state
            self._user(frame, at, turn, Origin.OBSERVED)
            self.desk.polls.user_state(self.desk.user_state != before, self.desk.user_state, at)
        turn.events += hear(self._picture.state, self.desk, frame, at)

    def due(self, at: datetime, turn: Turn) -> None:
        """Ask about the line when it is time."""
        if self.desk.polls.next_at is not None and self.desk.polls.next_at <= at:
            self.poll(at, turn)

    def poll(self, at: datetime, turn: Turn) -> None:
        """Ask about the line now; and for the recordings that are due."""
        self.desk.polls.take(at)
        turn.send += self._ask(Asked(Purpose.POLL, LINE, about=self.desk.device))
        self._records(at, turn)

    def compare(self, number: int, at: datetime, turn: Turn, but: Collection[str]) -> None:
        """Ask the questions of a comparison, of which that about the line is one; `but`: not these."""
        self.desk.polls.take(at)
        turn.send += self.ask_snapshot(number, but)
        self._records(at, turn)

    def _records(self, at: datetime, turn: Turn) -> None:
        for number, fields in records_due(self.desk, at):
            turn.send += self._ask(Asked(Purpose.POLL, JOURNAL, number, self.desk.device), fields)

    def look(self, turn: Turn) -> None:
        """Whether the effect of any command is there now."""
        self._works.look(turn)

    def answered(self, asked: Asked, frame: Frame, at: datetime, turn: Turn) -> None:
        """A question of a command, about the line, or of a comparison was answered."""
        if asked.purpose is Purpose.COMMAND:
            self._user(frame, at, turn, Origin.OBSERVED)
            self._works.answered(asked.number, frame, at, turn)
            return
        origin = Origin.RECONCILED if self.desk.blind else Origin.OBSERVED
        before = len(turn.events) + len(turn.agents)
        if asked.method == JOURNAL:
            turn.events += records_found(self._picture.state, self.desk, asked.number, frame, at)
            return
        self._told(asked.method, frame, at, turn, origin)
        if asked.purpose is Purpose.SNAPSHOT and self._round is not None and self._round.number == asked.number:
            found = len(turn.events) + len(turn.agents) - before
            self._compared(self._round, asked.method, found if origin is Origin.RECONCILED else 0, turn)

    def ask_snapshot(self, number: int, but: Collection[str] = ()) -> bytes:
        """Ask how it stands with the operator, the numbers of the company, and the line; `but`: not for these."""
        questions = {name: fields for name, fields in QUESTIONS.items() if name not in but}
        self._round = Round(number, questions)
        return b"".join(
            self._ask(Asked(Purpose.SNAPSHOT, name, number, self.desk.device), fields)
            for name, fields in questions.items()
        )

    def catch_up(self) -> bytes:
        """Ask how it stands with the operator and the line, of whom nothing was known until now."""
        return b"".join(self._ask(Asked(Purpose.POLL, each, about=self.desk.device)) for each in ("getuserstate", LINE))

    def command(self, request: CommandRequest, number: int, at: datetime) -> Turn:
        """Begin to carry out a command; raises `CommandRefused`."""
        turn, picture = Turn(), self._picture
        options, can_do = self.options or Options(), frozenset(self.features())
        ask = Ask(request, self.desk, picture.state, picture.agents, options, can_do)
        self._works.begin(number, request, plan(ask), at, turn)
        return turn

    def give_up(self, number: int) -> CommandResult:
        """A command's time, or this connection, is over."""
        return self._works.give_up(number)

    def _user(self, frame: Frame, at: datetime, turn: Turn, origin: Origin) -> None:
        said = user_state(frame.fields)
        if said is None:
            return
        desk = self.desk
        desk.user_state = said.state
        turn.agents += self._picture.agents.take(desk.device, desk.name, said, at, origin)

    def _told(self, method: str, frame: Frame, at: datetime, turn: Turn, origin: Origin) -> None:
        """What an answer about the line, the operator or the numbers says."""
        if method == "getuserstate":
            self._user(frame, at, turn, origin)
        elif method == "getpbxnumbers":
            turn.events += numbers(self._picture.state, rows(frame.fields, "numbers"), at, origin)
        else:
            self._line(frame, at, turn)

    def _line(self, frame: Frame, at: datetime, turn: Turn) -> None:
        state = self._picture.state
        told, step = take_line(state, self.desk, frame, at)
        turn.events += told
        for each in doubted(state, self.desk, step, at) if step is not None else ():
            each.polls.ask(at)
            turn.others = turn.others or each is not self.desk

    def _compared(self, asked: Round, method: str, found: int, turn: Turn) -> None:
        asked.answered(method, found)
        if asked.done:
            self._round = None
            turn.reconciled = Reconciled(asked.number, asked.found)

    def _command_question(self, question: Question, number: int) -> bytes:
        return self._ask(Asked(Purpose.COMMAND, question.method, number, self.desk.device), question.fields)

    def _ask(self, asked: Asked, fields: Mapping[str, Any] = {}) -> bytes:
        return self._questions.ask(asked, fields, self._user_fields)
