"""A connector's service that runs for as long as a test wants it, and who is signed in without a directory."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Collection, Container, Coroutine
from contextlib import asynccontextmanager
from typing import Any

from cti_runtime.health import Health
from cti_runtime.lifecycle import Runtime
from structlog.stdlib import get_logger

from cti_connector.firstparty import Operator


@asynccontextmanager
async def serving(name: str, serve: Callable[[Runtime], Coroutine[Any, Any, None]]) -> AsyncIterator[Health]:
    """The service runs, and is stopped in order; its health. Raises afterwards what the service raised."""
    health, stopping = Health(name), asyncio.Event()
    service = asyncio.create_task(serve(Runtime(name, "test", "0", health, stopping, get_logger("test"))))
    try:
        yield health
    finally:
        stopping.set()
        await service


class Signed:
    """Operators who are signed in from the beginning on, whatever happens."""

    def __init__(self, operators: Collection[Operator]) -> None:
        self._operators = operators

    async def changes(self, occupied: Container[str]) -> AsyncGenerator[Collection[Operator], None]:
        """See `cti_connector.firstparty.Operators`: told once."""
        yield self._operators
        await asyncio.Event().wait()
