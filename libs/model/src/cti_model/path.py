"""The path of a call: who talked with whom, from when to when, and why it began and ended. Pure.

`segments(events)` reads the events of one call in order and pairs its connections. Promises: a pair talks in one
segment at a time; no segment outlives one of its two connections or the call; a segment that still goes on has no
end. A side that is on hold, or hears music while the other consults somebody, is still in its segment: the
consultation is one of its own beside it. A transfer that joins two calls ends the segments of who transferred in
both and begins those of who is left in the survivor.
"""

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum

from msgspec import Struct
from msgspec.structs import replace

from cti_model.calls import Call, Cause, Connection
from cti_model.events import (
    CallEvent,
    Cleared,
    Conferenced,
    ConnectionCleared,
    Diverted,
    Established,
    Failed,
    Parked,
    Queued,
    TransferKind,
    Transferred,
    Unparked,
)


class Edge(StrEnum):
    """Why a talk began or ended. `answer` and `clear` are the ordinary ways."""

    ANSWER = "answer"
    CLEAR = "clear"
    CONSULTATION = "consultation"
    ATTENDED = "attended"
    BLIND = "blind"
    REDIRECT = "redirect"
    PICKUP = "pickup"
    FORWARD = "forward"
    PARK = "park"
    CONFERENCE = "conference"
    QUEUE = "queue"
    RECALL = "recall"
    """Nobody answered where it was transferred to, or fetched it from parking: who passed it on has it back."""


class Segment(Struct, frozen=True, gc=False, omit_defaults=True, kw_only=True):
    """Two connections that talk. `one` appeared in the call before `other`."""

    call_id: str
    one: str
    other: str
    began_at: datetime
    began_by: Edge
    ended_at: datetime | None = None
    ended_by: Edge | None = None


_TRANSFERS = {
    TransferKind.ATTENDED: Edge.ATTENDED,
    TransferKind.BLIND: Edge.BLIND,
    TransferKind.REDIRECT: Edge.REDIRECT,
}


def segments(events: Iterable[CallEvent]) -> tuple[Segment, ...]:
    """The segments of one call, in order of beginning."""
    path = Path()
    for event in events:
        path.take(event)
    return path.segments()


class Path:
    """What has been read so far: segments that are over and that go on, and why the next one will begin."""

    def __init__(self) -> None:
        self.over: list[Segment] = []
        self.open: dict[frozenset[str], Segment] = {}
        self.passed_on: Edge | None = None
        self.passed_by = ""
        self.picked_up: set[str] = set()
        self.unparked: set[str] = set()
        self.timed_out: set[str] = set()

    def segments(self) -> tuple[Segment, ...]:
        """The segments so far, in order of beginning."""
        return tuple(sorted((*self.over, *self.open.values()), key=lambda each: each.began_at))

    def take(self, event: CallEvent) -> None:
        """One more event."""
        call, at = event.call, event.occurred_at
        match event.fact:
            case Established() as fact:
                self._talk(call, (*fact.connected, fact.leg.connection_id), at, self._why(call, fact))
            case Transferred() as fact:
                self._transfer(call, fact, at)
            case Conferenced() as fact:
                self._conference(call, fact, at)
            case Diverted() as fact:
                self.picked_up.update(each.connection_id for each in fact.joined)
            case Parked() as fact:
                self._end((fact.connection_id,), at, Edge.PARK)
            case Unparked() as fact:
                self.unparked.add(fact.connection_id)
                (self.timed_out.add if fact.timed_out else self.timed_out.discard)(fact.connection_id)
            case Queued() as fact:
                self._end((fact.connection_id,), at, Edge.QUEUE)
            case ConnectionCleared() as fact:
                self._end((fact.connection_id,), at, _ending(fact.cause))
            case Failed() as fact:
                self._end((fact.leg.connection_id,), at, Edge.CLEAR)
            case Cleared():
                self._end([each for pair in self.open for each in pair], at, Edge.CLEAR)
            case _:
                pass

    def _why(self, call: Call, fact: Established) -> Edge:
        answering = call.connection(fact.leg.connection_id)
        if answering is not None and answering.connection_id in self.picked_up:
            return Edge.PICKUP
        if self.unparked & set(fact.connected):
            return Edge.RECALL if self.timed_out & set(fact.connected) else Edge.PARK
        if self.passed_on is not None and not any(set(fact.connected) & pair for pair in self.open):
            back = self.passed_on is Edge.ATTENDED and fact.leg.device.number == self.passed_by
            return Edge.RECALL if back else self.passed_on
        if call.consultation_of or any(set(fact.connected) & pair for pair in self.open):
            return Edge.CONSULTATION
        if answering is not None and answering.queue:
            return Edge.QUEUE
        if answering is not None and answering.redirecting_id:
            return Edge.FORWARD
        return Edge.ANSWER

    def _transfer(self, call: Call, fact: Transferred, at: datetime) -> None:
        edge = _TRANSFERS[fact.kind]
        if fact.departed:
            self._end(fact.departed, at, edge)
            return
        if fact.kind is TransferKind.ATTENDED:
            self._end((fact.by,), at, edge)
            self.passed_on, self.passed_by = edge, fact.by_number  # where it still rings there
            self._talk(
                call, [each.connection_id for each in call.connections if each.connection_id != fact.by], at, edge
            )
            return
        # Who passed the call on is out; where a manager did, all are, and the one that goes on will be answered.
        self._end((fact.by,) if fact.by else [each for pair in self.open for each in pair], at, edge)
        self.passed_on = edge

    def _conference(self, call: Call, fact: Conferenced, at: datetime) -> None:
        if fact.departed:
            self._end(fact.departed, at, Edge.CONFERENCE)
            return
        there = fact.connected or tuple(each.connection_id for each in call.connections)
        edge = Edge.PARK if self.unparked & set(there) else Edge.CONFERENCE
        for pair in [pair for pair in self.open if len(pair & set(there)) == 1]:
            self._end_pair(pair, at, edge)
        self._talk(call, there, at, edge)

    def _talk(self, call: Call, names: Iterable[str], at: datetime, edge: Edge) -> None:
        wanted = set(names)
        there = [each for each in call.connections if each.connection_id in wanted and each.talking]
        for index, one in enumerate(there):
            for other in there[index + 1 :]:
                self._begin(call, one, other, at, edge)
        if len(there) > 1:
            self.passed_on = None
            self.unparked -= wanted

    def _begin(self, call: Call, one: Connection, other: Connection, at: datetime, edge: Edge) -> None:
        pair = frozenset((one.connection_id, other.connection_id))
        if pair not in self.open:
            self.open[pair] = Segment(
                call_id=call.call_id, one=one.connection_id, other=other.connection_id, began_at=at, began_by=edge
            )

    def _end(self, names: Iterable[str], at: datetime, edge: Edge) -> None:
        gone = set(names)
        for pair in [pair for pair in self.open if pair & gone]:
            self._end_pair(pair, at, edge)

    def _end_pair(self, pair: frozenset[str], at: datetime, edge: Edge) -> None:
        segment = self.open.pop(pair)
        self.over.append(replace(segment, ended_at=max(at, segment.began_at), ended_by=edge))


def _ending(cause: Cause) -> Edge:
    match cause:
        case Cause.TRANSFERRED:
            return Edge.ATTENDED
        case Cause.REDIRECTED:
            return Edge.REDIRECT
        case Cause.PARKED:
            return Edge.PARK
        case _:
            return Edge.CLEAR
