"""What the directory measures. Names are an API: dashboards and alerts depend on them."""

from dataclasses import dataclass

from opentelemetry.metrics import Counter, Histogram, Meter


@dataclass(frozen=True)
class Metrics:
    """Instruments of the directory.

    `identified`: numbers asked for, by `result` (`certain`, `alike`, `nobody`). `seconds`: how long that took, the
    other system included. `external`: questions to the other system by `outcome` (`answered`, `cached`, `failed`,
    `paused`).
    `refused`: requests over NATS turned away because too many were at work. `told`: keys of the bucket set or removed.
    `credentials`: PBX credentials by `outcome`: `handed_out` to their PBX's connector, `refused` (one request: it was
    not proved, look who asks), `failed` (a secret does not open, or the database is away), `busy`.
    `imported`: rows of imports by `outcome` (`created`, `updated`, `unchanged`, `bad`).
    """

    identified: Counter
    seconds: Histogram
    external: Counter
    refused: Counter
    told: Counter
    credentials: Counter
    imported: Counter


def metrics(meter: Meter) -> Metrics:
    """Make the instruments."""
    return Metrics(
        identified=meter.create_counter("trunkline.directory.identified", "{number}", "Numbers asked for"),
        seconds=meter.create_histogram("trunkline.directory.identify", "s", "Duration of one identification"),
        external=meter.create_counter("trunkline.directory.external", "{question}", "Questions to the other system"),
        refused=meter.create_counter("trunkline.directory.refused", "{request}", "Requests turned away"),
        told=meter.create_counter("trunkline.directory.told", "{key}", "Keys of the bucket set or removed"),
        credentials=meter.create_counter("trunkline.directory.credentials", "{credential}", "Credentials asked for"),
        imported=meter.create_counter("trunkline.directory.imported", "{row}", "Rows of imports"),
    )
