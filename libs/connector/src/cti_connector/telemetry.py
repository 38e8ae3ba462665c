"""What a connector measures. Names are an API: dashboards and alerts depend on them."""

from collections.abc import Callable
from dataclasses import dataclass

from opentelemetry.metrics import Counter, Histogram, Meter, UpDownCounter

from cti_connector.frames import Tell

Refused = Callable[[str], None]
"""Takes what was asked for, where the PBX refused it."""


@dataclass(frozen=True)
class Metrics:
    """Instruments of one connector; attribute `pbx` on each.

    `events`: call events published, by `kind`; none for long while calls go on means a deaf link.
    `frames`: PBX frames by `fate` (`used`, `skipped`, `malformed`, `oversize`); growing refusals mean a PBX that we
    do not understand: record it and replay it.
    `fenced`: calls that another instance publishes now; expected after a fail-over, else two leaders are configured.
    `reconnects`: lost links; more than a few a day is a network or PBX problem.
    `gaps`: times that frames were found missing; each is followed by a comparison with the PBX.
    `leading`: 1 while this instance leads; the sum over all instances of a PBX must be 1.
    `waiting`: messages in the outbox; grows while NATS is away, and must fall afterwards.
    `delay`: seconds from the PBX's own time of an event (where it tells) to our publishing it; grows when NATS or this
    process is too slow.
    `commands`: commands answered, by `verb`, `outcome` and `error`. `unknown` is worth a look each time; a rise of
    `refused` with one verb means missing rights at the PBX, of `bad_request` a broken or hostile client.
    `command_seconds`: from request to final outcome, by `verb` and `outcome`.
    `commands_running`: at work now; near the bound means a PBX that no longer answers.
    `operators`: of a PBX where each operator has a link of their own, by `state` (`connecting`, `connected`,
    `refused`); refused ones wait for a person.
    `refusals`: questions of the connector's own that the PBX refused, by `what`; a few while it restarts, many mean
    missing rights or too much to do.
    `operators_refused`: log-ins that the PBX refused, by `reason` (`wrong_password`, `in_use`, `licence`,
    `not_available`, `other`); `licence` means that more operators come than the PBX may serve.
    """

    events: Counter
    frames: Counter
    fenced: Counter
    reconnects: Counter
    gaps: Counter
    leading: UpDownCounter
    waiting: UpDownCounter
    delay: Histogram
    commands: Counter
    command_seconds: Histogram
    commands_running: UpDownCounter
    operators: UpDownCounter
    operators_refused: Counter
    refusals: Counter

    def frames_of(self, pbx: str) -> Tell:
        """What counts the frames of a PBX."""
        return lambda fate, count: self.frames.add(count, {"pbx": pbx, "fate": fate})

    def refusals_of(self, pbx: str) -> Refused:
        """What counts the refused questions of a PBX."""
        return lambda what: self.refusals.add(1, {"pbx": pbx, "what": what})


def metrics(meter: Meter) -> Metrics:
    """Make the instruments."""
    return Metrics(
        events=meter.create_counter("trunkline.connector.events", "{event}", "Call events published"),
        frames=meter.create_counter("trunkline.connector.frames", "{frame}", "PBX frames, by fate"),
        fenced=meter.create_counter("trunkline.connector.fenced", "{call}", "Calls another instance publishes"),
        reconnects=meter.create_counter("trunkline.connector.reconnects", "{link}", "Links to the PBX that were lost"),
        gaps=meter.create_counter("trunkline.connector.gaps", "{gap}", "Times that frames were found missing"),
        leading=meter.create_up_down_counter("trunkline.connector.leading", "{instance}", "Whether this one leads"),
        waiting=meter.create_up_down_counter("trunkline.connector.waiting", "{message}", "Messages in the outbox"),
        delay=meter.create_histogram("trunkline.connector.delay", "s", "PBX event to publishing"),
        commands=meter.create_counter("trunkline.connector.commands", "{command}", "Commands answered"),
        command_seconds=meter.create_histogram("trunkline.connector.command.duration", "s", "Request to final outcome"),
        commands_running=meter.create_up_down_counter(
            "trunkline.connector.commands.running", "{command}", "Commands at work"
        ),
        operators=meter.create_up_down_counter(
            "trunkline.connector.operators", "{operator}", "Operators with a link of their own, by state"
        ),
        operators_refused=meter.create_counter(
            "trunkline.connector.operators.refused", "{login}", "Log-ins of operators that the PBX refused"
        ),
        refusals=meter.create_counter(
            "trunkline.connector.refusals", "{question}", "Own questions that the PBX refused"
        ),
    )
