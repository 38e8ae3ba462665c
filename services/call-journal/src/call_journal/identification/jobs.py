"""What has to be asked after a call event, and what is told of the answer. Pure."""

from collections.abc import Iterator, Sequence
from datetime import datetime

import msgspec
from cti_model import ids
from cti_model.directory import Candidate
from cti_model.events import CallEvent, Origin
from cti_model.journal import MOST_CANDIDATES, Identified, JournalEvent
from cti_model.records import is_recorded, others_of

KINDS = (
    *("originated", "delivered", "established", "diverted", "transferred", "conferenced", "information_changed"),
    "connection_cleared",
)
"""Call events after which the other side of a row may be somebody else; the last one when one of three leaves."""


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """A number that is to be identified for a row, because of the event of this sequence, stored at that time (ns).

    `tries`: how often it alone got no answer.
    """

    stream_seq: int
    stored_ns: int
    tenant: str
    pbx: str
    call_id: str
    connection_id: str
    device: str
    number: str
    internal: bool
    began_at: datetime
    tries: int = 0


def jobs_of(event: CallEvent, stream_seq: int, stored_ns: int) -> Iterator[Job]:
    """The numbers of the other side of each row that goes on. The same ones at each event: whoever asks remembers."""
    call = event.call
    for connection in call.connections:
        if not (connection.alive and is_recorded(connection)):
            continue
        for number, internal in others_of(call, connection).items():
            if not any(each.isdecimal() for each in number):
                continue  # withheld
            yield Job(
                stream_seq=stream_seq,
                stored_ns=stored_ns,
                tenant=call.tenant,
                pbx=call.pbx,
                call_id=call.call_id,
                connection_id=connection.connection_id,
                device=connection.device.number,
                number=number,
                internal=internal,
                began_at=connection.started_at,
            )


def identified(job: Job, candidates: Sequence[Candidate], at: datetime, origin: Origin) -> JournalEvent:
    """What is told. The id is that of row, number and set of candidates, in whichever order."""
    found = tuple(candidates[:MOST_CANDIDATES])
    members = sorted(f"{each.source}/{each.kind}/{each.id}" for each in found)
    return JournalEvent(
        event_id=ids.journal_event_id(job.tenant, "identified", job.connection_id, job.number, *members),
        occurred_at=at,
        tenant=job.tenant,
        pbx=job.pbx,
        call_id=job.call_id,
        fact=Identified(
            connection_id=job.connection_id,
            contact_id=found[0].id,
            name=found[0].name,
            number=job.number,
            device=job.device,
            candidates=found,
        ),
        origin=origin,
    )
