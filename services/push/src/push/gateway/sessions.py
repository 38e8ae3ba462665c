"""All sessions of this process: who may begin one, and how they are sent away."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager

from cti_bus import BusClosed, NoAnswer
from cti_runtime.auth import Identity

from push.gateway.closing import Close, SessionClosed
from push.gateway.limits import Full, Places
from push.gateway.rights import Person
from push.gateway.session import Session
from push.gateway.shared import Shared
from push.projector.step import usable


class Sessions:
    """Begins sessions within the limits, and ends them without a storm.

    `drain_s`: seconds at most in which all are sent away; `drain_per_s`: how many a second.
    """

    def __init__(self, shared: Shared, *, per_user: int, per_tenant: int, drain_s: float, drain_per_s: float) -> None:
        self.shared = shared
        self.draining = asyncio.Event()
        self._of_users = Places("user", per_user)
        self._of_tenants = Places("tenant", per_tenant)
        self._drain_s = drain_s
        self._drain_per_s = drain_per_s
        self._open: set[Session] = set()
        self._none = asyncio.Event()
        self._drainer: asyncio.Task[None] | None = None

    @asynccontextmanager
    async def session(self, identity: Identity, transport: str) -> AsyncIterator[Session]:
        """A session for as long as the block lasts. Its mailbox is open, so that nothing is missed from now on.

        Raises `SessionClosed`: for the token of another tenant, for a user whose id cannot stand in a subject or who
        is no longer active, when too many are open, and when this instance lets its clients go.
        """
        self._refuse(identity)
        attributes = {"transport": transport}
        with self._places(identity):
            person = await self._person(identity)
            if not person.active:
                raise SessionClosed(Close.FORBIDDEN, "this user is no longer active")
            mailbox = self.shared.hub.open()
            session = Session(self.shared, identity, person, mailbox)
            self.shared.hub.add(mailbox, (identity.user,))
            self.shared.presence.enter(identity.user, session)
            self.shared.metrics.sessions.add(1, attributes)
            self._open.add(session)
            if self.draining.is_set():
                session.leave(asyncio.get_running_loop().time())
            try:
                yield session
            finally:
                self._open.discard(session)
                if not self._open:
                    self._none.set()
                self.shared.hub.remove(mailbox, (identity.user,))
                self.shared.presence.leave(identity.user, session)
                self.shared.metrics.sessions.add(-1, attributes)
                await session.end()

    async def drain(self) -> None:
        """Send everybody away, at a pace that whoever takes them can bear; no new ones begin. Repeatable."""
        self.draining.set()
        self._none.clear()
        now = asyncio.get_running_loop().time()
        for session, after_s in zip(self._open, spread(len(self._open), self._drain_s, self._drain_per_s), strict=True):
            session.leave(now + after_s)
        if self._open:
            try:
                async with asyncio.timeout(self._drain_s + 1.0):
                    await self._none.wait()
            except TimeoutError:
                return  # clients that take nothing: they are closed with the server

    def begin_drain(self) -> None:
        """Drain in the background; the process goes on, without clients, until it is stopped."""
        if self._drainer is None:
            self._drainer = asyncio.create_task(self.drain(), name="drain")

    def closed(self, error: SessionClosed) -> None:
        """Count how a session ended."""
        self.shared.metrics.closes.add(1, {"code": int(error.code)})

    def flooded(self) -> None:
        """Count a connection that was closed for more frames than are allowed."""
        self.shared.metrics.limited.add(1, {"limit": "frames"})
        self.closed(SessionClosed(Close.FLOOD))

    def _refuse(self, identity: Identity) -> None:
        if self.draining.is_set():
            raise SessionClosed(Close.RESUME, "this instance lets its clients go: reconnect")
        if identity.tenant != self.shared.tenant:
            raise SessionClosed(Close.FORBIDDEN, "this server works for another tenant")
        if not usable(identity.user):
            raise SessionClosed(Close.FORBIDDEN, "the user's id may hold no dot, space, * or >")

    def _places(self, identity: Identity) -> ExitStack:
        with ExitStack() as stack:
            for places, name, code in (
                (self._of_users, identity.user, Close.TOO_MANY),
                (self._of_tenants, identity.tenant, Close.FULL),
            ):
                try:
                    stack.enter_context(places.taken(name))
                except Full as error:
                    self.shared.metrics.limited.add(1, {"limit": f"{error.limit}_connections"})
                    raise SessionClosed(code, str(error)) from error
            return stack.pop_all()

    async def _person(self, identity: Identity) -> Person:
        try:
            return await self.shared.people.of(identity)
        except (NoAnswer, BusClosed) as error:
            raise SessionClosed(Close.UNAVAILABLE, "the directory on the bus cannot be reached") from error


def spread(leaving: int, within_s: float, per_s: float) -> list[float]:
    """After how many seconds each of so many leaves, one after the other: `per_s` a second, more only where they would
    not all be gone `within_s`.
    """
    step_s = min(1 / per_s, within_s / max(1, leaving))
    return [turn * step_s for turn in range(leaving)]
