"""What became of commands, told to everybody: as events on the bus, and as numbers."""

from datetime import UTC, datetime
from typing import Final

from cti_bus import Publisher
from cti_model.calls import Command
from cti_model.commands import QUERIES, CommandEvent, CommandRequest, CommandResult
from cti_model.envelope import encode_outcome
from cti_model.ids import command_event_id

from cti_connector.telemetry import Metrics

_VERBS: Final = frozenset(each.value for each in Command)


class Telling:
    """The outcomes of one PBX's commands."""

    def __init__(self, publisher: Publisher, tenant: str, pbx: str, metrics: Metrics) -> None:
        self._publisher = publisher
        self._tenant = tenant
        self._pbx = pbx
        self._metrics = metrics

    async def tell(self, request: CommandRequest, result: CommandResult) -> None:
        """Publish an outcome; a repeat is swallowed by its id. Nothing for queries, which change nothing."""
        if request.verb in QUERIES:
            return
        event = CommandEvent(
            event_id=command_event_id(self._tenant, self._pbx, request.command_id, result.outcome.value),
            occurred_at=datetime.now(UTC),
            tenant=self._tenant,
            pbx=self._pbx,
            request=request,
            result=result,
        )
        message = encode_outcome(event)
        await self._publisher.publish(message.subject, message.body, message.headers, message.message_id)

    def count(self, verb: str, result: CommandResult, seconds: float | None) -> None:
        """Count an answer; `seconds` from request to answer, None where nobody asked."""
        known = {"pbx": self._pbx, "verb": verb if verb in _VERBS else "other", "outcome": result.outcome.value}
        self._metrics.commands.add(1, {**known, "error": result.error.value if result.error else ""})
        if seconds is not None:
            self._metrics.command_seconds.record(seconds, known)
