"""The questions that are open on one connection: what each was for, until its answer comes."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any, Final

from connector_oktell.wire import Frame, encoded

_OF_NOBODY: Final = ("ping", "subscribeevent", "whoareyou")
"""Methods that name no user (oktell.js 1.8.4, run)."""

MOST_OPEN: Final = 4096
"""Questions without an answer that are remembered on one connection; a few hundred are open in the busiest minute."""


class Purpose(Enum):
    """Why a question was asked."""

    START = auto()
    WHO = auto()
    PING = auto()
    COMMAND = auto()
    POLL = auto()
    SNAPSHOT = auto()
    FAREWELL = auto()


@dataclass(frozen=True)
class Asked:
    """A question. `number`: of the ping, the comparison or the command. `about`: whose line it is; empty: nobody's."""

    purpose: Purpose
    method: str
    number: int = 0
    about: str = ""


class Questions:
    """Numbers them, and knows an answer by its `qid` alone. Of many that stay open the oldest are forgotten."""

    def __init__(self, encode: Callable[[Frame], bytes] = encoded) -> None:
        self._encode = encode
        self._open: dict[str, Asked] = {}
        self._last = 0

    def ask(self, asked: Asked, fields: Mapping[str, Any], user: Mapping[str, Any]) -> bytes:
        """A question as bytes. `user`: the fields that say for whom it is asked."""
        self._last += 1
        qid = f"{asked.about}.{asked.method}.{self._last}"  # so that a recording tells whose answer to what it is
        self._open[qid] = asked
        if len(self._open) > MOST_OPEN:
            del self._open[next(iter(self._open))]
        named = {} if asked.method in _OF_NOBODY else user
        return self._encode(Frame(asked.method, {"qid": qid, **named, **fields}))

    def answered(self, frame: Frame) -> Asked | None:
        """What a frame answers; None: it answers nothing that is open."""
        return self._open.pop(frame.qid, None)
