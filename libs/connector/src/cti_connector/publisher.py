"""From the link to the outbox: call and agent events fenced each for its own, link events, raw frames where wanted."""

import time
from collections.abc import Callable
from datetime import datetime

import structlog
from cti_bus import inject
from cti_model import subjects
from cti_model.agents import AgentEvent
from cti_model.envelope import encode_agent, encode_call, encode_link, encode_operator
from cti_model.events import CallEvent, LinkEvent, LinkKind
from cti_model.ids import event_id
from cti_model.operators import OperatorEvent
from opentelemetry import trace

from cti_connector.link import now
from cti_connector.outbox import Outbox, Outgoing
from cti_connector.recorder import FileRecorder
from cti_connector.telemetry import Metrics

_log = structlog.get_logger(__name__)
_tracer = trace.get_tracer("cti_connector")


class BusListener:
    """Implements `cti_connector.link.Listener` on an `Outbox`.

    Nothing waits here, so the PBX is read on while NATS is away. `events` and `raw` raise `OutboxFull`.
    """

    def __init__(
        self,
        outbox: Outbox,
        tenant: str,
        pbx: str,
        instance: str,
        metrics: Metrics,
        *,
        recorder: FileRecorder | None = None,
        raw_to_bus: bool = False,
        trace_agents: bool = False,
        clock: Callable[[], datetime] = now,
    ) -> None:
        self._outbox = outbox
        self._tenant = tenant
        self._pbx = pbx
        self._instance = instance
        self._metrics = metrics
        self._recorder = recorder
        self._raw_to_bus = raw_to_bus
        self._trace_agents = trace_agents
        self._clock = clock
        self._attributes = {"pbx": pbx}

    def events(self, events: list[CallEvent]) -> None:
        """Put the events of one read into the outbox."""
        with _tracer.start_as_current_span("pbx events", attributes={"pbx": self._pbx, "count": len(events)}):
            for event in events:
                self._event(event)

    def _event(self, event: CallEvent) -> None:
        message, call = encode_call(event), event.call
        begins, ends = call.version == 1, not call.alive
        self._put(
            Outgoing(
                message.subject,
                message.body,
                message.headers,
                message.message_id,
                fence=subjects.calls_of(call.tenant, call.pbx, call.call_id),
                begins=begins,
                ends=ends,
                index_key=subjects.living_call(call.tenant, call.pbx, call.call_id) if begins or ends else "",
            )
        )
        self._metrics.events.add(1, {**self._attributes, "kind": event.kind})
        self._metrics.delay.record(max(0.0, time.time() - event.occurred_at.timestamp()), self._attributes)

    def agents(self, events: list[AgentEvent]) -> None:
        """Put the agent events of one read into the outbox."""
        for event in events:
            message, agent = encode_agent(event), event.agent
            if self._trace_agents:
                queues = {each.queue: f"{each.previous} → {each.current}" for each in event.queues}
                _log.info("agent", device=agent.device, previous=event.previous, current=event.current, queues=queues)
            fence = subjects.agents_of(agent.tenant, agent.pbx, agent.device)
            self._put(Outgoing(message.subject, message.body, message.headers, message.message_id, fence=fence))
            self._metrics.events.add(1, {**self._attributes, "kind": f"agent.{event.kind}"})

    def operator(self, event: OperatorEvent) -> None:
        """Tell what became of an operator's log-in; there is always room for that."""
        message = encode_operator(event)
        fence = subjects.operators_of(event.tenant, event.pbx, event.user)
        self._put(
            Outgoing(message.subject, message.body, message.headers, message.message_id, fence=fence), urgent=True
        )

    def raw(self, data: bytes, at: datetime, who: str = "") -> None:
        """Record bytes as they came, where wanted."""
        if self._recorder is not None:
            self._recorder.write(data, at, who)
        if self._raw_to_bus:
            headers = {"trunkline-received-at": at.isoformat(), **({"trunkline-operator": who} if who else {})}
            self._put(Outgoing(subjects.raw(self._tenant, self._pbx), data, headers))

    def link(self, kind: LinkKind, detail: str) -> None:
        """Tell what happened to the link; there is always room for that."""
        at = self._clock()
        if kind is LinkKind.DISCONNECTED:
            self._metrics.reconnects.add(1, self._attributes)
        elif kind is LinkKind.GAP:
            self._metrics.gaps.add(1, self._attributes)
        occurred_us = int(at.timestamp() * 1_000_000)
        event = LinkEvent(
            event_id=event_id(f"{self._tenant}/{self._pbx}/{self._instance}", 0, kind.value, occurred_us),
            occurred_at=at,
            tenant=self._tenant,
            pbx=self._pbx,
            kind=kind,
            instance=self._instance,
            detail=detail,
        )
        message = encode_link(event)
        self._put(Outgoing(message.subject, message.body, message.headers, message.message_id), urgent=True)

    def _put(self, message: Outgoing, *, urgent: bool = False) -> None:
        inject(message.headers)  # the trace of this moment, not of the moment of sending
        self._outbox.put(message, urgent=urgent)
        self._metrics.waiting.add(1, self._attributes)
