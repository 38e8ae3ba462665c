"""Serving an ASGI application until the service stops."""

import asyncio
import contextlib
import errno
import logging
import socket
from collections.abc import Callable, Generator
from typing import Any

import uvicorn

from cti_runtime.errors import PortBusy, StartFailed

_log = logging.getLogger("cti_runtime.web")

# How long open requests and sockets get to finish after `stopping`; a browser reconnects elsewhere meanwhile.
GRACE_S = 3.0


class _Server(uvicorn.Server):
    """Uvicorn without its own signal handlers (the process has one place for them) that tells when it accepts."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.accepting = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        try:
            await super().startup(sockets)
        except SystemExit as error:  # uvicorn means to end the process; that is for the service to decide
            raise StartFailed("the web application did not start, the log says why") from error
        self.accepting.set()

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        yield


def bind(host: str, port: int) -> socket.socket:
    """A listening socket's address, taken; raises `PortBusy`. Port 0 takes a free one."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # With the protocol named, asyncio switches Nagle's algorithm off for each connection: else a kept connection waits
    # 40 ms for the client's delayed acknowledgement between the head and the body of an answer.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        reason = "another program listens there" if error.errno == errno.EADDRINUSE else error.strerror
        raise PortBusy(f"cannot listen on {host}:{port}: {reason}") from error
    listener.setblocking(False)
    return listener


async def serve_asgi(
    app: Any,
    host: str,
    port: int,
    stopping: asyncio.Event,
    *,
    on_started: Callable[[str, int], None] | None = None,
    grace_s: float = GRACE_S,
    **options: Any,
) -> None:
    """Serve until `stopping` is set, then finish within `grace_s`; WebSockets are closed with 1012 (service restart).

    `on_started` is called with the host and the real port once connections are accepted. `options` go to
    `uvicorn.Config`. Raises `PortBusy`, `StartFailed`. Cancellation closes everything too, without grace.
    """
    listener = bind(host, port)
    real_port = int(listener.getsockname()[1])
    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        timeout_graceful_shutdown=max(1, round(grace_s)),
        **options,
    )
    server = _Server(config)
    serving = asyncio.create_task(server.serve(sockets=[listener]), name=f"http {host}:{real_port}")
    accepting = asyncio.create_task(server.accepting.wait())
    stop = asyncio.create_task(stopping.wait())
    try:
        await asyncio.wait((serving, accepting), return_when=asyncio.FIRST_COMPLETED)
        if accepting.done():
            _log.info("listening on http://%s:%d", host, real_port)
            if on_started is not None:
                on_started(host, real_port)
        await asyncio.wait((serving, stop), return_when=asyncio.FIRST_COMPLETED)
        server.should_exit = True
        await serving
    finally:
        accepting.cancel()
        stop.cancel()
        server.should_exit = server.force_exit = True
        if not serving.done():
            serving.cancel()
        with contextlib.suppress(OSError):
            listener.close()
