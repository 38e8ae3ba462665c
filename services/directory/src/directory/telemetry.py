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
    `imported`: rows of imports by `outcome` (`created`, `updated`, `unchanged`, `bad`).
    """

    identified: Counter
    seconds: Histogram
    external: Counter
    refused: Counter
    told: Counter
    imported: Counter


def metrics(meter: Meter) -> Metrics:
    """Make the instruments."""
    return Metrics(
        identified=meter.create_counter("trunkline.directory.identified", "{number}", "Numbers asked for"),
        seconds=meter.create_histogram("trunkline.directory.identify", "s", "Duration of one identification"),
        external=meter.create_counter("trunkline.directory.external", "{question}", "Questions to the other system"),
        refused=meter.create_counter("trunkline.directory.refused", "{request}", "Requests turned away"),
        told=meter.create_counter("trunkline.directory.told", "{key}", "Keys of the bucket set or removed"),
        imported=meter.create_counter("trunkline.directory.imported", "{row}", "Rows of imports"),
    )
