"""Calls that a consumer cannot digest: put aside whole and in order, so that all others go on.

What is parked is known from CTI_PARKED alone: subject `cti.<tenant>.parked.<consumer>.<rest of the call's key>`. So it
survives restarts, any tool can look at it, and two consumers of one stream park independently.
"""

import logging
from collections.abc import Awaitable, Callable

from cti_bus import direct
from cti_bus.connection import Bus
from cti_bus.errors import BusError
from cti_bus.message import MSG_ID, Batch, Received
from cti_bus.publish import Publisher

_log = logging.getLogger("cti_bus.park")

REASON = "Trunkline-Parked-Reason"
SUBJECT = "Trunkline-Parked-Subject"
SEQUENCE = "Trunkline-Parked-Sequence"
FIRST = "Trunkline-Parked-First"
ORIGINAL_ID = "Trunkline-Parked-Id"
TIME_NS = "Trunkline-Parked-Time-Ns"


def call_key(subject: str) -> str | None:
    """`<tenant>.<pbx>.<call>` for a call's or the journal's subject about a call; None for everything else."""
    parts = subject.split(".")
    if len(parts) == 6 and parts[0] == "cti" and parts[2] in ("call", "journal"):
        return f"{parts[1]}.{parts[3]}.{parts[4]}"
    return None


class Parking:
    """The parked calls of one consumer. `load` before use.

    `key_of` tells which call a subject belongs to, as dotted tokens whose first is the tenant; a message without a
    key is parked under its own subject (`<tenant>.<the other tokens>`).
    """

    def __init__(
        self,
        bus: Bus,
        publisher: Publisher,
        consumer: str,
        *,
        key_of: Callable[[str], str | None] = call_key,
        stream: str = "CTI_PARKED",
    ) -> None:
        self._bus = bus
        self._publisher = publisher
        self._consumer = consumer
        self._key_of = key_of
        self._stream = stream
        self._parked: dict[str, tuple[int, int]] = {}  # key -> first and newest stream sequence that are parked

    @property
    def keys(self) -> frozenset[str]:
        """The parked calls."""
        return frozenset(self._parked)

    async def load(self) -> None:
        """Learn from CTI_PARKED which calls are parked, and how far."""
        self._parked = {}
        async for newest in direct.newest_of_each(self._bus, self._stream, f"cti.*.parked.{self._consumer}.>"):
            parts = newest.subject.split(".")
            span = int(newest.headers[FIRST]), int(newest.headers[SEQUENCE])
            self._parked[".".join([parts[1], *parts[4:]])] = span

    async def filter(self, batch: Batch) -> Batch:
        """Park what belongs to parked calls; returns the rest. Everything is stored when it returns.

        What came before the first parked message of a call is not touched: when a batch is read again after a crash, it
        still has to be handled.
        """
        if not self._parked:
            return batch
        rest: list[Received] = []
        aside: list[Received] = []
        for received in batch:
            span = self._parked.get(self._key(received))
            (aside if span is not None and received.stream_seq >= span[0] else rest).append(received)
        if not aside:
            return batch
        await self._store(aside, "the call is parked")
        return Batch(rest, batch.position)

    async def park(self, batch: Batch, culprit: Received, reason: str) -> Batch:
        """Park a call from `culprit` on; returns the batch without it. What came before of the same call stays."""
        key = self._key(culprit)
        aside = [m for m in batch if m.stream_seq >= culprit.stream_seq and self._key(m) == key]
        _log.error("parking %s from %s (%d) on: %s", key, culprit.subject, culprit.stream_seq, reason)
        await self._store(aside, reason)
        gone = {m.stream_seq for m in aside}
        return Batch([m for m in batch if m.stream_seq not in gone], batch.position)

    async def redrive(self, key: str, handle: Callable[[Received], Awaitable[None]]) -> int:
        """Hand the parked messages of a call, in order, to `handle`; each is removed when it was handled.

        Returns how many. When `handle` raises, that message and the later ones stay parked and the error propagates.
        Must run in the consumer's own process, between two batches.
        """
        count = 0
        async for parked in direct.since(self._bus, self._stream, self._subject(key)):
            await handle(_original(parked))
            await direct.remove(self._bus, self._stream, parked.stream_seq)
            count += 1
        self._parked.pop(key, None)
        self._publisher.forget(self._subject(key))
        return count

    def _key(self, received: Received) -> str:
        key = self._key_of(received.subject)
        if key is not None:
            return key
        parts = received.subject.split(".")
        return ".".join(parts[1:]) if parts[0] == "cti" and len(parts) > 1 else received.subject

    def _subject(self, key: str) -> str:
        tenant, _, rest = key.partition(".")
        return f"cti.{tenant}.parked.{self._consumer}.{rest}"

    async def _store(self, messages: list[Received], reason: str) -> None:
        """Store in order, skipping what a previous run of the same batch stored already."""
        for message in messages:
            key = self._key(message)
            first, newest = self._parked.get(key, (message.stream_seq, 0))
            if message.stream_seq <= newest:
                continue
            own = {name: value for name, value in message.headers.items() if not name.startswith("Nats-")}
            own[REASON] = reason.replace("\r", " ").replace("\n", " ")[:500]
            own[SUBJECT] = message.subject
            own[FIRST] = str(first)
            own[SEQUENCE] = str(message.stream_seq)
            own[TIME_NS] = str(message.time_ns)
            own[ORIGINAL_ID] = message.message_id
            subject = self._subject(key)
            stored = await self._publisher.publish(
                subject, message.body, own, f"{self._consumer}:{message.stream_seq}", fence=subject
            )
            await stored
            self._parked[key] = first, message.stream_seq


def _original(parked: Received) -> Received:
    """A parked message as it was read."""
    own = {name: value for name, value in parked.headers.items() if not name.startswith("Trunkline-Parked-")}
    try:
        own[MSG_ID] = parked.headers[ORIGINAL_ID]
        return Received(
            int(parked.headers[SEQUENCE]), parked.headers[SUBJECT], own, parked.body, int(parked.headers[TIME_NS])
        )
    except (KeyError, ValueError) as error:
        raise BusError(f"message {parked.stream_seq} of {parked.subject} was not parked by us: {error}") from error
