"""Commands from NATS to the PBX: each id is carried out once, and answered truly.

The order of things is the guarantee: first the id is stored in `cti_commands`, then it is sent, then its end is stored,
then told. A repeat gets the stored end, or waits for the one that runs. Where a leader died between the first and the
last, the end is `unknown`; it is never sent again.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Final, TypeVar
from uuid import uuid4

import structlog
from cti_bus import Bus, Heard, NoAnswer, Publisher, Service, answer, extract
from cti_model import subjects
from cti_model.commands import (
    QUERIES,
    CommandOutcome,
    CommandRefused,
    CommandRequest,
    CommandResult,
    ErrorCode,
    failed,
    unknown,
)
from cti_model.envelope import decode_request, encode_result
from cti_model.sent import as_sent
from cti_model.subjects import verb_of
from opentelemetry import trace

from cti_connector.asked import Told
from cti_connector.ledger import Entry, Ledger, digest
from cti_connector.telemetry import Metrics
from cti_connector.telling import Telling

_log = structlog.get_logger(__name__)
_tracer = trace.get_tracer("cti_connector")
_MOST: Final = 64
_STORE_S: Final = 60.0  # an end that could not be stored in this time is given up
_STORE_AGAIN_S: Final = 0.2
_PATIENCE_S: Final = 2.0  # beyond the command's own deadline, for a seam that does not keep it

_T = TypeVar("_T")

Perform = Callable[[CommandRequest, Told], Awaitable[CommandResult]]
"""Carries out a command and returns its final result, in `deadline_s`; tells on the way that it was sent."""


class Executor:
    """Answers the requests of one PBX while `run` runs: run it where, and only while, this instance leads.

    At most `most` commands are at work; more are refused as `busy`, since a command that waits is one that comes late.
    """

    def __init__(
        self,
        bus: Bus,
        publisher: Publisher,
        tenant: str,
        pbx: str,
        perform: Perform,
        metrics: Metrics,
        *,
        most: int = _MOST,
    ) -> None:
        self._bus = bus
        self._tenant = tenant
        self._pbx = pbx
        self._perform = perform
        self._metrics = metrics
        self._telling = Telling(publisher, tenant, pbx, metrics)
        self._most = most
        self._ledger = Ledger(bus, tenant, pbx, uuid4().hex)
        self._running: dict[str, tuple[str, asyncio.Task[CommandResult]]] = {}
        self._queries = 0
        self._ending = False

    async def run(self) -> None:
        """Answer until cancelled; what is at work then ends as `unknown`, stored and answered."""
        subject = subjects.commands_of(self._tenant, self._pbx)
        self._ending = False
        service = Service(
            name="cti-connector",
            endpoint="commands",
            description="Carries out commands on one PBX; only the instance that leads it is listed.",
            metadata={"tenant": self._tenant, "pbx": self._pbx},
        )
        async with await answer(self._bus, subject, self._reply, group="cti-connector", at_once=True, service=service):
            try:
                await self._tell_left_behind()
                await asyncio.Event().wait()
            finally:
                await self._end_all()

    async def _reply(self, heard: Heard) -> bytes:
        began = time.monotonic()
        verb = verb_of(heard.subject)
        with _tracer.start_as_current_span(
            f"command {verb}", extract(heard.headers), attributes={"pbx": self._pbx, "verb": verb}
        ) as span:
            try:
                request = decode_request(heard.subject, heard.body)
            except CommandRefused as error:
                _log.warning("command refused", verb=verb, error=error.code.value, reason=error.message)
                result = CommandResult(
                    command_id=as_sent(heard.body, "command_id"),
                    outcome=CommandOutcome.FAILED,
                    error=error.code,
                    message=error.message,
                )
            else:
                result = await self._once(request)
            span.set_attribute("outcome", result.outcome.value)
        self._telling.count(verb, result, time.monotonic() - began)
        return encode_result(result)

    async def _once(self, request: CommandRequest) -> CommandResult:
        """The result of the command of this id: a new one, the one that runs, or the one that was."""
        running = self._running.get(request.command_id)
        if running is not None:
            same, task = running
            return await asyncio.shield(task) if same == digest(request) else _another(request)
        if self._ending:
            return failed(request, ErrorCode.UNAVAILABLE, "this instance hands over; nothing was sent")
        if len(self._running) + self._queries >= self._most:
            return failed(request, ErrorCode.BUSY, f"{self._most} commands are at work")
        if request.verb in QUERIES:
            return await self._query(request)
        # A task of its own: the requester may go away, the command goes on.
        task = asyncio.create_task(self._accept(request), name=f"command {request.command_id}")
        self._running[request.command_id] = (digest(request), task)
        self._metrics.commands_running.add(1, {"pbx": self._pbx})
        task.add_done_callback(lambda _: self._over(request.command_id))
        return await asyncio.shield(task)

    def _over(self, command_id: str) -> None:
        del self._running[command_id]
        self._metrics.commands_running.add(-1, {"pbx": self._pbx})

    async def _query(self, request: CommandRequest) -> CommandResult:
        self._queries += 1
        try:
            return await self._carried_out(request)
        finally:
            self._queries -= 1

    async def _accept(self, request: CommandRequest) -> CommandResult:
        try:
            stored = await self._ledger.accept(request)
            if stored is not None:
                return await self._stored(request, stored)
        except NoAnswer as error:
            return failed(request, ErrorCode.UNAVAILABLE, f"not stored, so nothing was sent: {error}")
        await self._telling.tell(request, CommandResult(command_id=request.command_id, outcome=CommandOutcome.ACCEPTED))
        result = await self._stored_end(request, await self._carried_out(request))
        await self._telling.tell(request, result)
        return result

    async def _stored_end(self, request: CommandRequest, result: CommandResult) -> CommandResult:
        """Store the end, patiently: while NATS is away no reply can go out either."""
        give_up_at = time.monotonic() + _STORE_S
        while True:
            try:
                return await self._ledger.ended(request, result)
            except NoAnswer as error:
                if self._ending or time.monotonic() > give_up_at:
                    # Whoever repeats it is told `unknown`: cautious, and never a second ring.
                    _log.warning("end of a command not stored", command_id=request.command_id, reason=str(error))
                    return result
                await self._bus.wait_connected()
                await asyncio.sleep(_STORE_AGAIN_S)

    async def _carried_out(self, request: CommandRequest) -> CommandResult:
        """The final result of the seam, `unknown` if it fails to give one. That it was sent is told at once."""
        telling: list[asyncio.Task[None]] = []

        def told(result: CommandResult) -> None:
            if result.outcome is CommandOutcome.SENT:
                telling.append(asyncio.create_task(self._telling.tell(request, result)))

        try:
            async with asyncio.timeout(request.deadline_s + _PATIENCE_S):
                result = await self._perform(request, told)
        except TimeoutError:
            result = unknown(request, "no result in time")
        except asyncio.CancelledError:
            if not self._ending:
                raise
            result = unknown(request, "the connector ended before it knew")
        except Exception as error:
            _log.exception("command failed in our own code", command_id=request.command_id)
            result = unknown(request, f"an error of the connector: {type(error).__name__}")
        await asyncio.gather(*telling)
        return result

    async def _stored(self, request: CommandRequest, stored: Entry) -> CommandResult:
        if stored.digest != digest(request):
            return _another(request)
        result, ours_to_say = await self._ledger.outcome_of(stored)
        if ours_to_say:
            await self._telling.tell(stored.request, result)
        return result

    async def _tell_left_behind(self) -> None:
        """A former leader's commands that it did not end: say of each that nobody knows, when its time is over."""
        for entry in sorted(await self._patiently(self._ledger.left_behind), key=lambda each: each.over_at):
            result, ours_to_say = await self._patiently(partial(self._ledger.outcome_of, entry))
            if ours_to_say:
                _log.warning("command left behind", command_id=result.command_id, verb=entry.request.verb.value)
                await self._telling.tell(entry.request, result)
                self._telling.count(entry.request.verb.value, result, None)

    async def _patiently(self, ask: Callable[[], Awaitable[_T]]) -> _T:
        while True:
            try:
                return await ask()
            except NoAnswer as error:
                _log.info("NATS does not answer yet", reason=str(error))
                await self._bus.wait_connected()
                await asyncio.sleep(_STORE_AGAIN_S)

    async def _end_all(self) -> None:
        """We lead no longer: what is at work is given up, and its end stored."""
        self._ending = True
        tasks = [task for _, task in self._running.values()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _another(request: CommandRequest) -> CommandResult:
    return failed(request, ErrorCode.BAD_REQUEST, "this command_id was used for another command")
