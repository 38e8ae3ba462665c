"""What the sessions of all PBX kinds do alike, between `cti_connector.session.Session` and their protocol. No I/O.

FramedSession     bytes become frames; what follows from them is looked at when all are taken
└── PicturedSession   logs in, keeps up a picture that outlives it, and carries commands out at a desk
"""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Generic, Protocol, TypeVar

from cti_model.commands import CommandRefused, CommandRequest, CommandResult, ErrorCode

from cti_connector.frames import BadFrame, FrameCounter, Tell
from cti_connector.session import LinkLost, Turn
from cti_connector.works import P, Works

F = TypeVar("F")
F_co = TypeVar("F_co", covariant=True)


class Decodes(Protocol[F_co]):
    """The reading half of a wire format. `counts`: how many frames came, with an attribute for each fate."""

    @property
    def counts(self) -> object: ...  # noqa: D102 - see the class

    def feed(self, data: bytes) -> Sequence[F_co]:
        """The frames that are complete now. Raises `BadFrame`."""
        ...


class FramedSession(ABC, Generic[F]):
    """A session whose bytes are frames. `frames` hears of each fate how many more came.

    `otherwise`: what a stream is that cannot be read on, for people.
    """

    def __init__(
        self, decoder: Decodes[F], frames: Tell | None, otherwise: str, fates: Iterable[str] = ("used", "malformed")
    ) -> None:
        self._decodes = decoder
        self._counter = FrameCounter(frames, *fates)
        self._otherwise = otherwise
        self._answered_ping = 0

    @property
    def answered_ping(self) -> int:
        """The number of the newest ping that was answered."""
        return self._answered_ping

    def receive(self, data: bytes, at: datetime) -> Turn:
        """Bytes came; see `cti_connector.session.Session`."""
        turn = Turn()
        self._heard(at)
        try:
            frames = self._decodes.feed(data)
        except BadFrame as error:
            raise LinkLost(f"{self._otherwise}: {error}") from error
        finally:
            self._counter.look(self._decodes.counts)
        self._take(frames, at, turn)
        self._look(at, turn)
        return turn

    def quiet(self, at: datetime) -> Turn:
        """Time has passed, and no bytes came."""
        turn = Turn()
        self._time_passed(at, turn)
        self._look(at, turn)
        return turn

    def _heard(self, at: datetime) -> None:
        """Something came, whatever it says."""

    def _take(self, frames: Iterable[F], at: datetime, turn: Turn) -> None:
        """What the frames of one portion mean, in order."""
        for frame in frames:
            self._frame(frame, at, turn)

    @abstractmethod
    def _frame(self, frame: F, at: datetime, turn: Turn) -> None:
        """What a frame means."""

    def _time_passed(self, at: datetime, turn: Turn) -> None:
        """What it means that no bytes came."""

    @abstractmethod
    def _look(self, at: datetime, turn: Turn) -> None:
        """What follows from what was taken, and what became of commands. The last word of every turn."""


class Kept(Protocol):
    """What is known of a PBX over all connections to it."""

    @property
    def unsettled(self) -> bool:
        """Whether something waits for more frames of one action."""
        ...

    @property
    def next_at(self) -> datetime | None:
        """When something changes by itself; None when nothing does."""
        ...

    def hears(self, at: datetime) -> None:
        """Bytes came. What happens between the last ones of a connection and the next log-in nobody sees."""
        ...

    def connection_lost(self) -> None:
        """A connection is over: what it asked is not answered, and what happens from now on is not seen."""
        ...

    def quiet(self, at: datetime, turn: Turn) -> None:
        """Time has passed."""
        ...


class LogsIn(Protocol):
    """The dialogue that opens a connection."""

    @property
    def done(self) -> bool:
        """Whether the PBX has let us in, and events come."""
        ...


class PicturedSession(FramedSession[F], Generic[F, P]):
    """A session that logs in, keeps up a picture, and carries commands out. `exchange`: the PBX's name for people."""

    def __init__(
        self,
        decoder: Decodes[F],
        frames: Tell | None,
        otherwise: str,
        fates: Iterable[str] = ("used", "malformed"),
        *,
        kept: Kept,
        login: LogsIn,
        works: Works[P],
        exchange: str,
    ) -> None:
        super().__init__(decoder, frames, otherwise, fates)
        kept.connection_lost()
        self._kept = kept
        self._logs_in = login
        self._works = works
        self._exchange = exchange

    @property
    def ready(self) -> bool:
        """Whether the PBX has let us in, and events come."""
        return self._logs_in.done

    @property
    def unsettled(self) -> bool:
        """Whether something waits for more frames of one action."""
        return self._kept.unsettled

    @property
    def wakes_at(self) -> datetime | None:
        """When something changes by itself."""
        return self._kept.next_at

    def command(self, request: CommandRequest, number: int, at: datetime) -> Turn:
        """Begin to carry out a command; see `cti_connector.session.Session`."""
        if not self.ready:
            raise CommandRefused(ErrorCode.NOT_CONNECTED, f"not logged in to {self._exchange}")
        turn = Turn()
        self._works.begin(number, request, self._plan(request, at), turn)
        return turn

    def give_up(self, number: int) -> CommandResult:
        """A command's time, or this connection, is over."""
        return self._works.give_up(number)

    @abstractmethod
    def _plan(self, request: CommandRequest, at: datetime) -> P:
        """How to carry out a valid request; raises `CommandRefused`."""

    def _heard(self, at: datetime) -> None:
        self._kept.hears(at)

    def _time_passed(self, at: datetime, turn: Turn) -> None:
        self._kept.quiet(at, turn)

    def _look(self, at: datetime, turn: Turn) -> None:
        self._works.look(turn)
