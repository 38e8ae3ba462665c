"""Commands from clients to connectors, and their results back."""

from collections import Counter
from datetime import UTC, datetime
from typing import Final

import msgspec
import structlog
from cti_bus import Bucket, Bus, BusClosed, NoAnswer, NobodyListens, NotSent, inject
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
from cti_model.envelope import BadEnvelope, decode_result, encode_request
from cti_runtime.auth import Identity
from msgspec import Struct
from opentelemetry import trace

from push.gateway.coding import result_of
from push.gateway.frames import CommandFrame, Result
from push.gateway.history import History
from push.gateway.hub import Hub
from push.gateway.limits import Budgets
from push.gateway.people import People
from push.gateway.rights import Order, Team, order, scoped, team_of, telephones
from push.telemetry import Metrics

_log = structlog.get_logger(__name__)
_tracer = trace.get_tracer("push")
_PATIENCE_S: Final = 4.0
"""Beyond the command's own deadline: a connector gives its PBX two seconds more, then says and stores `unknown`."""


class _Stored(Struct, frozen=True):
    """What a connector keeps of a command, as far as it matters here."""

    request: CommandRequest
    result: CommandResult | None = None


_decode_stored = msgspec.json.Decoder(_Stored).decode


class Answer(Struct, frozen=True):
    """`asked`: a connector was asked, or had been; else the command was refused here and nothing was sent."""

    result: Result
    asked: bool


