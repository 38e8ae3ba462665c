"""What the journal measures. Names are an API: dashboards and alerts depend on them."""

from dataclasses import dataclass

from opentelemetry.metrics import Counter, Histogram, Meter
from opentelemetry.metrics import _Gauge as Gauge


@dataclass(frozen=True)
class Metrics:
    """Instruments of the journal.

    `events`: call events written. `seconds`: duration of one batch's transaction; when it grows, look at PostgreSQL.
    `delay`: seconds from our reception of the PBX's frame to the row; above a second the journal lags.
    `retries`: transactions tried again (PostgreSQL away or overloaded). `parked`: calls set aside as indigestible:
    each one wants a look at CTI_PARKED. `verified`, `checked`: calls and rows that `verify` compared; `differences`:
    rows that are not what the archive says, every one a fault. `removed`: what retention took away, by `what`.
    `asked`: questions over NATS, by question. `identified`: numbers that the directory was asked for, by `result`
    (`known`, `nobody`, `unanswered`, `given_up`: look at the directory). `identified_after`: seconds from the storage
    of a call event to that of its `identified`; above 0.05 the panel shows a number where it could show a name.
    `told`: `saved` and `linked` published. `untold`: those that wait for it; `untold_age`: seconds since the oldest of
    them became true. Both grow while NATS is away, and must fall afterwards.
    """

    events: Counter
    seconds: Histogram
    delay: Histogram
    retries: Counter
    parked: Counter
    verified: Counter
    checked: Counter
    differences: Counter
    asked: Counter
    removed: Counter
    identified: Counter
    identified_after: Histogram
    told: Counter
    untold: Gauge
    untold_age: Gauge


def metrics(meter: Meter) -> Metrics:
    """Make the instruments."""
    return Metrics(
        events=meter.create_counter("trunkline.journal.events", "{event}", "Call events written"),
        seconds=meter.create_histogram("trunkline.journal.batch", "s", "Duration of a batch's transaction"),
        delay=meter.create_histogram("trunkline.journal.delay", "s", "Reception of a frame to its row"),
        retries=meter.create_counter("trunkline.journal.retries", "{batch}", "Transactions tried again"),
        parked=meter.create_counter("trunkline.journal.parked", "{call}", "Calls set aside"),
        verified=meter.create_counter("trunkline.journal.verified", "{call}", "Calls compared with the archive"),
        checked=meter.create_counter("trunkline.journal.checked", "{row}", "Rows compared with the archive"),
        differences=meter.create_counter("trunkline.journal.differences", "{row}", "Rows that are not what it says"),
        asked=meter.create_counter("trunkline.journal.asked", "{question}", "Questions over NATS"),
        removed=meter.create_counter("trunkline.journal.removed", "{item}", "Old data removed, by what"),
        identified=meter.create_counter("trunkline.journal.identified", "{number}", "Numbers asked for, by result"),
        identified_after=meter.create_histogram("trunkline.journal.identified_after", "s", "Call event to identified"),
        told=meter.create_counter("trunkline.journal.told", "{event}", "Events of the journal published"),
        untold=meter.create_gauge("trunkline.journal.untold", "{event}", "Events of the journal in the outbox"),
        untold_age=meter.create_gauge("trunkline.journal.untold.age", "s", "Since the oldest of them became true"),
    )
