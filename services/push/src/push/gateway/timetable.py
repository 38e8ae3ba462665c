"""What has its time in a session: pings, the end of the token, the moment to leave. Clocks are arguments. Pure."""

import random
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Final

from push.gateway.closing import Close, SessionClosed
from push.gateway.frames import Expiring, Moving, Ping, ServerFrame

EXPIRING_S: Final = 60.0
"""So long before its end a token is asked to be renewed."""
MOVING_MS: Final = (100, 1000)
"""So long a client that is sent away waits before it comes back: others leave at the same moment."""


class Timetable:
    """`now` is an instant of a clock that does not jump; `wall`, and a token's end, seconds of the epoch."""

    def __init__(self, expires_at: float, ping_s: float, now: float) -> None:
        self._expires_at = expires_at
        self._warned = False
        self._ping_s = ping_s
        self._ping_at = now + ping_s
        self._leave_at = float("inf")

    def renew(self, expires_at: float) -> None:
        """Another token counts, until then."""
        self._expires_at, self._warned = expires_at, False

    def leave(self, at: float) -> None:
        """The client is sent away at `at`, unless it has to go sooner."""
        self._leave_at = min(self._leave_at, at)

    def due(self, now: float, wall: float) -> Iterator[ServerFrame]:
        """The frames whose time has come, each once. Raises `SessionClosed` after the last one of a session."""
        left_s = self._expires_at - wall
        if left_s <= 0:
            raise SessionClosed(Close.UNAUTHORIZED, "the token has expired")
        if left_s <= EXPIRING_S and not self._warned:
            self._warned = True
            yield Expiring(expires_at=datetime.fromtimestamp(self._expires_at, UTC))
        if now >= self._leave_at:
            yield Moving(after_ms=random.randint(*MOVING_MS))  # noqa: S311 - jitter is no secret
            raise SessionClosed(Close.RESUME, "this instance stops or moves: reconnect and resume")
        if now >= self._ping_at:
            self._ping_at = now + self._ping_s
            yield Ping(server_time=datetime.fromtimestamp(wall, UTC))

    def next(self, now: float, wall: float) -> float:
        """The instant at which something is due next."""
        left_s = self._expires_at - wall
        word_s = max(0.0, left_s if self._warned else left_s - EXPIRING_S)
        return min(self._ping_at, self._leave_at, now + word_s)
