"""Recordings of calls, from the facts that tell of them. Pure."""

from datetime import datetime

import msgspec
from cti_model import ids
from cti_model.events import CallEvent, RecordingStarted, RecordingStopped, RecordingStored


class RecordingRow(msgspec.Struct, frozen=True, kw_only=True):
    """One row of `recording`: what is known of a recording so far, in one call.

    `recording` is our id of it, `recording_id` the PBX's. `native_id`: the PBX's id of the connection that is recorded.
    `began_at`: the first fact that we know of; `started_at` is None when we did not hear it begin.
    """

    tenant: str
    stream_seq: int
    call_id: str
    recording: str
    pbx: str
    recording_id: str
    connection_id: str
    native_id: str
    device: str
    began_at: datetime
    started_at: datetime | None = None
    stopped_at: datetime | None = None
    stored_at: datetime | None = None
    location: str | None = None


Key = tuple[str, str, str]
"""Tenant, call, recording."""


def take(known: dict[Key, RecordingRow], seq: int, event: CallEvent) -> None:
    """Add what an event tells of a recording to what is known of it."""
    fact, call, at = event.fact, event.call, event.occurred_at
    if not isinstance(fact, RecordingStarted | RecordingStopped | RecordingStored):
        return
    recording = ids.recording_id(call.tenant, call.pbx, fact.recording_id)
    key = (call.tenant, call.call_id, recording)
    connection = call.connection(fact.connection_id)
    before = known.get(key) or RecordingRow(
        tenant=call.tenant,
        stream_seq=seq,
        call_id=call.call_id,
        recording=recording,
        pbx=call.pbx,
        recording_id=fact.recording_id,
        connection_id=fact.connection_id,
        native_id=connection.native_ids[-1] if connection is not None and connection.native_ids else "",
        device=connection.device.number if connection is not None else "",
        began_at=at,
    )
    after = msgspec.structs.replace(before, stream_seq=seq, began_at=min(before.began_at, at))
    match fact:
        case RecordingStarted():
            after = msgspec.structs.replace(after, started_at=at)
        case RecordingStopped():
            after = msgspec.structs.replace(after, stopped_at=at)
        case RecordingStored(location=location):
            after = msgspec.structs.replace(after, stored_at=at, location=location)
    known[key] = after
