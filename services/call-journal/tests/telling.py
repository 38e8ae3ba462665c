"""Made-up calls, told event by event, and a journal that writes them."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta

import asyncpg
import msgspec
from call_journal.consumer import Consumer
from call_journal.project import own_number
from call_journal.settings import NAME
from call_journal.store.writer import Writer
from call_journal.telemetry import metrics
from cti_bus import Batch, Received
from cti_model import ids
from cti_model.calls import Device, DeviceKind, Direction, Party
from cti_model.directory import Candidate, Match, Owners, SubscriberKind
from cti_model.envelope import encode_call, encode_journal
from cti_model.events import (
    CallEvent,
    CallFact,
    Cleared,
    ConnectionCleared,
    Delivered,
    DigitsEntered,
    Established,
    InformationChanged,
    Leg,
    Origin,
    Originated,
    RecordingStarted,
    RecordingStopped,
    RecordingStored,
    fact_kind,
)
from cti_model.fold import born, fold
from cti_model.journal import Identified, JournalEvent
from opentelemetry import metrics as otel

TENANT, PBX = "replay", "pbx"
NUMBER, PERSON, CARD = "+79161234567", "Иван Петров", "4276380012345678"
PHOTO = "https://crm.example/ivan-petrov.jpg"
AT = datetime(2026, 3, 27, 10, tzinfo=UTC)


def told(call: str, at: datetime, facts: Iterable[CallFact], tenant: str = TENANT) -> list[CallEvent]:
    """The events of a call whose facts come a second after each other."""
    state = born(call, tenant, PBX, at, f"{call}.0")
    found = []
    for fact in facts:
        state = fold(state, fact, at)
        event_id = ids.event_id(f"{tenant}{call}", state.version, fact_kind(fact), int(at.timestamp()))
        found.append(
            CallEvent(
                event_id=event_id, occurred_at=at, observed_at=at, origin=Origin.OBSERVED, fact=fact, call=state,
                native_ids=(f"{call}.0",),
            )
        )  # fmt: skip
        at += timedelta(seconds=1)
    return found


def inbound(
    call: str = "c1",
    at: datetime = AT,
    *,
    number: str = NUMBER,
    name: str = PERSON,
    user: str = "101",
    recording: str | None = "rec-1",
    location: str | None = None,
    digits: str = CARD,
    tenant: str = TENANT,
) -> list[CallEvent]:
    """Somebody calls over a trunk, is recorded, and hangs up. The times: rings at +1, talks from +2 to +8."""
    trunk, phone = f"{call}-trunk", f"{call}-phone"
    facts: list[CallFact] = [
        Originated(
            leg=Leg(
                connection_id=trunk, device=Device("trunk-1", DeviceKind.TRUNK, f"PJSIP/trunk-{number}-0001"),
                direction=Direction.IN, party=Party(number=number, name=name), remote=Party(number="700"),
            ),
            dialled="700",
        ),
        Delivered(
            leg=Leg(
                connection_id=phone, device=Device(user, DeviceKind.EXTENSION, f"PJSIP/{user}"),
                direction=Direction.IN, party=Party(number=user, name="Alice"), remote=Party(number=number, name=name),
                native_id=f"PJSIP/{user}-0000001a",
            )
        ),
        Established(
            leg=Leg(connection_id=phone, device=Device(user, DeviceKind.EXTENSION), direction=Direction.IN),
            connected=(trunk, phone),
        ),
        *([RecordingStarted(connection_id=phone, recording_id=recording)] if recording else []),
        InformationChanged(connection_id=trunk, party=Party(name=name), info={"crm": f"{name} {number}"}),
        DigitsEntered(connection_id=trunk, digits=digits),
        *([RecordingStopped(connection_id=phone, recording_id=recording)] if recording else []),
        *([RecordingStored(connection_id=phone, recording_id=recording, location=location)]
          if recording and location else []),
        ConnectionCleared(connection_id=trunk, released_by=trunk),
        Cleared(),
    ]  # fmt: skip
    return told(call, at, facts, tenant)


def told_who(call: str, number: str = NUMBER, contact: str = "contact-7", name: str = PERSON) -> list[JournalEvent]:
    """The directory knows the caller of `inbound`, and somebody else who may be behind that number."""
    others = [Candidate(id=f"{contact}-{n}", kind=SubscriberKind.CONTACT, name=f"{name} {n}", number=number,
                        match=Match.E164, matched_digits=11, photo_url=f"{PHOTO}?of={contact}-{n}")
              for n in (1, 2)]  # fmt: skip
    best = msgspec.structs.replace(others[0], id=contact, name=name)
    fact = Identified(
        connection_id=f"{call}-phone", contact_id=contact, name=name, number=number, device="101",
        candidates=(best, others[1]),
    )  # fmt: skip
    return [JournalEvent(event_id=f"{call}-who", occurred_at=AT, tenant=TENANT, pbx=PBX, call_id=call, fact=fact)]


def in_batch(events: Sequence[CallEvent | JournalEvent], first: int) -> Batch:
    """Messages as the service reads them."""
    received = []
    for seq, event in enumerate(events, first):
        message = encode_journal(event) if isinstance(event, JournalEvent) else encode_call(event)
        received.append(Received(seq, message.subject, message.headers, message.body, 0))
    return Batch(received, first + len(received) - 1)


async def journalled(
    pool: asyncpg.Pool,
    events: Sequence[CallEvent | JournalEvent],
    size: int = 3,
    owners: Owners = own_number,
    **how: object,
) -> None:
    """Write events as the service does, behind those that are there."""
    writer = Writer(pool, NAME, "S", **how)
    consumer = Consumer(writer, metrics(otel.get_meter("test")), await writer.position(), owners=owners)
    first = await writer.position()
    for at in range(0, len(events), size):
        await consumer.handle(in_batch(events[at : at + size], first + at + 1))


def batch(events: Iterable[CallEvent], first: int = 1) -> Batch:
    """These events as they are read from the stream, from this sequence on."""
    received = []
    for seq, event in enumerate(events, first):
        message = encode_call(event)
        received.append(Received(seq, message.subject, message.headers, message.body, 0))
    return Batch(received, first + len(received) - 1)
