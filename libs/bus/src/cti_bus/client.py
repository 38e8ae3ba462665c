"""nats-py's client, but a cancellation is never lost in it.

Python 3.11's `asyncio.wait_for`, which nats-py asks with, returns the answer when it comes in the same moment as a
cancellation, and the cancellation is gone: a task that was told to end goes on for ever, and with it the process.
"""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from nats.aio import client
from nats.aio.msg import Msg


class Client(client.Client):
    """Requests, those of JetStream too, end with `CancelledError` when their task was cancelled meanwhile."""

    async def request(
        self,
        subject: str,
        payload: bytes = b"",
        timeout: float = 0.5,  # noqa: ASYNC109 - nats-py's own signature
        old_style: bool = False,
        headers: dict[str, Any] | None = None,
    ) -> Msg:
        """See nats-py."""
        with _heeding_cancellation():
            return await super().request(subject, payload, timeout, old_style, headers)

    async def flush(self, timeout: int = 10) -> None:  # noqa: ASYNC109 - the same
        """See nats-py."""
        with _heeding_cancellation():
            await super().flush(timeout)


@contextmanager
def _heeding_cancellation() -> Iterator[None]:
    """Raise `CancelledError` at the end when the task was cancelled within, whatever came out of it.

    Earlier cancellations don't count: a task that cleans up after one may still ask.
    """
    task = asyncio.current_task()
    before = task.cancelling() if task is not None else 0
    try:
        yield
    finally:
        if task is not None and task.cancelling() > before:
            raise asyncio.CancelledError
