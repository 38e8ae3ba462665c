"""In which order numbers are identified: calls that ring now never wait for those that are over."""

import asyncio
from collections import deque

from msgspec.structs import replace

from call_journal.identification.jobs import Job

MOST_LATE = 100_000  # about 0.5 KiB each
MOST_TRIES = 3
_FIRST_PAUSE_S, _MOST_PAUSE_S = 0.5, 15.0


class Agenda:
    """Fresh jobs first, in order; then late ones, the newest first, for their calls are the likeliest to go on.

    While nobody answers, late ones pause. Given up (`take_dropped`) is what got no answer `MOST_TRIES` times while
    others got theirs, and above `MOST_LATE` the oldest one.
    """

    def __init__(self) -> None:
        self.dropped = 0
        self._fresh: deque[Job] = deque()
        self._late: deque[Job] = deque()
        self._open: dict[int, int] = {}  # stream sequence -> jobs of it that are not done, in order of reading
        self._changed = asyncio.Event()
        self._answers = False  # whether anybody was answered since somebody was not
        self._pause_s = _FIRST_PAUSE_S
        self._paused: asyncio.TimerHandle | None = None

    def put(self, job: Job, *, late: bool) -> None:
        """One more."""
        self._open[job.stream_seq] = self._open.get(job.stream_seq, 0) + 1
        if late:
            self._make_room()
            self._late.append(job)
        else:
            self._fresh.append(job)
        self._changed.set()

    async def next(self) -> tuple[Job, bool]:
        """The next one, and whether it is late. Hand it back by `done` or `put_off`."""
        while True:
            if self._fresh:
                return self._fresh.popleft(), False
            if self._late and self._paused is None:
                return self._late.pop(), True
            self._changed.clear()
            await self._changed.wait()

    def done(self, job: Job) -> None:
        """It was answered."""
        left = self._open.get(job.stream_seq, 1) - 1
        if left > 0:
            self._open[job.stream_seq] = left
        else:
            self._open.pop(job.stream_seq, None)

    def answered(self) -> None:
        """The directory answers: late ones need not wait any longer."""
        self._answers = True
        self._pause_s = _FIRST_PAUSE_S
        if self._paused is not None:
            self._paused.cancel()
            self._resume()

    def put_off(self, job: Job) -> None:
        """Nobody answered: it is late from now on, and all late ones pause, longer each time.

        When others were answered it is this one that cannot be: it comes last, and not for ever.
        """
        self._make_room()
        if not self._answers:
            self._late.append(job)
        elif job.tries + 1 < MOST_TRIES:
            self._late.appendleft(replace(job, tries=job.tries + 1))
        else:
            self.dropped += 1
            self.done(job)
        self._answers = False
        if self._paused is None:
            self._paused = asyncio.get_running_loop().call_later(self._pause_s, self._resume)
            self._pause_s = min(2 * self._pause_s, _MOST_PAUSE_S)

    def take_dropped(self) -> int:
        """How many were given up since this was asked last."""
        dropped, self.dropped = self.dropped, 0
        return dropped

    def position(self, read: int) -> int:
        """Up to which sequence everything is done, when it was read up to `read`: where to begin after a restart."""
        return min(read, next(iter(self._open)) - 1) if self._open else read

    def clear(self) -> None:
        """Another stream: what is left is of one that is gone."""
        self._fresh.clear()
        self._late.clear()
        self._open.clear()

    def _make_room(self) -> None:
        if len(self._late) >= MOST_LATE:
            self.dropped += 1
            self.done(self._late.popleft())

    def _resume(self) -> None:
        self._paused = None
        self._changed.set()
