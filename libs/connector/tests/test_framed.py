"""What all sessions share: frames in order, a look behind them, streams that cannot be read on, early commands."""

from datetime import UTC, datetime

import pytest
from cti_connector.framed import PicturedSession
from cti_connector.frames import BadFrame, Counts
from cti_connector.session import LinkLost, Turn
from cti_connector.works import Work, Works
from cti_model.calls import Command
from cti_model.commands import CommandOutcome, CommandRefused, CommandRequest, ErrorCode

AT = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)


class Words:
    """Words with a blank behind each; `#` is none, `!` ends all reading."""

    def __init__(self) -> None:
        self.counts = Counts()

    def feed(self, data: bytes) -> list[str]:
        found = data.decode().split()
        self.counts.malformed += found.count("#")
        self.counts.used += len(found) - found.count("#")
        if "!" in found:
            raise BadFrame("an end")
        return [each for each in found if each != "#"]


class Picture:
    """Writes down what it was asked."""

    def __init__(self) -> None:
        self.heard_at: datetime | None = None
        self.next_at: datetime | None = AT
        self.unsettled = True
        self.said: list[str] = []

    def hears(self, at: datetime) -> None:
        self.heard_at = at

    def connection_lost(self) -> None:
        self.said.append("lost")

    def quiet(self, at: datetime, turn: Turn) -> None:
        self.said.append("quiet")


class Steps(Works["Plan"]):
    def __init__(self, picture: Picture) -> None:
        super().__init__("the PBX", self._bytes, "s")
        self._picture = picture

    def _bytes(self, number: int, work: "Work[Plan]") -> bytes:
        return b"do "

    def look(self, turn: Turn) -> None:
        self._picture.said.append("look")
        super().look(turn)


class Plan:
    steps = ("do",)
    seen = None
    refused = None
    harmless = ()


class Login:
    done = False


class Session(PicturedSession[str, Plan]):
    def __init__(self, picture: Picture, fates: list[tuple[str, int]]) -> None:
        self.login, self._picture = Login(), picture
        tell = lambda fate, more: fates.append((fate, more))  # noqa: E731
        super().__init__(
            Words(), tell, "no words", kept=picture, login=self.login, works=Steps(picture), exchange="the PBX"
        )

    def _frame(self, frame: str, at: datetime, turn: Turn) -> None:
        self._picture.said.append(frame)

    def _plan(self, request: CommandRequest, at: datetime) -> Plan:
        return Plan()


def test_frames_come_in_order_and_the_look_is_the_last_word_of_a_turn():
    picture, fates = Picture(), list[tuple[str, int]]()
    session = Session(picture, fates)
    session.receive(b"one # two ", AT)
    session.quiet(AT)
    assert picture.said == ["lost", "one", "two", "look", "quiet", "look"]
    assert (picture.heard_at, session.wakes_at, session.unsettled) == (AT, AT, True)
    assert fates == [("used", 2), ("malformed", 1)]


def test_a_stream_that_cannot_be_read_on_ends_the_link_and_is_counted_all_the_same():
    picture, fates = Picture(), list[tuple[str, int]]()
    session = Session(picture, fates)
    with pytest.raises(LinkLost, match="no words: an end"):
        session.receive(b"one ! ", AT)
    assert fates == [("used", 2)]
    assert picture.said == ["lost"]


def test_a_command_waits_for_the_log_in():
    session = Session(Picture(), [])
    request = CommandRequest(command_id="c", verb=Command.CLEAR, device="101", connection_id="x")
    with pytest.raises(CommandRefused, match="not logged in to the PBX") as refused:
        session.command(request, 1, AT)
    assert refused.value.code is ErrorCode.NOT_CONNECTED
    session.login.done = True
    turn = session.command(request, 1, AT)
    assert (turn.send, [result.outcome for _, result in turn.results]) == (b"do ", [CommandOutcome.SENT])
    assert session.give_up(1).outcome is CommandOutcome.UNKNOWN
