"""Who is told for which number."""

from call_journal.identification.jobs import Job
from call_journal.telemetry import metrics
from cti_model.directory import (
    Candidate,
    Match,
    SubscriberKind,
)
from opentelemetry import metrics as otel

DEADLINE_S = 60.0


CALLER = "79161234567"


MEASURED = metrics(otel.get_meter("test"))


def candidate(id: str, kind: SubscriberKind = SubscriberKind.CONTACT, **more: str) -> Candidate:
    values = {"name": f"Name of {id}", "number": CALLER, "match": Match.E164, "matched_digits": 11, **more}
    return Candidate(id=id, kind=kind, **values)  # type: ignore[arg-type]


IVAN = candidate("ivan", account_id="romashka")


TOLD = {CALLER: (IVAN, candidate("igor")), "102": (candidate("e102", SubscriberKind.EMPLOYEE, user="102"),)}


def job(seq: int, connection: str = "c", number: str = CALLER) -> Job:
    from datetime import UTC, datetime

    return Job(
        stream_seq=seq, stored_ns=0, tenant="t", pbx="p", call_id="k", connection_id=connection, device="101",
        number=number, internal=False, began_at=datetime(2026, 1, 1, tzinfo=UTC),
    )  # fmt: skip
