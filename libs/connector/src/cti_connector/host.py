"""One PBX, one leader: stands by, leads, reconciles, and stands by again."""

import asyncio
import random
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, TypeVar

import structlog
from cti_bus import Bucket, Bus, Lease, Publisher
from cti_model import subjects
from cti_model.commands import CommandRequest, CommandResult
from cti_model.events import LinkKind

from cti_connector.asked import Told
from cti_connector.backoff import backoff
from cti_connector.commands import Executor
from cti_connector.link import Listener
from cti_connector.live import BUCKET, Known, known
from cti_connector.outbox import Outbox, OutboxFull
from cti_connector.publisher import BusListener
from cti_connector.recorder import FileRecorder
from cti_connector.sender import Rival, Sender
from cti_connector.telemetry import Metrics

_log = structlog.get_logger(__name__)
_T = TypeVar("_T")


class Source(Protocol):
    """Where the events of one PBX come from: usually a `Link`, or one for each signed-in user, or a recorded file."""

    async def run(self) -> None:
        """Tell the listener what happens, until cancelled. Raises what the listener raises."""
        ...

    def problem(self) -> str | None:
        """Why nothing is told at present; None when all is well."""
        ...

    async def command(self, request: CommandRequest, told: Told | None = None) -> CommandResult:
        """Carry out a valid request; returns its final result, in `deadline_s` at most."""
        ...


Begin = Callable[[Known, Listener], Source]
"""A PBX kind's beginning of a time of leading: goes on with the calls and agents that are known."""


@dataclass(frozen=True)
class HostSettings:
    """Bounds of one host.

    `lease_ttl_s`: a dead leader is replaced at most a second later than that. `window`: messages on their way to NATS.
    The outbox keeps `outbox_memory` messages in memory (about 3 KiB each) and more in `outbox_folder`, up to
    `outbox_disk_bytes`. `finish_s`: how long a stop may take to get them stored. `trace_agents`: log each agent event.
    `commands`: how many are carried out at once; 0 answers none.
    """

    tenant: str
    pbx: str
    lease_ttl_s: int = 3
    window: int = 2000
    outbox_memory: int = 10_000
    outbox_folder: Path | None = None
    outbox_disk_bytes: int = 1 << 30
    finish_s: float = 5.0
    raw_to_bus: bool = False
    trace_agents: bool = False
    commands: int = 64


@dataclass
class _Term:
    """What one time of leading consists of."""

    source: Source
    listener: BusListener
    sender: Sender
    publisher: Publisher
    outbox: Outbox


