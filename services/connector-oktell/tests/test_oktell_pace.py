"""How many questions a server asks at once, in which order, and over what time. No instant here is the machine's."""

import random
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from connector_oktell.pace import Pace
from connector_oktell.picture import Picture
from connector_oktell.serverform import ServerForm
from connector_oktell.session import OktellSession
from connector_oktell.translate import State
from cti_connector.session import Turn
from hypothesis import given
from hypothesis import strategies as st

BEGIN = datetime(2026, 1, 5, 9, tzinfo=UTC)
SPREAD, PATIENCE = timedelta(seconds=15), timedelta(seconds=10)
USERS, MOST = 1000, 32


def lines(count: int) -> list[str]:
    return [f"{1000 + each}" for each in range(count)]


@dataclass
class BigOktell:
    """A company of a thousand, each answer 50 ms after its question; what is asked is counted."""

    silent: frozenset[str] = frozenset()
    busy: frozenset[str] = frozenset()
    at: datetime = BEGIN
    asked: list[tuple[datetime, str, str]] = field(default_factory=list)
    most_open: int = 0
    reconciled: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._answers: list[tuple[datetime, list[object]]] = []
        self._open: Counter[str] = Counter()
        pace = Pace(MOST, SPREAD, PATIENCE)
        self.session = OktellSession(ServerForm(Picture(State("t", "oktell")), pace))
        self._send(self.session.greet())
        self.passes(1)

    def passes(self, seconds: float) -> None:
        """As the host does: it reads what comes, and wakes when the session wants to."""
        until = self.at + timedelta(seconds=seconds)
        while True:
            answer_at = self._answers[0][0] if self._answers else until
            wakes_at = max(self.session.wakes_at or until, self.at)
            now = min(answer_at, wakes_at, until)
            if now >= until:
                self.at = until
                return
            self.at = now
            if answer_at <= now:
                _, (name, body) = self._answers.pop(0)
                self._closed(body)
                self._take(self.session.receive(msgspec.json.encode([name, body]) + b"\n", self.at))
            else:
                before = len(self.asked), self.session.wakes_at
                self._take(self.session.quiet(self.at))
                assert (len(self.asked), self.session.wakes_at) != before, "it woke for nothing, and would for ever"

    def compares(self, number: int, seconds: float = 30) -> list[tuple[datetime, str, str]]:
        """The questions of a comparison."""
        self.asked.clear()
        self._send(self.session.ask_snapshot(number))
        self.passes(seconds)
        return list(self.asked)

    def hears(self, name: str, line: str) -> None:
        body = {"userid": f"id-{line}", "userlogin": f"u{line}"}
        self._take(self.session.receive(msgspec.json.encode([name, body]) + b"\n", self.at))

    def _take(self, turn: Turn) -> None:
        self.reconciled += [turn.reconciled.number] if turn.reconciled else []
        self._send(turn.send)

    def _send(self, data: bytes) -> None:
        for text in data.splitlines():
            name, body = msgspec.json.decode(text)
            line = str(body.get("userlogin", "")).removeprefix("u")
            self.asked.append((self.at, name, line))
            if line and name == "getextendedlineinfo":
                self._open[line] += 1
                self.most_open = max(self.most_open, len(+self._open))
            if line not in self.silent:
                said = "iam" if name == "whoareyou" else f"{name}result"
                answer = [said, {"qid": body["qid"], **self._says(name, line)}]
                self._answers.append((self.at + timedelta(milliseconds=50), answer))

    def _closed(self, body: dict) -> None:
        line, _, _ = str(body["qid"]).partition(".")
        if "getextendedlineinfo" in body["qid"]:
            self._open[line] -= 1

    def _says(self, name: str, line: str) -> dict:
        if name == "whoareyou":
            return {"type": "commserver", "version": "2.11.1.150416"}
        if name == "getallusernumbers":
            listed = [{"id": f"id-{each}", "login": f"u{each}", "name": each, "main": each} for each in lines(USERS)]
            return {"users": listed}
        if name == "getextendedlineinfo" and line in self.busy:
            far = {"number": "79050001122", "isextline": True, "iscommutated": True}
            return {"result": 1, "chainid": f"chain-{line}", "abonent": far}
        return {"result": 1, "abonent": {}, "userstateid": 1}


