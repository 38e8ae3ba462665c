"""Updates of users and queues to the sessions of this process: one reader, a bounded mailbox for each session."""

import asyncio
from collections import defaultdict, deque
from collections.abc import Iterable

from cti_bus import Bus, Reader, newest, newest_of_each
from cti_bus.streams import USERS
from cti_model import subjects
from cti_runtime import Progress

from push.gateway.closing import Close, SessionClosed
from push.gateway.coding import Encoded, Told, decode_told, encoded_update, encoded_watch_update
from push.gateway.frames import ServerFrame
from push.gateway.queues import Queues

PATIENCE_S = 0.05
"""A burst (a projector that catches up) comes faster than a good client's socket takes it: so long a full mailbox may
hold up the others, once; then its session is closed."""


class Passing:
    """One update on its way to some sessions: read once, and made into each kind of frame once."""

    __slots__ = ("_live", "_told", "_watched", "body", "user")

    def __init__(self, user: str, body: bytes) -> None:
        self.user = user
        self.body = body
        self._told: Told | None = None
        self._live: Encoded | None = None
        self._watched: Encoded | None = None

    @property
    def told(self) -> Told:
        """What it says."""
        if self._told is None:
            self._told = decode_told(self.body)
        return self._told

    def live(self) -> Encoded:
        """As an update of the session's own user."""
        if self._live is None:
            self._live = encoded_update(self.told, replay=False)
        return self._live

    def watched(self) -> Encoded:
        """As an update of somebody else."""
        if self._watched is None:
            self._watched = encoded_watch_update(self.user, self.told)
        return self._watched


Item = Passing | ServerFrame


class Mailbox:
    """What waits for one session. Bounded: when it overflows, `take` says `SLOW` once what fitted is taken."""

    __slots__ = ("_arrived", "_bytes", "_max_bytes", "_max_frames", "_overflowed", "_taken", "_waiting", "_woken")

    def __init__(self, max_frames: int, max_bytes: int) -> None:
        self._waiting: deque[Item] = deque()
        self._bytes = 0
        self._max_frames = max_frames
        self._max_bytes = max_bytes
        self._arrived = asyncio.Event()
        self._taken: asyncio.Event | None = None
        self._overflowed = False
        self._woken = False

    async def put(self, update: Passing) -> None:
        """Add an update; waits for room no longer than `PATIENCE_S`, and never again after an overflow."""
        if self._overflowed:
            return
        size = len(update.body)
        if not self._has_room(size):
            await self._wait_for_room(size)
        if self._has_room(size):
            self._waiting.append(update)
            self._bytes += size
        else:
            self._overflowed = True
        self._arrived.set()

    def post(self, frame: ServerFrame) -> None:
        """Add an answer to what the client sent, without waiting. A client that asks and never reads is slow, too."""
        if len(self._waiting) >= self._max_frames:
            self._overflowed = True
        else:
            self._waiting.append(frame)
        self._arrived.set()

    def wake(self) -> None:
        """Let `take` return, with nothing if there is nothing: its session has something else to look at."""
        self._woken = True
        self._arrived.set()

    def _has_room(self, size: int) -> bool:
        fits = self._bytes + size <= self._max_bytes or not self._waiting
        return fits and len(self._waiting) < self._max_frames

    async def _wait_for_room(self, size: int) -> None:
        taken = self._taken = asyncio.Event()
        try:
            async with asyncio.timeout(PATIENCE_S):
                while not self._has_room(size):
                    taken.clear()
                    await taken.wait()
        except TimeoutError:
            return
        finally:
            self._taken = None

    async def take(self, until: float | None = None) -> Item | None:
        """The next one; None at the loop's time `until`, or after `wake`.

        Raises `SessionClosed` (slow) when the client did not keep up.
        """
        while not self._waiting:
            if self._overflowed:
                raise SessionClosed(Close.SLOW, "you read too slowly: reconnect and resume")
            if self._woken:
                self._woken = False
                return None
            self._arrived.clear()
            try:
                async with asyncio.timeout_at(until):
                    await self._arrived.wait()
            except TimeoutError:
                return None
        item = self._waiting.popleft()
        if isinstance(item, Passing):
            self._bytes -= len(item.body)
        if self._taken is not None:
            self._taken.set()
        return item

    @property
    def overflowed(self) -> bool:
        """Whether something was left out."""
        return self._overflowed


class Hub:
    """Reads the updates of all users of a tenant from now on and hands them to the mailboxes of their sessions."""

    def __init__(self, bus: Bus, tenant: str, *, max_frames: int, max_bytes: int, progress: Progress) -> None:
        self._bus = bus
        self._tenant = tenant
        self._max_frames = max_frames
        self._max_bytes = max_bytes
        self._progress = progress
        self._mailboxes: dict[str, set[Mailbox]] = defaultdict(set)
        self._of_everybody: set[Mailbox] = set()
        self._seen: dict[str, int] = {}
        self.queues = Queues()
        self.reading = asyncio.Event()

    async def run(self) -> None:
        """Read until cancelled."""
        everybody = subjects.users_of(self._tenant)
        last = await newest(self._bus, USERS.name, everybody)
        after = last.stream_seq if last is not None else 0
        queues = subjects.queues_of(self._tenant)
        async with Reader(self._bus, USERS.name, [everybody, queues], after, observer=self._progress) as reader:
            async for message in newest_of_each(self._bus, USERS.name, queues):
                self.queues.take(message.stream_seq, message.body)
            self.reading.set()
            async for batch in reader:
                for received in batch:
                    if subjects.is_queue(received.subject):
                        self.queues.take(received.stream_seq, received.body)
                        continue
                    user = subjects.user_in(received.subject)
                    self._seen[user] = received.stream_seq
                    await self._hand_out(user, received.body)
                self._progress.advanced()

    async def _hand_out(self, user: str, body: bytes) -> None:
        mailboxes = self._mailboxes.get(user, set()) | self._of_everybody
        if mailboxes:
            update = Passing(user, body)
            for mailbox in mailboxes:
                await mailbox.put(update)

    def seen(self, user: str) -> int:
        """The stream sequence of the newest update of a user that came by; 0 when none did since the start."""
        return self._seen.get(user, 0)

    def open(self) -> Mailbox:
        """A mailbox for one more session."""
        return Mailbox(self._max_frames, self._max_bytes)

    def add(self, mailbox: Mailbox, users: Iterable[str] | None) -> None:
        """Updates of these users (None: of everybody) come into the mailbox from now on."""
        if users is None:
            self._of_everybody.add(mailbox)
            return
        for user in users:
            self._mailboxes[user].add(mailbox)

    def remove(self, mailbox: Mailbox, users: Iterable[str] | None) -> None:
        """They no longer do."""
        if users is None:
            self._of_everybody.discard(mailbox)
            return
        for user in users:
            mailboxes = self._mailboxes.get(user, set())
            mailboxes.discard(mailbox)
            if not mailboxes:
                self._mailboxes.pop(user, None)
