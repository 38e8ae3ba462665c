"""One connection to a PBX: reads, asks, and finds out when the other side is dead."""

import asyncio
import contextlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from cti_model.commands import CommandRequest, CommandResult

from cti_connector.asked import Asked, Told
from cti_connector.duties import Question
from cti_connector.session import HearsItsEnd, LinkLost, Refusal, SaysFarewell, Session, Turn
from cti_connector.transport import Transport

_FAREWELL_S = 1.0  # until the last words are with the operating system; the connection is given up either way
_SETTLE_S = 0.03  # when the wire is quiet for this long, one action's frames have all come


@dataclass(frozen=True)
class LinkSettings:
    """Bounds of one link, in seconds.

    A link is dead when a ping is not answered within `ping_deadline_s`, a snapshot within `snapshot_deadline_s`, no
    byte came for `silence_s` at all, or the log-in took longer than `login_s`. The PBX's snapshot is compared with what
    we know after each log-in, after each gap, and every `snapshot_interval_s`. After a refusal the next
    try comes not before `refused_waits` has it for its reason, else `refused_wait_s`, since a PBX may lock the account.
    """

    login_s: float = 10.0
    ping_interval_s: float = 5.0
    ping_deadline_s: float = 5.0
    silence_s: float = 30.0
    snapshot_interval_s: float = 60.0
    snapshot_deadline_s: float = 30.0
    backoff_first_s: float = 0.5
    backoff_most_s: float = 30.0
    refused_wait_s: float = 30.0
    refused_waits: Mapping[Refusal, float] = field(default_factory=dict)

    def wait_after(self, reason: Refusal) -> float:
        """Seconds from a refusal to the next try."""
        return self.refused_waits.get(reason, self.refused_wait_s)


class Hears(Protocol):
    """Who is told what a conversation brings. Methods raise `LinkLost` to end it."""

    def up(self) -> None:
        """The PBX let us in."""
        ...

    def heard(self, data: bytes, at: datetime) -> None:
        """Bytes came."""
        ...

    def take(self, turn: Turn) -> None:
        """What the bytes, or their absence, mean."""
        ...


class Conversation:
    """One connection, from the first byte to the last."""

    def __init__(
        self,
        session: Session,
        transport: Transport,
        settings: LinkSettings,
        clock: Callable[[], datetime],
        hears: Hears,
    ) -> None:
        self._session = session
        self._transport = transport
        self._settings = settings
        self._clock = clock
        self._hears = hears
        self._time = asyncio.get_running_loop().time
        self._began = self._heard = self._time()
        self._up = False
        self._waiting: asyncio.Timeout | None = None
        self._asked = Asked(session)
        self._ping = Question("ping", settings.ping_interval_s, settings.ping_deadline_s, self._began)
        self._snapshot = Question(
            "snapshot", settings.snapshot_interval_s, settings.snapshot_deadline_s, self._began, again=True
        )

    async def command(self, request: CommandRequest, told: Told | None) -> CommandResult:
        """See `cti_connector.link.Link.command`."""
        return await self._asked.ask(request, told, self._transport.write, self._clock())

    def give_up(self) -> None:
        """The connection is over: so are the commands on it."""
        self._asked.give_up_all()
        if isinstance(self._session, HearsItsEnd):
            self._session.over()

    def wake(self) -> None:
        """The session has something to do now, whatever it said before."""
        if self._waiting is not None and not self._waiting.expired():
            self._waiting.reschedule(self._time())

    async def part(self) -> None:
        """We end the connection: say so, where the PBX wants to be told."""
        if self._session.ready and isinstance(self._session, SaysFarewell):
            self._transport.write(self._session.farewell())
            with contextlib.suppress(OSError, TimeoutError):
                async with asyncio.timeout(_FAREWELL_S):
                    await self._transport.drain()

    async def go_on(self) -> None:
        """Until the link is lost."""
        while True:
            data = await self._read()
            at = self._clock()
            if data:
                self._heard = self._time()
                self._hears.heard(data, at)
                self._take(self._session.receive(data, at))
            else:
                self._take(self._session.quiet(at))
            await self._do_duties()

    async def _read(self) -> bytes:
        """The next bytes; empty when it is time for something else."""
        wait = _SETTLE_S if self._session.unsettled else min(self._until_next_duty(), self._until_awake())
        try:
            async with asyncio.timeout(wait) as self._waiting:
                data = await self._transport.read()
        except TimeoutError:
            return b""
        finally:
            self._waiting = None
        if not data:
            raise LinkLost("the PBX closed the connection")
        return data

    def _take(self, turn: Turn) -> None:
        if turn.send:
            self._transport.write(turn.send)
        if self._session.ready and not self._up:
            self._up = True
            self._ping.asked_at = self._time()
            self._hears.up()
        if turn.gap:
            self._snapshot.hurry()
        self._ping.answered = self._session.answered_ping
        if turn.reconciled is not None:
            self._snapshot.answered = turn.reconciled.number
        self._asked.answered(turn.results)
        self._hears.take(turn)

    def _until_awake(self) -> float:
        at = self._session.wakes_at
        return float("inf") if at is None else max(0.0, (at - self._clock()).total_seconds())

    def _until_next_duty(self) -> float:
        due = [self._heard + self._settings.silence_s]
        if self._up:
            due += [self._ping.due_at, self._snapshot.due_at]
        else:
            due.append(self._began + self._settings.login_s)
        return max(0.0, min(due) - self._time())

    async def _do_duties(self) -> None:
        settings, now = self._settings, self._time()
        if now - self._heard >= settings.silence_s:
            raise LinkLost(f"silent for {settings.silence_s:g} s")
        if not self._up:
            if now - self._began >= settings.login_s:
                raise LinkLost(f"no log-in within {settings.login_s:g} s")
            return
        number = self._ping.next(now)
        if number is not None:
            await self._send(self._session.ping(number))
        number = self._snapshot.next(now)
        if number is not None:
            await self._send(self._session.ask_snapshot(number))

    async def _send(self, data: bytes) -> None:
        self._transport.write(data)
        async with asyncio.timeout(self._settings.ping_deadline_s):
            await self._transport.drain()
