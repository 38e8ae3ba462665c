"""A link to a PBX that is kept: connected, watched, given up when it is dead, and connected again, for ever."""

import asyncio
import random
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Protocol

import structlog
from cti_model.agents import AgentEvent
from cti_model.commands import CommandRequest, CommandResult, ErrorCode, failed
from cti_model.events import CallEvent, LinkKind
from cti_model.operators import OperatorEvent, Refusal

from cti_connector.asked import Told
from cti_connector.backoff import backoff
from cti_connector.conversation import Conversation, LinkSettings
from cti_connector.session import LinkLost, LinkRefused, OpenSession, Reconciled, Turn
from cti_connector.transport import Open

_log = structlog.get_logger(__name__)


class Listener(Protocol):
    """Who is told what comes over the link, in order. Nothing waits, so that the PBX is always read.

    What `events` and `raw` raise ends the link.
    """

    def events(self, events: list[CallEvent]) -> None:
        """Call events, to be published."""
        ...

    def agents(self, events: list[AgentEvent]) -> None:
        """Agent events, to be published."""
        ...

    def operator(self, event: OperatorEvent) -> None:
        """What became of an operator's own log-in, to be published."""
        ...

    def raw(self, data: bytes, at: datetime, who: str = "") -> None:
        """Bytes as they came; `who`: the operator whose link it was, where each has their own."""
        ...

    def link(self, kind: LinkKind, detail: str) -> None:
        """The link came up or went down, lost frames, or was compared with the PBX."""
        ...


def now() -> datetime:
    """The present instant, UTC."""
    return datetime.now(UTC)


class Link:
    """Keeps one link. `run` never returns by itself; cancel it to stop.

    `connected`: whether the PBX let us in. `reconciled`: whether its snapshot was compared since then. `refused`: why
    it did not, when that was the newest try's end; `refused` (the argument) hears of each time. `others` is called when
    sessions of other links have something to do. When it is cancelled, the PBX is told where it wants to be.
    """

    def __init__(
        self,
        settings: LinkSettings,
        opening: Open,
        open_session: OpenSession,
        listener: Listener,
        *,
        refused: Callable[[LinkRefused], None] = lambda _: None,
        others: Callable[[], None] = lambda: None,
        clock: Callable[[], datetime] = now,
        rng: random.Random | None = None,
    ) -> None:
        self._settings = settings
        self._opening = opening
        self._open_session = open_session
        self._listener = listener
        self._on_refused = refused
        self._others = others
        self._clock = clock
        self._rng = rng or random.Random()  # noqa: S311 - jitter is no secret
        self.connected = False
        self.reconciled = False
        self.refused: Refusal | None = None
        self.attempts = 0
        self.last_error = ""
        self._where = ""
        self._conversation: Conversation | None = None

    async def command(self, request: CommandRequest, told: Told | None = None) -> CommandResult:
        """Carry out a valid request over the present connection; returns its final result, in `deadline_s` at most.

        `told` hears each result on the way. A link that is lost meanwhile means `unknown`; without a link nothing is
        sent, and nothing is kept for later.
        """
        conversation = self._conversation
        if conversation is None or not self.connected:
            return failed(request, ErrorCode.NOT_CONNECTED, self.last_error or "no link to the PBX")
        return await conversation.command(request, told)

    def wake(self) -> None:
        """The session has something to do now."""
        if self._conversation is not None:
            self._conversation.wake()

    def problem(self) -> str | None:
        """Why nothing is told at present; None when the PBX let us in and was compared."""
        return None if self.reconciled else self.last_error or "not compared with the PBX yet"

    async def run(self) -> None:
        """Connect, listen, connect again."""
        waits = self._waits()
        while True:
            self.attempts += 1
            try:
                await self._one_connection()
            except LinkRefused as error:
                self._down(str(error), error.reason)
                self._on_refused(error)
                await asyncio.sleep(self._settings.wait_after(error.reason))
            except (LinkLost, OSError, TimeoutError) as error:
                if self.connected:
                    waits = self._waits()
                self._down(str(error) or type(error).__name__)
                await asyncio.sleep(next(waits))

    def _waits(self) -> Iterator[float]:
        return backoff(self._settings.backoff_first_s, self._settings.backoff_most_s, self._rng)

    def _down(self, reason: str, refused: Refusal | None = None) -> None:
        was, self.connected, self.reconciled = self.connected, False, False
        self.last_error, self.refused = reason, refused
        _log.warning("link down", reason=reason, attempts=self.attempts)
        if was:
            self._listener.link(LinkKind.DISCONNECTED, reason)

    async def _one_connection(self) -> None:
        transport = await self._opening()
        try:
            session = self._open_session()
            transport.write(session.greet())
            self._where = transport.where
            self._conversation = Conversation(session, transport, self._settings, self._clock, self)
            await self._conversation.go_on()
        except asyncio.CancelledError:
            if self._conversation is not None:
                await self._conversation.part()
            raise
        finally:
            if self._conversation is not None:
                self._conversation.give_up()
            self._conversation = None
            await transport.close()

    def heard(self, data: bytes, at: datetime) -> None:
        """Bytes came."""
        self._listener.raw(data, at)

    def up(self) -> None:
        """The PBX let us in."""
        self.connected, self.refused = True, None
        _log.info("link up", where=self._where)
        self._listener.link(LinkKind.CONNECTED, self._where)

    def take(self, turn: Turn) -> None:
        """Tell what a turn brought."""
        if turn.gap:
            _log.warning("frames are missing", how=turn.gap)
            self._listener.link(LinkKind.GAP, turn.gap)
        if turn.events:
            self._listener.events(turn.events)
        if turn.agents:
            self._listener.agents(turn.agents)
        if turn.reconciled is not None:
            self._compared(turn.reconciled)
        if turn.others:
            self._others()

    def _compared(self, found: Reconciled) -> None:
        """The comparison after a log-in is always told; a later one only when it found something."""
        first, self.reconciled = not self.reconciled, True
        if first or found.differences:
            _log.info("compared with the PBX", differences=found.differences)
            self._listener.link(LinkKind.RECONCILED, f"{found.differences} differences")