def per_second(asked: list[tuple[datetime, str, str]]) -> Counter[int]:
    return Counter(int((at - asked[0][0]).total_seconds()) for at, name, line in asked if line)


def test_the_first_comparison_is_as_fast_as_oktell_answers_and_never_asks_about_more_lines_at_once():
    oktell = BigOktell()
    asked = oktell.compares(1)
    assert oktell.reconciled == [1]
    assert oktell.most_open == MOST
    assert Counter(name for _, name, line in asked if line) == {"getuserstate": USERS, "getextendedlineinfo": USERS}
    assert asked[0][1] == "getpbxnumbers", "whoever is busy there is not taken to have left"
    assert max(per_second(asked)) <= 1, "32 lines in each 50 ms"


def test_later_comparisons_are_spread_evenly():
    oktell = BigOktell()
    oktell.compares(1)
    oktell.most_open = 0
    asked = oktell.compares(2)
    assert oktell.reconciled == [1, 2]
    seconds = per_second(asked)
    assert sorted(seconds) == list(range(15))
    assert max(seconds.values()) <= 2 * USERS / 15 + 2
    assert oktell.most_open <= 5


def test_lines_in_a_call_are_compared_first():
    oktell = BigOktell(busy=frozenset(("1500", "1999", "1777")))
    oktell.compares(1)
    first = [line for _, name, line in oktell.compares(2, 1) if name == "getuserstate"][:4]
    assert sorted(first[:3]) == ["1500", "1777", "1999"]
    assert first[3] == "1000"


def test_an_event_is_asked_about_before_all_that_only_waits_to_be_compared():
    oktell = BigOktell()
    oktell.asked.clear()
    oktell._send(oktell.session.ask_snapshot(1))
    oktell.passes(0.01)
    oktell.asked.clear()
    oktell.hears("phoneevent_ringstarted", "1900")
    oktell.passes(0.06)
    (at, *_), *_ = [each for each in oktell.asked if each[2] == "1900"]
    assert oktell.asked.index((at, "getuserstate", "1900")) < MOST, "it takes the first place that is free"


@pytest.mark.parametrize("silent", [1, MOST + 1])
def test_lines_that_never_answer_keep_no_place_and_do_not_end_the_link(silent: int):
    oktell = BigOktell(silent=frozenset(lines(silent)))
    oktell.compares(1, 30)
    assert oktell.reconciled == [1]
    oktell.compares(2, 30)
    assert oktell.reconciled == [1, 2], "before a comparison's 30 seconds are over"


def test_when_no_line_answers_the_comparison_is_not_over():
    oktell = BigOktell(silent=frozenset(lines(USERS)))
    oktell.compares(1, 600)
    assert oktell.reconciled == []
    assert oktell.most_open > 0


@given(st.integers(4, 40), st.integers(0, 60), st.randoms(use_true_random=False))
def test_every_line_is_asked_once_and_never_too_many(most: int, count: int, rng: random.Random):
    pace, at, asked, compared = Pace(most, SPREAD, PATIENCE), BEGIN, set(), []
    pace.compare(lines(count), at_once=False)
    for _ in range(4000):
        due = rng.sample(lines(60), rng.randint(0, 5))
        for line, comparing in pace.take(due, at):
            asked.add(line)
            compared += [line] if comparing else []
        assert pace.asked == len(asked) <= most
        if len(compared) == count:
            break
        for line in list(asked):
            if rng.random() < 0.5:
                pace.answered(line)
                asked.discard(line)
        at += timedelta(seconds=rng.random() / 2)
        asked -= set(pace.late(at))
    assert sorted(compared) == lines(count)
