"""One client's session, whatever carries it: welcome, what was missed, then what happens; and what the client asks."""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Final
from uuid import uuid4

from cti_bus import BusClosed, NoAnswer
from cti_model.presence import PresenceState
from cti_model.view import UserUpdate
from cti_runtime.auth import Identity, KeysUnavailable, Unauthorized

from push.gateway.closing import Close, SessionClosed
from push.gateway.coding import Encoded, decode_instant, encoded
from push.gateway.commands import refusal
from push.gateway.frames import (
    ClientFrame,
    CommandFrame,
    Cursor,
    ErrorFrame,
    Expiring,
    Hello,
    Moving,
    Ping,
    PresenceFrame,
    Renew,
    Renewed,
    ServerFrame,
    Unwatch,
    Update,
    Watch,
    WatchedFrame,
    Welcome,
)
from push.gateway.handover import Handover
from push.gateway.history import Snapshot
from push.gateway.hub import Mailbox, Passing
from push.gateway.queues import QueueWatch
from push.gateway.rights import Person, may_watch, roles_of, team_of
from push.gateway.shared import Shared
from push.gateway.watching import Watching
from push.projector.step import usable

Send = Callable[[Encoded], Awaitable[None]]
EXPIRING_S: Final = 60.0
_MOVING_MS: Final = (100, 1000)
"""So long a client that is sent away waits before it comes back: others leave at the same moment."""


