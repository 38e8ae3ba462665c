"""From the archive back to call events: facts alone give the states that they carried. Pure."""

from collections.abc import Iterable
from datetime import datetime

import msgspec
from cti_model.calls import Call, Command
from cti_model.events import CallEvent, CallFact, Origin
from cti_model.fold import born, fold


class Born(msgspec.Struct, frozen=True):
    """What a call has before its first fact (see `cti_model.fold.born`)."""

    pbx: str
    started_at: datetime
    native_id: str
    features: tuple[Command, ...] = ()


class Archived(msgspec.Struct, frozen=True, kw_only=True):
    """One row of `call_event`, decoded. `born` stands in the first event of a telling."""

    tenant: str
    call_id: str
    stream_seq: int
    version: int
    event_id: str
    occurred_at: datetime
    observed_at: datetime
    origin: Origin
    native_ids: tuple[str, ...]
    fact: CallFact
    born: Born | None
    not_before: datetime | None
    not_after: datetime | None


class Incomplete(Exception):
    """Events of a call are not in the archive, so that its state cannot be computed; the text says which."""


def retold(rows: Iterable[Archived]) -> list[tuple[int, CallEvent]]:
    """The events of one call, in the order in which the journal read them, with the states that they carried.

    A connector that lost its memory together with the stream tells a call from version 1 again: a new telling.
    Raises `Incomplete`.
    """
    told: list[tuple[int, CallEvent]] = []
    call: Call | None = None
    for row in rows:
        if row.version == 1 and row.born is not None:
            first = row.born
            call = born(row.call_id, row.tenant, first.pbx, first.started_at, first.native_id, first.features)
        if call is None or row.version != call.version + 1:
            after = call.version if call is not None else 0
            raise Incomplete(f"version {row.version} follows {after}")
        call = fold(call, row.fact, row.occurred_at)
        told.append((row.stream_seq, _event(row, call)))
    return told


def _event(row: Archived, call: Call) -> CallEvent:
    return CallEvent(
        event_id=row.event_id,
        occurred_at=row.occurred_at,
        observed_at=row.observed_at,
        origin=row.origin,
        fact=row.fact,
        call=call,
        native_ids=row.native_ids,
        not_before=row.not_before,
        not_after=row.not_after,
    )


def newest_telling(told: list[tuple[int, CallEvent]]) -> list[CallEvent]:
    """The events of a call since it was last told from the beginning."""
    first = max((at for at, (_, event) in enumerate(told) if event.call.version == 1), default=0)
    return [event for _, event in told[first:]]
