"""Noticing that a stream removed messages before they were read."""

import logging
import math
import time
from collections.abc import Callable
from dataclasses import dataclass

import nats.errors
from nats.js import errors as js_errors
from nats.js.api import StreamConfig

from cti_bus.connection import Bus

_log = logging.getLogger("cti_bus.read")


@dataclass(frozen=True, slots=True)
class Gap:
    """Stream sequences (inclusive) that retention removed before we read them. Some may not have been for us."""

    stream: str
    first_missing: int
    last_missing: int


class GapWatch:
    """Finds gaps, and asks the server only about what may be one.

    A hole in the sequence is usually a message for others. It is suspect when the last one read is so old that the
    stream may have removed its successors (of any age, where its size is limited); then the stream is asked, once for
    a batch. That nothing was pending before the hole says nothing: it may have come and gone while nobody asked for it.
    """

    def __init__(self, bus: Bus, stream: str, on_gap: Callable[[Gap], None] | None) -> None:
        self._bus = bus
        self._stream = stream
        self._on_gap = on_gap
        self._reported_to = 0
        self._suspect_age_s = math.inf
        self._suspects: list[tuple[int, int]] = []
        self.count = 0

    def begin(self, config: StreamConfig, first_seq: int, seen: int) -> None:
        """Reading (again) after `seen` in a stream that begins with `first_seq`. 0 asks for whatever is there."""
        self._suspect_age_s = _suspect_age_s(config)
        if seen > 0:
            self._report(seen + 1, first_seq - 1)

    def jump(self, seen: int, seen_ns: int, arrived: int) -> None:
        """`arrived` came after `seen`, with a hole between them."""
        if seen > 0 and time.time_ns() - seen_ns > self._suspect_age_s * 1e9:
            self._suspects.append((seen, arrived))

    async def examine(self) -> None:
        """Ask about the suspects, if there are any. When the server is away they are kept for later."""
        if not self._suspects:
            return
        suspects, self._suspects = self._suspects, []
        try:
            first_seq = (await self._bus.js.stream_info(self._stream)).state.first_seq
        except (js_errors.Error, nats.errors.Error) as error:
            _log.debug("cannot ask where %s begins: %s", self._stream, error)
            self._suspects = suspects
            return
        for seen, arrived in suspects:
            self._report(seen + 1, min(first_seq, arrived) - 1)

    def _report(self, first: int, last: int) -> None:
        first = max(first, self._reported_to + 1)
        if last < first:
            return
        self._reported_to = last
        self.count += 1
        _log.error("%s: retention removed %d..%d before we read them", self._stream, first, last)
        if self._on_gap is not None:
            self._on_gap(Gap(self._stream, first, last))


def _suspect_age_s(config: StreamConfig) -> float:
    """From which age on a stream may remove a message; a size limit may remove at any age."""
    if (config.max_bytes or -1) > 0 or (config.max_msgs or -1) > 0:
        return -math.inf  # whatever the clocks of both sides say
    return 0.9 * config.max_age if config.max_age else math.inf
