"""One client's session, whatever carries it: welcome, what was missed, then what happens; and what the client asks."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from uuid import uuid4

from cti_bus import BusClosed, NoAnswer
from cti_model.presence import PresenceState
from cti_runtime.auth import Identity, KeysUnavailable, Unauthorized

from push.gateway.closing import Close, SessionClosed
from push.gateway.coding import Encoded, decode_instant, encoded, frame_of
from push.gateway.commands import refusal
from push.gateway.frames import (
    ClientFrame,
    CommandFrame,
    Cursor,
    ErrorFrame,
    Hello,
    PresenceFrame,
    Renew,
    Renewed,
    ServerFrame,
    Unwatch,
    Watch,
    WatchedFrame,
    Welcome,
)
from push.gateway.handover import Handover
from push.gateway.history import Snapshot
from push.gateway.hub import Mailbox, Passing
from push.gateway.rights import Person, roles_of
from push.gateway.shared import Shared
from push.gateway.timetable import Timetable
from push.gateway.watches import Watches

Send = Callable[[Encoded], Awaitable[None]]


class Session:
    """One signed-in client. `tell` and `hear` run at the same time, each in one task; only `tell` sends."""

    def __init__(self, shared: Shared, identity: Identity, person: Person, mailbox: Mailbox) -> None:
        self.identity = identity
        self._shared = shared
        self._person = person
        self._mailbox = mailbox
        self._clock = asyncio.get_running_loop().time
        self._times = Timetable(identity.expires_at, shared.ping_s, self._clock())
        self._watches = Watches(shared.hub, shared.history, mailbox, identity.user)
        self._asking: set[asyncio.Task[None]] = set()

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
            expires_at=_instant(self.identity.expires_at),
            epoch=start.epoch,
            version=start.version,
            recovered=start.recovered,
            ping_s=self._shared.ping_s,
            server_time=datetime.now(UTC),
            view=start.view,
        )

    async def _live(self, handover: Handover, send: Send) -> None:
        while True:
            now, wall = self._clock(), time.time()
            until = self._times.next(now, wall)
            if until <= now:  # also between updates: a client that only listens may be gone
                for frame in self._times.due(now, wall):
                    await send(encoded(frame))
                continue
            if now >= self._watches.due and (queues := self._watches.queues(now, datetime.now(UTC))) is not None:
                await send(encoded(queues))
            item = await self._mailbox.take(min(until, self._watches.due))
            if isinstance(item, Passing):
                if item.user == self.identity.user and handover.admit(item.told):
                    await self._tell_own(item, send)
                await self._tell_watched(item, send)
            elif item is not None:
                await self._answer(item, send)

    async def _tell_own(self, update: Passing, send: Send) -> None:
        await send(update.live())
        self._shared.metrics.frames.add(1)
        happened_at = decode_instant(update.told.occurred_at).timestamp()
        self._shared.metrics.delay.record(max(0.0, time.time() - happened_at))

    async def _tell_watched(self, update: Passing, send: Send) -> None:
        if (frame := self._watches.admit(update)) is not None:
            await send(frame)
            self._shared.metrics.watched.add(1)

    async def _answer(self, frame: ServerFrame, send: Send) -> None:
        await send(encoded(frame))
        if isinstance(frame, WatchedFrame):
            for early in self._watches.begun(frame):
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
                self._post(await self._watches.watch(self.identity, frame))
            case Unwatch():
                self._watches.stop()
            case Hello():
                self.complain("unexpected", "you have said hello already")

    def complain(self, code: str, message: str, command_id: str = "") -> None:
        """Tell the client that what it sent is not understood; where it was a command, as its result."""
        self._post(refusal(command_id, message) if command_id else ErrorFrame(code=code, message=message))

    def leave(self, at: float) -> None:
        """Send the client away at this instant of the loop's clock."""
        self._times.leave(at)
        self._mailbox.wake()

    async def end(self) -> None:
        """Let go of everything. Commands that are at work go on, nobody here waits for them any longer."""
        self._watches.stop()
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
        self._post(self._watches.renewed(identity))
        self._times.renew(identity.expires_at)
        self._mailbox.post(Renewed(expires_at=_instant(identity.expires_at)))

    def _post(self, frame: ServerFrame | None) -> None:
        if frame is not None:
            self._mailbox.post(frame)


def _instant(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
