"""A batch on its way to rows, in small steps: so that a batch can be prepared while the one before is written. Pure."""

from collections.abc import Iterator
from itertools import islice

import structlog
from cti_bus import Batch, Received
from cti_model import subjects
from cti_model.agents import AgentEvent
from cti_model.directory import Owners
from cti_model.envelope import BadEnvelope, decode_agent, decode_call, decode_journal
from cti_model.events import CallEvent
from cti_model.journal import JournalEvent

from call_journal.project import Projection, Rows, identifications, own_number, project
from call_journal.project.agents import agent_rows
from call_journal.project.paths import Key, Paths

_log = structlog.get_logger(__name__)
_STEP = 16  # events: some tenths of a millisecond, for so long an answer of PostgreSQL may have to wait


class Indigestible(Exception):
    """A message of the batch is no call event."""

    def __init__(self, received: Received, reason: str) -> None:
        super().__init__(reason)
        self.received = received


class Work:
    """Decoding and projecting of one batch. Steps return whether there is more to do.

    `base` is added to every sequence. Decoding depends on nothing else; projecting takes `paths` further, so all
    batches before must have been projected with them, and when one of those fails, this is worth nothing.
    """

    def __init__(self, batch: Batch, base: int, paths: Paths, owners: Owners = own_number) -> None:
        self.batch = batch
        self.events: list[tuple[int, CallEvent]] = []
        self._sources: list[Received] = []  # of the events
        self._told: list[tuple[Received, tuple[int, JournalEvent]]] = []  # what the journal itself has added
        self._agents: list[tuple[Received, tuple[int, AgentEvent]]] = []
        self._base = base
        self._paths = paths
        self._owners = owners
        self._projection = Projection(paths, owners)
        self._decoded = 0
        self._projected = 0

    @property
    def begun(self) -> bool:
        """Whether the paths were taken further already."""
        return self._projected > 0

    def decode(self, at_most: int = _STEP) -> bool:
        """Decode some messages; raises `Indigestible`."""
        for received in islice(self.batch, self._decoded, self._decoded + at_most):
            if subjects.is_journal(received.subject):
                self._tell(received)
            elif subjects.is_agent(received.subject):
                self._agent(received)
            else:
                self._call(received)
            self._decoded += 1
        return self._decoded < len(self.batch)

    def _call(self, received: Received) -> None:
        try:
            self.events.append((self._base + received.stream_seq, decode_call(received.body)))
        except BadEnvelope as error:
            raise Indigestible(received, str(error)) from error
        self._sources.append(received)

    def _tell(self, received: Received) -> None:
        """What was identified. What does not decode costs a name, and sets no call aside."""
        try:
            self._told.append((received, (self._base + received.stream_seq, decode_journal(received.body))))
        except BadEnvelope as error:
            _log.error("not understood", subject=received.subject, error=str(error))

    def _agent(self, received: Received) -> None:
        """A change of an agent. What does not decode costs a share of somebody's time, and sets no call aside."""
        try:
            self._agents.append((received, (self._base + received.stream_seq, decode_agent(received.body))))
        except BadEnvelope as error:
            _log.error("not understood", subject=received.subject, error=str(error))

    def lacking(self) -> set[Key]:
        """The calls whose earlier events have to be restored before the rest is projected."""
        return self._paths.lacking(event for _, event in self.events[self._projected :]) - self._projection.calls

    def project(self, at_most: int = _STEP) -> bool:
        """Project some of the decoded events; stops in front of one of a call that is lacking."""
        for seq, event in islice(self.events, self._projected, self._projected + at_most):
            if self._paths.lacks(event) and (event.call.tenant, event.call.call_id) not in self._projection.calls:
                return False
            self._projection.take(seq, event)
            self._projected += 1
        return self._projected < len(self.events)

    def rows(self) -> Rows:
        """All rows of the batch. Nothing may be lacking that can be restored."""
        while self.decode():
            pass
        for seq, event in self.events[self._projected :]:
            self._projection.take(seq, event)
        self._projected = len(self.events)
        rows = self._projection.rows()
        rows.identified.extend(identifications(event for _, event in self._told))
        rows.agents.extend(agent_rows((event for _, event in self._agents), self._owners))
        return rows

    def alone(self) -> Iterator[tuple[Received, Rows]]:
        """The rows of each message by itself."""
        for received, event in zip(self._sources, self.events, strict=True):
            yield received, project([event])
        for received, told in self._told:
            rows = project([])
            rows.identified.extend(identifications([told]))
            yield received, rows
        for received, change in self._agents:
            rows = project([])
            rows.agents.extend(agent_rows([change], self._owners))
            yield received, rows
