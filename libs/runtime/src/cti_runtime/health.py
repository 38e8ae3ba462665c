"""Is the process alive, and is it ready: two questions with two answers.

*Live* (`/healthz`) means that restarting would not help: the loop runs, the consumer advances or has nothing to do, or
waits for something that is away. *Ready* (`/readyz`) means that it does its work now; a service that has not added a
check yet is not ready.
"""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any

Probe = Callable[[], str | None]
"""Returns None when fine, else the reason in one line."""

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
ASGIApp = Callable[[Scope, Receive, Send], Awaitable[None]]


class Health:
    """The checks of one process."""

    def __init__(self, name: str, stopping: asyncio.Event | None = None) -> None:
        self._name = name
        self._stopping = stopping
        self._checks: dict[str, tuple[Probe, bool]] = {}

    def check(self, name: str, probe: Probe, *, live: bool = False) -> None:
        """Add a readiness check; with `live` its failure also means that the process should be restarted.

        A probe must be quick and must not block; one that raises counts as failed.
        """
        self._checks[name] = (probe, live)

    def progress(self, name: str, progress: "Progress") -> None:
        """Add both checks of a `Progress`: stuck means dead, waiting means not ready."""
        self.check(name, progress.stuck, live=True)
        self.check(f"{name} ready", progress.not_ready)

    def step(self, name: str) -> Callable[[], None]:
        """Add a readiness check for what happens once, at the start: it fails until the returned function is called."""
        done: list[bool] = []
        self.check(name, lambda: None if done else "not yet")
        return lambda: done.append(True)

    def failures(self, *, live: bool) -> dict[str, str]:
        """Failing checks with their reasons: of liveness, or of readiness (which includes liveness)."""
        result: dict[str, str] = {}
        for name, (probe, is_live) in self._checks.items():
            if live and not is_live:
                continue
            try:
                reason = probe()
            except Exception as error:
                reason = f"probe failed: {type(error).__name__}: {error}"
            if reason is not None:
                result[name] = reason
        if not live and not self._checks:
            result["starting"] = "the service has not come so far that it could be asked"
        if not live and self._stopping is not None and self._stopping.is_set():
            result["stopping"] = "the service is shutting down"
        return result

    def app(self) -> ASGIApp:
        """ASGI application with /healthz and /readyz: 200, or 503 with a JSON body that names each failing check."""

        async def serve(scope: Scope, receive: Receive, send: Send) -> None:
            if scope["type"] == "lifespan":
                await _lifespan(receive, send)
            elif scope["type"] == "http":
                await self._answer(str(scope["path"]), send)

        return serve

    async def _answer(self, path: str, send: Send) -> None:
        if path not in ("/healthz", "/readyz"):
            await _json(send, 404, {"error": "only /healthz and /readyz are here"})
            return
        failing = self.failures(live=path == "/healthz")
        body: dict[str, Any] = {"service": self._name, "ok": not failing}
        if failing:
            body["failing"] = failing
        await _json(send, 503 if failing else 200, body)


class Progress:
    """Whether a consumer gets on. `advanced`, `idle` and `waiting` are what `cti_bus` tells an observer.

    It is stuck when nothing was heard for `deadline_s`, or when it has been waiting for longer than
    `waiting_deadline_s`: then our side of the wait is suspected, and a restart is worth a try.
    """

    def __init__(
        self, deadline_s: float, waiting_deadline_s: float = 900.0, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._deadline_s = deadline_s
        self._waiting_deadline_s = waiting_deadline_s
        self._clock = clock
        self._heard_at = self._well_at = clock()
        self._waiting_for: str | None = None

    def advanced(self) -> None:
        """A piece of work was done."""
        self._heard_at = self._well_at = self._clock()
        self._waiting_for = None

    def idle(self) -> None:
        """There is nothing to do, and we know it (the server said so)."""
        self.advanced()

    def waiting(self, reason: str) -> None:
        """Something that we need is away; we are trying again."""
        self._heard_at = self._clock()
        self._waiting_for = reason

    def stuck(self) -> str | None:
        """Liveness probe."""
        now = self._clock()
        if self._waiting_for is not None and now - self._well_at > self._waiting_deadline_s:
            return f"waiting for {now - self._well_at:.0f} s: {self._waiting_for}"
        limit = max(self._deadline_s, self._waiting_deadline_s) if self._waiting_for is not None else self._deadline_s
        if now - self._heard_at > limit:
            return f"no progress for {now - self._heard_at:.0f} s"
        return None

    def not_ready(self) -> str | None:
        """Readiness probe."""
        return self._waiting_for or self.stuck()


async def _json(send: Send, status: int, body: Mapping[str, Any]) -> None:
    data = json.dumps(body).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(data))]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": data})


async def _lifespan(receive: Receive, send: Send) -> None:
    while True:
        message = await receive()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return
