"""From call events to rows. Pure: no SQL, no clock, no bus."""

from collections.abc import Iterable, Set
from datetime import datetime
from typing import Any

import msgspec
from cti_model.calls import Call, Connection
from cti_model.directory import Owners
from cti_model.events import CallEvent, Conferenced, Transferred
from cti_model.journal import Identified, JournalEvent
from cti_model.path import Segment
from cti_model.records import CallRecord, is_recorded, record

from call_journal.project import recordings as recorded
from call_journal.project.agents import AgentRow
from call_journal.project.archived import Born
from call_journal.project.paths import Key, Paths


def own_number(_tenant: str, _pbx: str, extension: str, _at: datetime) -> tuple[str, ...]:
    """`Owners` without a directory: an extension is a user of its own number."""
    return (extension,)


class CallRow(msgspec.Struct, frozen=True, gc=False):
    """One row of `call`: the newest state of a call, as carried by the event with that stream sequence."""

    tenant: str
    stream_seq: int
    call: Call


class RecordRow(msgspec.Struct, frozen=True, gc=False):
    """One row of `call_record`: what a connection of a user's device has become.

    `users`: who had the device when it began; the row keeps those that it was first written with.
    """

    tenant: str
    stream_seq: int
    pbx: str
    record: CallRecord
    users: tuple[str, ...] = ()


class ConnectionRow(msgspec.Struct, frozen=True, gc=False):
    """One row of `connection`: any device's part in a call that is over, or that the call's state no longer holds.

    `position`: its place in the call, from 0; those that left the state stand behind the first, in order of leaving.
    """

    tenant: str
    stream_seq: int
    call_id: str
    position: int
    connection: Connection


class SegmentRow(msgspec.Struct, frozen=True, gc=False):
    """One row of `segment`: who talked with whom in a call that is over."""

    tenant: str
    stream_seq: int
    segment: Segment


class IdentifiedRow(msgspec.Struct, frozen=True, gc=False):
    """One row of `identification`: who the other party of a record is, as told by an event."""

    stream_seq: int
    event: JournalEvent
    fact: Identified


class EventRow(msgspec.Struct, frozen=True, gc=False):
    """One row of `call_event`, the archive: a fact with the instants and ids it came with."""

    tenant: str
    stream_seq: int
    event_id: str
    call_id: str
    version: int
    kind: str
    occurred_at: datetime
    observed_at: datetime
    origin: str
    native_ids: tuple[str, ...]
    fact: Any
    born: Born | None
    not_before: datetime | None
    not_after: datetime | None


class Rows(msgspec.Struct, frozen=True):
    """What a batch of events writes."""

    calls: list[CallRow]
    records: list[RecordRow]
    connections: list[ConnectionRow]
    segments: list[SegmentRow]
    recordings: list[recorded.RecordingRow]
    events: list[EventRow]
    identified: list[IdentifiedRow] = []
    agents: list[AgentRow] = []


def identifications(batch: Iterable[tuple[int, JournalEvent]]) -> list[IdentifiedRow]:
    """The rows that `identified` events write, the newest of each record and number."""
    rows = {
        (event.tenant, event.fact.connection_id, event.fact.number): IdentifiedRow(seq, event, event.fact)
        for seq, event in batch
        if isinstance(event.fact, Identified)
    }
    return list(rows.values())


_LEAVING = (Transferred, Conferenced)
"""Facts by which connections can go from one call to another."""


class Projection:
    """The rows that events in stream order write: only the newest of each call and connection, and every event.
    Writing them twice, or after newer ones, must change nothing (see `store.writer`).

    `paths` of the calls that began before; they are taken further. Without it segments are told only of calls that
    begin and end here.
    """

    def __init__(self, paths: Paths | None = None, owners: Owners = own_number) -> None:
        self._paths = Paths() if paths is None else paths
        self._owners = owners
        self._calls: dict[Key, CallRow] = {}
        self._newest: dict[Key, tuple[int, Call, Connection]] = {}
        self._parts: dict[Key, ConnectionRow] = {}
        self._segments: dict[tuple[object, ...], SegmentRow] = {}
        self._recordings: dict[recorded.Key, recorded.RecordingRow] = {}
        self._events: list[EventRow] = []

    @property
    def calls(self) -> Set[Key]:
        """The calls of the events so far."""
        return self._calls.keys()

    def take(self, seq: int, event: CallEvent) -> None:
        """One more event, with its stream sequence."""
        call = event.call
        key = call.tenant, call.call_id
        leaving = call.version == 1 or call.left or isinstance(event.fact, _LEAVING)
        if leaving and (before := self._calls.get(key)) is not None:
            self._keep(before)  # its connections may be in no later state of it
        for at, connection in enumerate(call.left, 1 + call.left_count - len(call.left)):
            self._part(call, seq, at, connection)
        self._calls[key] = CallRow(call.tenant, seq, call)
        for each in self._paths.take(event):
            self._segments[*key, each.one, each.other, each.began_at] = SegmentRow(call.tenant, seq, each)
        recorded.take(self._recordings, seq, event)
        self._events.append(_event_row(seq, event))

    def _keep(self, row: CallRow) -> None:
        """Take the connections of a call's state, unless newer ones of them are known."""
        call, seq = row.call, row.stream_seq
        for at, connection in enumerate(call.connections):
            key = row.tenant, connection.connection_id
            if call.ended_at is not None:
                self._part(call, seq, at + (call.left_count if at else 0), connection)
            if is_recorded(connection) and (key not in self._newest or self._newest[key][0] < seq):
                self._newest[key] = (seq, call, connection)

    def _part(self, call: Call, seq: int, at: int, connection: Connection) -> None:
        """Take a connection of which no later event of the call will tell more, with its place."""
        key = call.tenant, connection.connection_id
        if key not in self._parts or self._parts[key].stream_seq < seq:
            self._parts[key] = ConnectionRow(call.tenant, seq, call.call_id, at, connection)

    def rows(self) -> Rows:
        """What they write."""
        for row in self._calls.values():
            self._keep(row)
        records = [
            RecordRow(
                call.tenant,
                seq,
                call.pbx,
                record(call, one),
                self._owners(call.tenant, call.pbx, one.device.number, one.started_at),
            )
            for seq, call, one in self._newest.values()
        ]
        return Rows(
            list(self._calls.values()),
            records,
            list(self._parts.values()),
            list(self._segments.values()),
            list(self._recordings.values()),
            self._events,
        )


def project(batch: Iterable[tuple[int, CallEvent]], paths: Paths | None = None, owners: Owners = own_number) -> Rows:
    """The rows of a batch of (stream sequence, event), see `Projection`."""
    projection = Projection(paths, owners)
    for seq, event in batch:
        projection.take(seq, event)
    return projection.rows()


def _event_row(seq: int, event: CallEvent) -> EventRow:
    return EventRow(
        tenant=event.call.tenant,
        stream_seq=seq,
        event_id=event.event_id,
        call_id=event.call.call_id,
        version=event.call.version,
        kind=event.kind,
        occurred_at=event.occurred_at,
        observed_at=event.observed_at,
        origin=event.origin.value,
        native_ids=event.native_ids,
        fact=event.fact,
        born=_born(event.call) if event.call.version == 1 else None,
        not_before=event.not_before,
        not_after=event.not_after,
    )


def _born(call: Call) -> Born:
    return Born(call.pbx, call.started_at, call.native_ids[0], call.features)
