"""Tells the bus who is signed in here: one key for each user and instance, which expires when this process is gone."""

import asyncio
import time
from collections import defaultdict
from collections.abc import Callable
from typing import Final

import msgspec
import structlog
from cti_bus import Bucket, Bus, BusClosed, NoAnswer
from cti_model import subjects
from cti_model.presence import PresenceEntry, PresenceState, union

from push.telemetry import Metrics

_log = structlog.get_logger(__name__)
_AT_ONCE: Final = 50
_RETRY_S: Final = 1.0


class Presence:
    """The sessions of this process, by user. `enter`, `say` and `leave` return at once; `run` tells the bus.

    A key lives `ttl_s` and is told again at half of it. Changes that follow each other quickly become one.
    """

    def __init__(
        self,
        bus: Bus,
        tenant: str,
        instance: str,
        metrics: Metrics,
        *,
        ttl_s: int,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._bucket = Bucket(bus, "cti_presence")
        self._tenant = tenant
        self._instance = instance.replace(".", "-")
        self._metrics = metrics
        self._ttl_s = ttl_s
        self._clock = clock
        self._sessions: dict[str, dict[object, PresenceState]] = defaultdict(dict)
        self._for_now: dict[str, tuple[PresenceState, float]] = {}
        self._changed: dict[str, None] = {}
        self._told_at: dict[str, float] = {}
        self._wake = asyncio.Event()

    def enter(self, user: str, session: object) -> None:
        """A session begins."""
        self.say(user, session, PresenceState.ONLINE)

    def say(self, user: str, session: object, state: PresenceState) -> None:
        """What a session says of itself."""
        if self._sessions[user].get(session) is not state:
            self._sessions[user][session] = state
            self._mark(user)

    def say_for_now(self, user: str, state: PresenceState) -> None:
        """What a user says who may have no session here: it counts until the key would expire."""
        self._for_now[user] = (state, self._clock() + self._ttl_s)
        self._mark(user)

    def leave(self, user: str, session: object) -> None:
        """A session is over."""
        self._sessions[user].pop(session, None)
        if not self._sessions[user]:
            del self._sessions[user]
        self._mark(user)

    async def run(self) -> None:
        """Tell for ever; while NATS is away what is to be told waits. At the end all keys are taken away."""
        try:
            while True:
                self._wake.clear()
                users = [*self._changed, *self._due()]
                self._changed = {}
                if not await self._told(users):
                    await asyncio.sleep(_RETRY_S)
                elif not self._changed:
                    await self._wait()
        finally:
            self._sessions.clear()
            self._for_now.clear()
            await self._told(list(self._told_at))

    def _mark(self, user: str) -> None:
        self._changed[user] = None
        self._wake.set()

    def _due(self) -> list[str]:
        before = self._clock() - self._ttl_s / 2
        return [user for user, at in self._told_at.items() if at <= before and user not in self._changed]

    async def _told(self, users: list[str]) -> bool:
        """Tell of these users; False when it must be tried again."""
        for start in range(0, len(users), _AT_ONCE):
            told = await asyncio.gather(*(self._tell(user) for user in users[start : start + _AT_ONCE]))
            if not all(told):
                self._changed.update(dict.fromkeys(users[start:]))
                return False
        return True

    async def _tell(self, user: str) -> bool:
        key = subjects.presence(self._tenant, user, self._instance)
        sessions = self._sessions.get(user, {})
        states = [*sessions.values(), *self._said_for_now(user)]
        try:
            if states:
                entry = PresenceEntry(user=user, instance=self._instance, sessions=len(sessions), state=union(states))
                self._told_at[user] = self._clock()
                await self._bucket.put(key, msgspec.json.encode(entry), ttl_s=self._ttl_s)
            elif user in self._told_at:
                await self._bucket.forget(key)
                self._told_at.pop(user, None)
        except (NoAnswer, BusClosed) as error:
            _log.info("presence not told", user=user, error=str(error))
            return False
        self._metrics.presence.add(1)
        return True

    def _said_for_now(self, user: str) -> list[PresenceState]:
        state, until = self._for_now.get(user, (PresenceState.OFFLINE, 0.0))
        if self._clock() < until:
            return [state]
        self._for_now.pop(user, None)
        return []

    async def _wait(self) -> None:
        try:
            async with asyncio.timeout(self._ttl_s / 4):
                await self._wake.wait()
        except TimeoutError:
            return
