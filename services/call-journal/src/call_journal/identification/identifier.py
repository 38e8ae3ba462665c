"""Asks the directory who rings, and publishes `identified`.

It reads the stream with a consumer of its own, so it waits for no batch of rows and no PostgreSQL. What it publishes
comes back through the stream: rows and views take names from there alone, and a rebuild publishes nothing.
"""

import asyncio
import time
from collections import OrderedDict
from contextlib import aclosing
from datetime import UTC, datetime

import structlog
from cti_bus import Bus, Fenced, NoAnswer, Observer, Publisher, Reader, Received, Refused, since
from cti_bus.streams import EVENTS
from cti_directory import DirectoryCopy, Questions, colleagues
from cti_model import subjects
from cti_model.directory import Candidate
from cti_model.envelope import BadEnvelope, decode_call, encode_journal
from cti_model.events import Origin
from cti_model.journal import JournalEvent

from call_journal.identification.agenda import Agenda
from call_journal.identification.jobs import KINDS, Job, identified, jobs_of
from call_journal.telemetry import Metrics

_log = structlog.get_logger(__name__)
FILTERS = [subjects.all_calls(kind) for kind in KINDS]
LATE_S = 10.0
"""An event that was stored so long ago is history: the one who rang may have hung up."""
_FENCES = 10_000  # calls that were told of lately; about 0.5 KiB each
_REMEMBERED = 200_000  # rows and numbers that were asked for; about 0.2 KiB each


class Identifier:
    """Each row's number is asked for once; who it may be is told once for each set of candidates, also after a crash.

    Fresh events are asked for at once. Those that nobody answered, and those that were stored while we were away, come
    later, behind all fresh ones, with origin `reconciled`; before they are told, the stream is asked whether they were.
    """

    def __init__(
        self,
        bus: Bus,
        publisher: Publisher,
        questions: Questions,
        copy: DirectoryCopy,
        metrics: Metrics,
        observer: Observer,
    ) -> None:
        self._bus = bus
        self._publisher = publisher
        self._questions = questions
        self._copy = copy
        self._metrics = metrics
        self._observer = observer
        self._agenda = Agenda()
        self._asked: OrderedDict[tuple[str, str], None] = OrderedDict()
        self._fences: OrderedDict[str, None] = OrderedDict()
        self._life, self._read = "", 0

    @property
    def position(self) -> tuple[str, int]:
        """The stream that is read, and up to which of its sequences everything is identified."""
        return self._life, self._agenda.position(self._read)

    async def read(self, reader: Reader, life: str) -> None:
        """Take jobs from the stream, until it is another one (`PositionLost`)."""
        self._agenda.clear()
        self._asked.clear()
        self._life, self._read = life, reader.position
        async for batch in reader:
            late_ns = time.time_ns() - int(LATE_S * 1e9)
            for each in batch:
                self._take(each, late=each.time_ns < late_ns)
            self._read = batch.position
            self._observer.advanced()
            if dropped := self._agenda.take_dropped():
                _log.warning("not identified", numbers=dropped)
                self._metrics.identified.add(dropped, {"result": "given_up"})
            await asyncio.sleep(0)  # a backlog in the buffer must not hold up those who ask

    async def work(self) -> None:
        """One job after the other, for ever. Run as many of these as may ask at once."""
        while True:
            job, late = await self._agenda.next()
            try:
                candidates = await self._candidates(job)
                if candidates:
                    await self._tell(job, candidates, late=late)
            except (NoAnswer, Fenced) as error:
                _log.debug("not identified yet", number=job.number, reason=str(error))
                self._agenda.put_off(job)
                self._metrics.identified.add(1, {"result": "unanswered"})
                continue
            self._agenda.done(job)
            self._metrics.identified.add(1, {"result": "known" if candidates else "nobody"})

    def _take(self, received: Received, *, late: bool) -> None:
        try:
            event = decode_call(received.body)
        except BadEnvelope:
            return  # the projection sets it aside, and says so
        for job in jobs_of(event, received.stream_seq, received.time_ns):
            key = job.connection_id, job.number
            if key in self._asked:
                continue
            if len(self._asked) >= _REMEMBERED:
                self._asked.popitem(last=False)
            self._asked[key] = None
            self._agenda.put(job, late=late)

    async def _candidates(self, job: Job) -> tuple[Candidate, ...]:
        """Raises `NoAnswer` when nobody says; a colleague is known from the copy even then."""
        try:
            found = await self._questions.identify(job.tenant, job.number)
        except NoAnswer:
            found = self._colleagues(job)
            if not found:
                raise
            return found
        self._agenda.answered()
        return found or self._colleagues(job)

    def _colleagues(self, job: Job) -> tuple[Candidate, ...]:
        return colleagues(self._copy, job.tenant, job.pbx, job.number, job.began_at) if job.internal else ()

    async def _tell(self, job: Job, candidates: tuple[Candidate, ...], *, late: bool) -> None:
        event = identified(job, candidates, datetime.now(UTC), Origin.RECONCILED if late else Origin.OBSERVED)
        if late and await self._was_told(event):
            return
        message = encode_journal(event)
        fence = message.subject
        try:
            # Nobody but us tells of a call that rings now, so its first message needs no look at what is there. If
            # somebody did after all (we, before a restart), it is fenced out, and comes again as a late one.
            stored = await self._publisher.publish(
                fence, message.body, message.headers, message.message_id, fence=fence, begins=not late
            )
            await stored
        except Refused:  # for good, and the bus said why: a name is not worth a restart
            self._forget(fence)
            return
        except Fenced:
            self._forget(fence)
            raise
        self._fences[fence] = None
        if late or len(self._fences) > _FENCES:
            self._forget(fence if late else next(iter(self._fences)))
        if not late:
            self._metrics.identified_after.record(max(0.0, time.time() - job.stored_ns / 1e9))

    def _forget(self, fence: str) -> None:
        self._fences.pop(fence, None)
        self._publisher.forget(fence)

    async def _was_told(self, event: JournalEvent) -> bool:
        """Whether it is in the stream. Whatever is older than the stream's own memory of ids could come twice."""
        subject = encode_journal(event).subject
        async with aclosing(since(self._bus, EVENTS.name, subject)) as told:
            async for each in told:
                if each.message_id == event.event_id:
                    return True
        return False
