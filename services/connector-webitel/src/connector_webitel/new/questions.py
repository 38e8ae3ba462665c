"""Requests on one connection: their numbers, who hears the answer, and the one that says that we are still there."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from cti_connector.session import LinkLost, Turn

from connector_webitel.new.actions.faults import FORGOTTEN
from connector_webitel.new.wire import Fields, Reply, number, request

Answered = Callable[[Reply, datetime, Turn], None]
Ask = Callable[[str, Fields | None, Answered], bytes]
"""A question as bytes: the action, its data, and who hears the answer."""

_PING: Final = "ping"
_DAY_MS: Final = 86_400_000
_SOONER: Final = 0.8  # an answer comes later than its ping, from which the next one is counted


class Questions:
    """Answers come in any order, and find who asked by their number; one that nobody waits for is dropped."""

    def __init__(self) -> None:
        self._last_seq = 0
        self._waiting: dict[int, Answered] = {}

    def ask(self, action: str, data: Fields | None, heard: Answered) -> bytes:
        """See `Ask`."""
        self._last_seq += 1
        self._waiting[self._last_seq] = heard
        return request(self._last_seq, action, data)

    def answered(self, reply: Reply, at: datetime, turn: Turn) -> None:
        """An answer came."""
        heard = self._waiting.pop(reply.seq, None)
        if heard is not None:
            heard(reply, at, turn)


class Pings:
    """`answered`: the number of the host's newest ping that was answered. `next_at`: when one of our own is due.

    The host asks whether Webitel is there; Webitel wants to be asked at least as often as its `hello` says.
    """

    def __init__(self, ask: Ask) -> None:
        self._ask = ask
        self._every: timedelta | None = None
        self.answered = 0
        self.next_at: datetime | None = None

    def greeted(self, hello: Fields, at: datetime) -> None:
        """Webitel says how often."""
        wanted = number(hello, "ping_interval")
        self._every = timedelta(milliseconds=wanted) if 0 < wanted <= _DAY_MS else None
        self._count(at)

    def ping(self, asked: int = 0) -> bytes:
        """A question of the host's; 0: of our own."""

        def answered(reply: Reply, at: datetime, _turn: Turn) -> None:
            if reply.fault is not None and reply.fault.id in FORGOTTEN:
                raise LinkLost(f"ping refused: {reply.fault}")
            self.answered = asked or self.answered
            self._count(at)

        return self._ask(_PING, {"ping": 1}, answered)

    def look(self, at: datetime, turn: Turn) -> None:
        """Ask if it is due."""
        if self.next_at is not None and at >= self.next_at:
            turn.send += self.ping()
            self._count(at)

    def _count(self, at: datetime) -> None:
        self.next_at = at + self._every * _SOONER if self._every is not None else None