class Session:
    """One signed-in client. `tell` and `hear` run at the same time, each in one task; only `tell` sends."""

    def __init__(self, shared: Shared, identity: Identity, person: Person, mailbox: Mailbox) -> None:
        self.identity = identity
        self._shared = shared
        self._person = person
        self._mailbox = mailbox
        self._watching: Watching | None = None
        self._queues = QueueWatch(shared.hub.queues, mailbox.wake)
        self._asking: set[asyncio.Task[None]] = set()
        self._warned = False
        self._leave_at = float("inf")

    async def tell(self, cursor: Cursor | None, send: Send) -> None:
        """Send the welcome, what was missed, and then updates, answers and pings; ends only by `SessionClosed`."""
        user = self.identity.user
        try:
            start = await self._shared.history.snapshot(user, cursor, self._shared.hub.seen(user))
        except (NoAnswer, BusClosed) as error:
            raise SessionClosed(Close.UNAVAILABLE, "the stream cannot be reached") from error
        if cursor is not None:
            self._shared.metrics.resumes.add(1, {"whole": start.recovered})
        await send(encoded(self._welcome(start)))
        for update in start.missed:
            await send(encoded(frame_of(update, replay=True)))
            self._shared.metrics.frames.add(1)
        await self._live(Handover(start.epoch, start.version), send)

    def _welcome(self, start: Snapshot) -> Welcome:
        return Welcome(
            session=str(uuid4()),
            tenant=self.identity.tenant,
            user=self.identity.user,
            name=self._person.name,
            roles=roles_of(self.identity),
            extensions=self._person.extensions,
            expires_at=self._expires_at(),
            epoch=start.epoch,
            version=start.version,
            recovered=start.recovered,
            ping_s=self._shared.ping_s,
            server_time=datetime.now(UTC),
            view=start.view,
        )

    async def _live(self, handover: Handover, send: Send) -> None:
        clock = asyncio.get_running_loop().time
        ping_at = clock() + self._shared.ping_s
        while True:
            await self._look_at_the_clock(clock(), send)
            if clock() >= ping_at:  # also between updates: a client that only listens may be gone
                await send(encoded(Ping(server_time=datetime.now(UTC))))
                ping_at = clock() + self._shared.ping_s
            until = min(ping_at, self._leave_at, clock() + self._next_word_s(), self._queues.due)
            item = await self._mailbox.take(until)
            if isinstance(item, Passing):
                if item.user == self.identity.user and handover.admit(item.told):
                    await self._tell_own(item, send)
                await self._tell_watched(item, send)
            elif item is not None:
                await self._answer(item, send)

    async def _look_at_the_clock(self, now: float, send: Send) -> None:
        """Whatever has its time: the end of the token, and our own."""
        left_s = self.identity.expires_at - time.time()
        if left_s <= 0:
            raise SessionClosed(Close.UNAUTHORIZED, "the token has expired")
        if left_s <= EXPIRING_S and not self._warned:
            self._warned = True
            await send(encoded(Expiring(expires_at=self._expires_at())))
        if now >= self._leave_at:
            await send(encoded(Moving(after_ms=random.randint(*_MOVING_MS))))  # noqa: S311 - jitter is no secret
            raise SessionClosed(Close.RESUME, "this instance stops or moves: reconnect and resume")
        if now >= self._queues.due and (queues := self._queues.frame(now, datetime.now(UTC))) is not None:
            await send(encoded(queues))

    def _next_word_s(self) -> float:
        left_s = self.identity.expires_at - time.time()
        return max(0.0, left_s if self._warned else left_s - EXPIRING_S)

    async def _tell_own(self, update: Passing, send: Send) -> None:
        await send(update.live())
        self._shared.metrics.frames.add(1)
        happened_at = decode_instant(update.told.occurred_at).timestamp()
        self._shared.metrics.delay.record(max(0.0, time.time() - happened_at))

    async def _tell_watched(self, update: Passing, send: Send) -> None:
        if self._watching is not None and (frame := self._watching.admit(update)) is not None:
            await send(frame)
            self._shared.metrics.watched.add(1)

    async def _answer(self, frame: ServerFrame, send: Send) -> None:
        await send(encoded(frame))
        if isinstance(frame, WatchedFrame) and self._watching is not None:
            for early in self._watching.begun(frame):
                await send(early)

    async def hear(self, frame: ClientFrame) -> None:
        """Do what a client says. Raises `SessionClosed`."""
        match frame:
            case CommandFrame():
                task = asyncio.create_task(self._ask(frame), name=f"command {frame.verb}")
                self._asking.add(task)
                task.add_done_callback(self._asking.discard)
            case Renew():
                await self._renew(frame)
            case PresenceFrame():
                self._shared.presence.say(self.identity.user, self, PresenceState(frame.state))
            case Watch():
                await self._watch(frame)
            case Unwatch():
                self._watch_nobody()
            case Hello():
                self.complain("unexpected", "you have said hello already")

    def complain(self, code: str, message: str, command_id: str = "") -> None:
        """Tell the client that what it sent is not understood; where it was a command, as its result."""
        if command_id:
            self._mailbox.post(refusal(command_id, message))
        else:
            self._mailbox.post(ErrorFrame(code=code, message=message))

    def leave(self, at: float) -> None:
        """Send the client away at this instant of the loop's clock."""
        self._leave_at = min(self._leave_at, at)
        self._mailbox.wake()

    async def end(self) -> None:
        """Let go of everything. Commands that are at work go on, nobody here waits for them any longer."""
        self._watch_nobody()
        for task in self._asking:
            task.cancel()
        await asyncio.gather(*self._asking, return_exceptions=True)

    async def _ask(self, frame: CommandFrame) -> None:
        answer = await self._shared.commands.ask(self.identity, frame)
        self._mailbox.post(answer.result)

    async def _renew(self, frame: Renew) -> None:
        try:
            identity = await self._shared.verify(frame.token)
        except (Unauthorized, KeysUnavailable) as error:  # the former token counts until its end
            self.complain("unauthorized" if isinstance(error, Unauthorized) else "unavailable", str(error))
            return
        if (identity.user, identity.tenant) != (self.identity.user, self.identity.tenant):
            raise SessionClosed(Close.FORBIDDEN, "the new token is another user's")
        self.identity = identity
        if self._watching is not None and not may_watch(identity, self._watching.users):
            self._watch_nobody()
            self.complain("forbidden", "with the new token you may not watch them any longer: watch others")
        self._warned = False
        self._mailbox.post(Renewed(expires_at=self._expires_at()))

    async def _watch(self, frame: Watch) -> None:
        users = team_of(self.identity) if frame.all else frozenset(frame.users)
        if not all(map(usable, users or ())):
            self.complain("bad_frame", "users: an id may hold no dot, space, * or >")
            return
        if not may_watch(self.identity, users):
            self.complain("forbidden", "you may not watch them: that needs the role supervisor, or a grant")
            return
        if self._watching is None:
            self._watching = Watching(self._shared.hub, self._shared.history, self._mailbox, self.identity.user)
        try:
            await self._watching.watch(users)
        except (NoAnswer, BusClosed):
            self._watch_nobody()
            self.complain("unavailable", "the stream cannot be reached: try again")
            return
        if frame.queues:
            self._queues.start(users)
        else:
            self._queues.stop()

    def _watch_nobody(self) -> None:
        if self._watching is not None:
            self._watching.stop()
        self._queues.stop()

    def _expires_at(self) -> datetime:
        return datetime.fromtimestamp(self.identity.expires_at, UTC)


def frame_of(update: UserUpdate, *, replay: bool) -> Update:
    """An update as a frame."""
    return Update(
        epoch=update.epoch,
        version=update.version,
        replay=replay,
        occurred_at=update.occurred_at,
        origin=update.origin,
        events=update.events,
        view=update.view,
    )
