"""The loop of a consumer: read, handle, and one of exactly three fates for what cannot be handled.

    Fate
    ├── Retry   not now: the same batch again after a while, for as long as it takes; nothing is lost
    ├── Park    not this call: its messages go to CTI_PARKED, in order, from this one on; the others go on
    └── Fatal   not at all: the process stops, and begins at the stored position when it is started again

Any other exception is Fatal: an error that nobody thought about must not be swallowed.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Final

from cti_bus.errors import BusError
from cti_bus.message import Batch, Received
from cti_bus.park import Parking
from cti_bus.read import Observer, Reader

_log = logging.getLogger("cti_bus.fates")

# How long at most between two attempts of the same batch: an outage of an hour costs 120 attempts.
RETRY_MAX_S: Final = 30.0


class Fate(Exception):
    """Base of the three fates; raised by a handler."""


class Retry(Fate):
    """Handle the same batch again after `after_s` seconds (growing with each repetition)."""

    def __init__(self, reason: str, after_s: float = 0.5) -> None:
        super().__init__(reason)
        self.after_s = after_s


class Park(Fate):
    """Park the call that `received` belongs to, from that message on."""

    def __init__(self, reason: str, received: Received) -> None:
        super().__init__(reason)
        self.reason = reason
        self.received = received


class Fatal(Fate):
    """Stop the process."""


async def process(
    reader: Reader,
    handle: Callable[[Batch], Awaitable[None]],
    *,
    ahead: Callable[[Batch], Awaitable[None]] | None = None,
    parking: Parking | None = None,
    observer: Observer | None = None,
    retry_max_s: float = RETRY_MAX_S,
) -> None:
    """Hand each batch to `handle`, in order, until cancelled; returns never, raises `Fatal`, `BusError`.

    `handle` must be atomic: when it raises, nothing of the batch may remain (a transaction that is rolled back), for
    it is called again with the same messages, or with those that are left after parking. It stores `batch.position`
    together with its results; after a restart the reader begins there. A batch can be empty when all of it was parked.
    Without `parking` a `Park` is `Fatal`.

    `ahead` may prepare what can be known of a batch alone, while `handle` waits for its database with the one before:
    it is shown the next batch when that is a full one already, at most once, and cancelled when `handle` is done. It
    is a hint, no promise: `handle` can be given another batch next (the same one again after a `Retry`, or what parking
    left of it). What it raises is `Fatal`.
    """
    async for read in reader:
        batch = await parking.filter(read) if parking is not None else read
        looking = asyncio.create_task(_look(reader, ahead)) if ahead is not None else None
        try:
            await _digest(batch, handle, parking, observer, retry_max_s)
        finally:
            if looking is not None:
                looking.cancel()
                await asyncio.wait((looking,))
        if looking is not None and not looking.cancelled() and (error := looking.exception()) is not None:
            raise Fatal(f"looking ahead of {batch.position}: {type(error).__name__}: {error}") from error
        if observer is not None:
            observer.advanced()


async def _look(reader: Reader, ahead: Callable[[Batch], Awaitable[None]]) -> None:
    await ahead(await reader.full())


async def _digest(
    batch: Batch,
    handle: Callable[[Batch], Awaitable[None]],
    parking: Parking | None,
    observer: Observer | None,
    retry_max_s: float,
) -> None:
    """One batch, until it is handled or parked."""
    attempt = 0
    while True:
        try:
            await handle(batch)
            return
        except Retry as retry:
            delay_s = min(retry.after_s * 2 ** min(attempt, 20), max(retry_max_s, retry.after_s))
            attempt += 1
            _log.warning("batch up to %d: %s; again in %.1f s", batch.position, retry, delay_s)
            if observer is not None:
                observer.waiting(str(retry))
            await asyncio.sleep(delay_s)
        except Park as park:
            if parking is None:
                raise Fatal(f"cannot park, no parking given: {park.reason}") from park
            if park.received not in batch:
                raise Fatal(f"asked to park a message that is not in the batch: {park.received.subject}") from park
            batch = await parking.park(batch, park.received, park.reason)
            attempt = 0
        except (Fatal, BusError, asyncio.CancelledError):
            raise
        except Exception as error:
            raise Fatal(f"batch up to {batch.position}: {type(error).__name__}: {error}") from error
