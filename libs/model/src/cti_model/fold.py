"""The state of a call after a fact: `fold(call, fact, at) -> call`. Pure. What a fact does: `facts`; time: `legs`.

Promises: every microsecond of a connection's life is in exactly one bucket; a call and a connection can end from
every state, and one that is over stays as it is; a repeat, or a fact about a connection that is not (or no longer)
there, changes nothing but the version; instants never run backwards within a connection (an earlier `at` counts as
the last one). The state is bounded: of connections that ended without an answer the newest stay, the others leave it
in an event behind that in which they ended, so whoever reads all events has seen how each ended.
"""

from collections.abc import Iterable
from datetime import datetime

from msgspec.structs import replace

from cti_model.calls import (
    Call,
    Command,
    Connection,
)
from cti_model.events import (
    CallEvent,
    CallFact,
    InformationChanged,
    Origin,
    fact_kind,
)
from cti_model.facts import APPLY
from cti_model.ids import event_id
from cti_model.permissions import allowed

MOST_IDLE = 100
"""So many connections that ended without an answer stay in a call's state: about 50 KiB of each of its events."""


def born(call_id: str, tenant: str, pbx: str, at: datetime, native_id: str, features: tuple[Command, ...] = ()) -> Call:
    """A call before its first event."""
    return Call(
        call_id=call_id,
        tenant=tenant,
        pbx=pbx,
        version=0,
        started_at=at,
        native_ids=(native_id,),
        features=features,
    )


def fold(call: Call, fact: CallFact, at: datetime) -> Call:
    """The call after one more fact that occurred at `at`."""
    over = call.ended_at is not None and not isinstance(fact, InformationChanged)
    after = call if over else APPLY[type(fact)](call, fact, at)
    left = () if over else _too_many(call)
    stay = after.connections
    if left:
        gone = {each.connection_id for each in left}
        stay = tuple(each for each in stay if each.connection_id not in gone)
    connections = tuple(_permitted(after, each) for each in stay)
    left_count = call.left_count + len(left)
    return replace(after, version=call.version + 1, connections=connections, left=left, left_count=left_count)


def _too_many(call: Call) -> tuple[Connection, ...]:
    """The oldest of those that had ended without an answer before, but for who began the call."""
    if len(call.connections) <= MOST_IDLE + 1:
        return ()
    idle = [each for each in call.connections[1:] if not each.alive and each.answered_at is None]
    return tuple(idle[:-MOST_IDLE])


def tell(
    call: Call,
    fact: CallFact,
    occurred_at: datetime,
    observed_at: datetime,
    origin: Origin,
    native_ids: tuple[str, ...] = (),
    within: tuple[datetime | None, datetime | None] = (None, None),
) -> CallEvent:
    """The event that says `fact` of `call`, with the state after it and its deterministic id.

    `within`: the event's `not_before` and `not_after`.
    """
    after = fold(call, fact, occurred_at)
    occurred_us = int(occurred_at.timestamp() * 1_000_000)
    return CallEvent(
        event_id=event_id(call.call_id, after.version, fact_kind(fact), occurred_us),
        occurred_at=occurred_at,
        observed_at=observed_at,
        origin=origin,
        fact=fact,
        call=after,
        native_ids=native_ids,
        not_before=within[0],
        not_after=within[1],
    )


def refold(events: Iterable[CallEvent]) -> Call:
    """The state of a call from its facts alone; equals the state that its last event carries."""
    call: Call | None = None
    for event in events:
        if call is None:
            first = event.call
            call = born(first.call_id, first.tenant, first.pbx, first.started_at, first.native_ids[0], first.features)
        call = fold(call, event.fact, event.occurred_at)
    if call is None:
        raise ValueError("no events")
    return call


def _permitted(call: Call, connection: Connection) -> Connection:
    may = allowed(call, connection)
    return connection if may == connection.allowed else replace(connection, allowed=may)