class Host:
    """Leads the link to one PBX while it holds the lease `pbx.<tenant>.<pbx>`; another instance stands by.

    A new leader takes up the living calls and the agents that the stream knows, each from its newest message, and then
    compares them with what the PBX says. An event of a leader that was replaced is refused by the stream.
    """

    def __init__(
        self,
        bus: Bus,
        settings: HostSettings,
        begin: Begin,
        instance: str,
        metrics: Metrics,
        *,
        recorder: FileRecorder | None = None,
    ) -> None:
        self._bus = bus
        self._settings = settings
        self._begin = begin
        self._instance = instance
        self._metrics = metrics
        self._recorder = recorder
        self._term: _Term | None = None
        self._asked: Lease | None = None
        self._fenced: set[str] = set()  # fences that a rival moved once: the next term reads their calls anew
        self._left: set[str] = set()  # and again after that: another's for good, they must not stop all others
        self._attributes = {"pbx": settings.pbx}

    @property
    def leads(self) -> bool:
        """Whether this instance leads for all that it knows: no more when NATS is away for longer than the lease."""
        return self._term is not None and self._term.sender.leading.is_set()

    @property
    def waiting(self) -> int:
        """How many messages wait in the outbox."""
        return len(self._term.outbox) if self._term is not None else 0

    def problem(self) -> str | None:
        """Why the PBX's calls are not being told by this instance; None also while it stands by for another."""
        if self._term is not None:
            return self._term.source.problem()
        stands_by = self._asked is not None and self._asked.elsewhere
        return None if stands_by else "begins: asks who leads, and reads what the stream knows"

    async def run(self, stopping: asyncio.Event) -> None:
        """Until `stopping`; raises `BusClosed`. What was heard by then is stored, within `finish_s`."""
        stop = asyncio.create_task(stopping.wait())
        waits = backoff(0.2, 5.0, random.Random())  # noqa: S311 - jitter is no secret
        try:
            while not stopping.is_set():
                lease = self._asked = self._lease()
                _log.info("standing by", pbx=self._settings.pbx, instance=self._instance)
                acquire = asyncio.create_task(lease.acquire())
                await asyncio.wait((acquire, stop), return_when=asyncio.FIRST_COMPLETED)
                if not acquire.done():
                    acquire.cancel()
                    await asyncio.gather(acquire, return_exceptions=True)
                    return
                acquire.result()
                try:
                    await self._lead(lease, stopping)
                finally:
                    await lease.release()
                if not stopping.is_set():
                    await asyncio.wait((stop,), timeout=next(waits))
        finally:
            stop.cancel()

    def _lease(self) -> Lease:
        settings = self._settings
        key = subjects.lease_of_pbx(settings.tenant, settings.pbx)
        return Lease(self._bus, key, self._instance, settings.lease_ttl_s)

    async def _lead(self, lease: Lease, stopping: asyncio.Event) -> None:
        settings = self._settings
        begin_with = await _unless(stopping, known(self._bus, settings.tenant, settings.pbx))
        if begin_with is None:
            return  # told to stop while NATS was away: nothing was begun
        _log.info(
            "leading",
            pbx=settings.pbx,
            instance=self._instance,
            living_calls=len(begin_with.calls),
            agents=len(begin_with.agents),
        )
        term = self._new_term(begin_with)
        self._metrics.leading.add(1, self._attributes)
        self._term = term
        try:
            await self._work(term, lease, stopping)
        except* (_SteppedDown, _Overrun, Rival) as gone:
            reasons = [str(each) for each in gone.exceptions]
            for rival in (each for each in gone.exceptions if isinstance(each, Rival)):
                (self._left if rival.fence in self._fenced else self._fenced).add(rival.fence)
            _log.warning("no longer leading", pbx=settings.pbx, reasons=reasons, unsent=len(term.outbox))
        finally:
            self._term = None
            self._metrics.leading.add(-1, self._attributes)
            self._metrics.waiting.add(-term.outbox.discard(), self._attributes)
            term.outbox.close()
            await term.publisher.close()

    def _new_term(self, begin_with: Known) -> _Term:
        settings = self._settings
        publisher = Publisher(self._bus, window=settings.window)
        outbox = Outbox(
            memory=settings.outbox_memory, folder=settings.outbox_folder, disk_bytes=settings.outbox_disk_bytes
        )
        sender = Sender(publisher, Bucket(self._bus, BUCKET), outbox, self._metrics, settings.pbx, self._left)
        for each in begin_with.calls:
            sender.claim(subjects.calls_of(settings.tenant, settings.pbx, each.call.call_id), each.seq)
        for seated in begin_with.agents:
            sender.claim(subjects.agents_of(settings.tenant, settings.pbx, seated.agent.device), seated.seq)
        for signed_in in begin_with.operators:
            fence = subjects.operators_of(settings.tenant, settings.pbx, signed_in.event.user)
            sender.claim(fence, signed_in.seq)
        listener = BusListener(
            outbox,
            settings.tenant,
            settings.pbx,
            self._instance,
            self._metrics,
            recorder=self._recorder,
            raw_to_bus=settings.raw_to_bus,
            trace_agents=settings.trace_agents,
        )
        return _Term(self._begin(begin_with, listener), listener, sender, publisher, outbox)

    async def _work(self, term: _Term, lease: Lease, stopping: asyncio.Event) -> None:
        """Listen and publish until stopped; then store what was heard."""
        async with asyncio.TaskGroup() as group:
            listening = group.create_task(_listen(term))
            sending = group.create_task(term.sender.run())
            keeping = group.create_task(_keep(lease, term.sender))
            executing = group.create_task(self._execute(term))
            await stopping.wait()
            executing.cancel()
            await asyncio.gather(executing, return_exceptions=True)
            listening.cancel()
            try:
                async with asyncio.timeout(self._settings.finish_s):
                    await asyncio.gather(listening, return_exceptions=True)
                    await term.sender.finish()
            except TimeoutError:
                unsent = len(term.outbox) + term.publisher.in_flight
                _log.warning("not everything was stored", reason="NATS did not take it in time", unsent=unsent)
            keeping.cancel()
            sending.cancel()

    async def _execute(self, term: _Term) -> None:
        settings, most = self._settings, self._settings.commands
        if most:
            perform = term.source.command
            await Executor(
                self._bus, term.publisher, settings.tenant, settings.pbx, perform, self._metrics, most=most
            ).run()


async def _unless(stopping: asyncio.Event, work: Coroutine[Any, Any, _T]) -> _T | None:
    """What the work gives; None when it was given up because `stopping` came first."""
    task, stop = asyncio.create_task(work), asyncio.create_task(stopping.wait())
    try:
        await asyncio.wait((task, stop), return_when=asyncio.FIRST_COMPLETED)
        return task.result() if task.done() else None
    finally:
        for each in (task, stop):
            each.cancel()
        await asyncio.gather(task, stop, return_exceptions=True)


class _SteppedDown(Exception):
    """Another instance leads."""


class _Overrun(Exception):
    """More was told than the outbox takes. What it holds is stored; the rest must be read from the PBX anew."""


async def _listen(term: _Term) -> None:
    try:
        await term.source.run()
    except OutboxFull as error:
        term.listener.link(LinkKind.GAP, f"outbox full: {error}")
        await term.sender.finish()
        raise _Overrun(str(error)) from error


async def _keep(lease: Lease, sender: Sender) -> None:
    """Publish only while we lead. A lease lost because NATS was away is usually still to be had when it is back."""
    while True:
        await lease.lost.wait()
        sender.leading.clear()
        if not await lease.regain():
            raise _SteppedDown("another instance leads")
        sender.leading.set()
