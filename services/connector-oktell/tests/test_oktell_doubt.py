"""Two operators' lines that tell two stories: which are doubted, and how often they are asked about again."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from connector_oktell.translate import State, doubted, take_line
from connector_oktell.translate.lineinfo import ZERO
from connector_oktell.wire import Frame

BEGIN = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
CHAIN = "883f3822-0000-4000-8000-000000000001"
CLIENT = "79050001122"


def line(number: str = "", held: str = "", **flags: Any) -> dict[str, Any]:
    abonent = {"number": number, "isextline": len(number) > 4, **flags} if number else {}
    flashed = {"number": held, "isextline": len(held) > 4, "chainid": CHAIN} if held else None
    chain = CHAIN if number else ZERO
    return {"result": 1, "chainid": chain, "isflashing": bool(held), "flashed": flashed, "abonent": abonent}


def talks(number: str) -> dict[str, Any]:
    return line(number, iscommutated=True)


def rings(number: str) -> dict[str, Any]:
    return line(number, isringing=True)


class Lines:
    """Answers about lines, as they come; `tells` gives the lines that are to be asked about again."""

    def __init__(self) -> None:
        self.state = State("t", "oktell")
        self.at = BEGIN

    def tells(self, device: str, said: dict[str, Any]) -> list[str]:
        self.at += timedelta(milliseconds=100)
        desk = self.state.desk(device)
        desk.heard_at = self.at
        _, step = take_line(self.state, desk, Frame("getextendedlineinforesult", said), self.at)
        assert step is not None
        return [each.device for each in doubted(self.state, desk, step, self.at)]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (talks("102"), talks("101")),
        (line("102"), rings("101")),
        (line("102"), line()),
        (line(held="102"), talks("101")),
        (line(held="102"), line(held="101")),
        (rings(CLIENT), rings(CLIENT)),
        (talks(CLIENT), talks("103")),
        (talks(CLIENT), line(held=CLIENT)),
        (line(), line()),
    ],
)
def test_stories_that_fit(first, second):
    lines = Lines()
    lines.tells("101", line())
    lines.tells("102", second)
    assert lines.tells("101", first) == []


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (talks("102"), line()),
        (talks("102"), rings("101")),
        (rings("102"), line()),
        (line(held="102"), line()),
        (talks(CLIENT), talks(CLIENT)),
        (talks(CLIENT), rings(CLIENT)),
    ],
)
def test_stories_that_do_not_fit_are_doubted_once(first, second):
    lines = Lines()
    lines.tells("101", line())
    lines.tells("102", second)
    assert lines.tells("101", first) == ["101", "102"]
    assert lines.tells("102", second) == []
    assert lines.tells("101", first) == []


def test_who_does_not_ring_any_more_has_the_caller_asked():
    lines = Lines()
    lines.tells("101", line("102"))
    lines.tells("102", rings("101"))
    assert lines.tells("102", line()) == ["101", "102"]


def test_a_line_that_is_asked_about_anyway_is_left_alone():
    lines = Lines()
    lines.tells("101", line())
    lines.state.desk("102").polls.ask(lines.at + timedelta(milliseconds=500))
    assert lines.tells("102", talks("101")) == ["101"]


def test_who_is_not_listened_to_is_not_doubted():
    lines = Lines()
    lines.tells("102", talks("101"))
    lines.at += timedelta(minutes=2)
    assert lines.tells("101", line()) == []


def test_a_new_disagreement_of_the_same_two_is_doubted_again():
    lines = Lines()
    lines.tells("101", line())
    assert lines.tells("102", talks("101")) == ["101", "102"]
    lines.tells("101", talks("102"))
    assert lines.tells("101", line()) == ["101", "102"]
