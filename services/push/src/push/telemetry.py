"""What push measures. Names are an API: dashboards and alerts depend on them."""

from dataclasses import dataclass

from opentelemetry.metrics import Counter, Histogram, Meter, UpDownCounter


@dataclass(frozen=True)
class Metrics:
    """Instruments of push, each with what to do about it.

    `projected`: call events projected; no growth while calls go on: look at the lease and at `/readyz`.
    `updates`: user updates told; many more than events: extensions with many owners.
    `batch`: seconds a batch took; near `lease_ttl_s`: NATS is slow, or `batch` is too large.
    `lag`: seconds from an event's storage to its users' updates; grows when the projector can't keep up: more tenants
    on other instances.
    `sessions`: open sessions by `transport`. `frames`: updates sent, live ones and replayed ones.
    `closes`: sessions ended, by `code`: many 4001 are clients on bad lines, many 4500 a broken sign-in, any 4000 a
    gateway behind its stream.
    `resumes`: by `whole` (true: nothing was missed; many false: clients are away longer than 200 updates).
    `commands`: clients' commands by `verb`, `outcome` and `error`: many `wrong_state` are clients that do not look at
    `allowed`; any `not_connected` a PBX without a connector.
    `limited`: what was refused for being too much, by `limit`: raise the setting of that name, or find who floods.
    `watched`: updates told to those who watch others. `presence`: keys written to `cti_presence`.
    `delay`: seconds from the PBX's clock to the socket, live updates only; a constant offset is a wrong clock there.
    """

    projected: Counter
    updates: Counter
    batch: Histogram
    lag: Histogram
    sessions: UpDownCounter
    frames: Counter
    closes: Counter
    resumes: Counter
    commands: Counter
    limited: Counter
    watched: Counter
    presence: Counter
    delay: Histogram


def metrics(meter: Meter) -> Metrics:
    """Make the instruments."""
    return Metrics(
        projected=meter.create_counter("trunkline.push.projected", "{event}", "Call events projected"),
        updates=meter.create_counter("trunkline.push.updates", "{update}", "User updates told"),
        batch=meter.create_histogram("trunkline.push.batch", "s", "Duration of a projected batch"),
        lag=meter.create_histogram("trunkline.push.lag", "s", "Stored event to users' updates"),
        sessions=meter.create_up_down_counter("trunkline.push.sessions", "{session}", "Open sessions"),
        frames=meter.create_counter("trunkline.push.frames", "{frame}", "Frames sent"),
        closes=meter.create_counter("trunkline.push.closes", "{session}", "Sessions ended, by close code"),
        resumes=meter.create_counter("trunkline.push.resumes", "{session}", "Resumed sessions, whole or not"),
        commands=meter.create_counter("trunkline.push.commands", "{command}", "Clients' commands, by outcome"),
        limited=meter.create_counter("trunkline.push.limited", "{refusal}", "Refused for being too much, by limit"),
        watched=meter.create_counter("trunkline.push.watched", "{frame}", "Updates sent to those who watch others"),
        presence=meter.create_counter("trunkline.push.presence", "{key}", "Presence keys written"),
        delay=meter.create_histogram("trunkline.push.delay", "s", "PBX event to socket"),
    )