class Commands:
    """Carries out clients' commands. Ids are scoped to the user, so a repeat from anywhere is the same command.

    Nothing is stored here: that each id is carried out once is the connector's promise, which keeps results for a day.
    """

    def __init__(
        self,
        bus: Bus,
        tenant: str,
        history: History,
        hub: Hub,
        people: People,
        metrics: Metrics,
        budgets: Budgets,
        *,
        at_once: int,
        deadline_s: float,
    ) -> None:
        self._bus = bus
        self._tenant = tenant
        self._history = history
        self._hub = hub
        self._people = people
        self._metrics = metrics
        self._budgets = budgets
        self._at_once = at_once
        self._deadline_s = deadline_s
        self._bucket = Bucket(bus, "cti_commands")
        self._running: Counter[str] = Counter()

    async def ask(self, identity: Identity, frame: CommandFrame) -> Answer:
        """Have a command carried out; returns its final result, in the command's deadline and `_PATIENCE_S`."""
        with _tracer.start_as_current_span(f"ask {frame.verb}", attributes={"verb": frame.verb.value}):
            answer = await self._bounded(identity, frame)
        result = answer.result
        attributes = {"verb": frame.verb.value, "outcome": result.outcome.value, "error": result.error or ""}
        self._metrics.commands.add(1, attributes)
        return answer

    async def _bounded(self, identity: Identity, frame: CommandFrame) -> Answer:
        user = identity.user
        if not self._budgets.take(user):
            self._metrics.limited.add(1, {"limit": "commands"})
            return _refused(frame, ErrorCode.BUSY, "too many commands: wait a moment")
        if self._running[user] >= self._at_once:
            self._metrics.limited.add(1, {"limit": "commands_at_once"})
            return _refused(frame, ErrorCode.BUSY, f"{self._at_once} commands of yours are at work")
        self._running[user] += 1
        try:
            return await self._asked(identity, frame)
        except NoAnswer as error:
            return _refused(frame, ErrorCode.UNAVAILABLE, f"nothing was sent: {error}")
        except BusClosed:
            return _refused(frame, ErrorCode.UNAVAILABLE, "nothing was sent: the server stops")
        except Exception as error:  # the client must hear of it; whether anything was sent, nobody knows
            _log.exception("command failed in our own code", verb=frame.verb.value)
            message = f"an error of the server: {type(error).__name__}"
            lost = Result(
                id=frame.id, verb=frame.verb, outcome=CommandOutcome.UNKNOWN, error=ErrorCode.LOST, message=message
            )
            return Answer(lost, asked=True)
        finally:
            self._running[user] -= 1
            if not self._running[user]:
                del self._running[user]

    async def _asked(self, identity: Identity, frame: CommandFrame) -> Answer:
        command_id = scoped(self._tenant, identity.user, frame.id)
        try:
            told = await self._order(identity, frame, command_id)
        except CommandRefused as refusal:
            # What a repeat asks for may be impossible by now, because it was done.
            before = await self._before(identity, frame, command_id)
            if before is None:
                return _refused(frame, refusal.code, refusal.message)
            told, stored = before
            if stored is not None:
                return Answer(result_of(frame, stored), asked=True)
        return await self._sent(frame, told)

    async def _order(self, identity: Identity, frame: CommandFrame, command_id: str) -> Order:
        person = await self._people.of(identity)
        snapshot = await self._history.snapshot(identity.user, None, self._hub.seen(identity.user))
        bound = team_of(identity)
        team = await self._team(bound) if bound is not None else None
        deadline_s = self._deadline_s
        return order(frame, identity, person, snapshot.view, team=team, command_id=command_id, deadline_s=deadline_s)

    async def _team(self, users: frozenset[str]) -> Team:
        """What these users have now."""
        found = await self._history.of({user: self._hub.seen(user) for user in users})
        theirs: set[tuple[str, str]] = set()
        for user, update in found.items():
            theirs.update(telephones(await self._people.person(user), update.view))
        calls = {call.id: call for update in found.values() for call in update.view.calls}
        return Team(calls, frozenset(theirs))

    async def _before(
        self, identity: Identity, frame: CommandFrame, command_id: str
    ) -> tuple[Order, CommandResult | None] | None:
        """The command that this is a repeat of, with its result if it has one; None when it is none."""
        if frame.verb in QUERIES:
            return None
        async for entry in self._bucket.entries(subjects.stored_command(self._tenant, command_id)):
            stored = _decode_stored(entry.value)
            if stored.request.user == identity.user and _same(frame, stored.request):
                return Order(entry.key.split(".")[1], stored.request), stored.result
        return None

    async def _sent(self, frame: CommandFrame, told: Order) -> Answer:
        message = encode_request(self._tenant, told.pbx, told.request, datetime.now(UTC))
        headers = dict(message.headers)
        inject(headers)
        timeout_s = told.request.deadline_s + _PATIENCE_S
        try:
            reply = await self._bus.request(message.subject, message.body, headers, timeout_s=timeout_s)
            result = decode_result(reply.body)
        except (NobodyListens, NotSent) as error:
            nobody = isinstance(error, NobodyListens)
            why = f"no connector for {told.pbx} is there" if nobody else "the bus cannot be reached"
            code = ErrorCode.NOT_CONNECTED if nobody else ErrorCode.UNAVAILABLE
            return Answer(result_of(frame, failed(told.request, code, f"{why}; nothing was sent")), asked=False)
        except NoAnswer:
            result = unknown(told.request, "the connector did not answer in time")
        except BadEnvelope as error:
            _log.error("a connector's answer is none", pbx=told.pbx, verb=frame.verb.value, error=str(error))
            result = unknown(told.request, "the connector's answer cannot be read")
        return Answer(result_of(frame, result), asked=True)


def refusal(frame_id: str, message: str) -> Result:
    """The result of what was meant to be a command and is none."""
    return Result(id=frame_id, outcome=CommandOutcome.FAILED, error=ErrorCode.BAD_REQUEST, message=message)


def _refused(frame: CommandFrame, code: ErrorCode, message: str) -> Answer:
    result = Result(
        id=frame.id,
        verb=frame.verb,
        outcome=CommandOutcome.FAILED,
        error=code,
        message=message,
        connection_id=frame.connection_id,
    )
    return Answer(result, asked=False)


_COMPARED: Final = (
    "device", "connection_id", "other_connection_id", "to", "digits", "queue", "reason", "agent_state", "recording_id",
)  # fmt: skip


def _same(frame: CommandFrame, request: CommandRequest) -> bool:
    """Whether all that a client says is what was asked for before."""
    said = {name: getattr(frame, name) for name in _COMPARED}
    return frame.verb is request.verb and all(value in ("", getattr(request, name)) for name, value in said.items())
