"""What the sessions of this process share."""

from dataclasses import dataclass

from cti_api.signin import Verify

from push.gateway.commands import Commands
from push.gateway.history import History
from push.gateway.hub import Hub
from push.gateway.people import People
from push.gateway.presence import Presence
from push.telemetry import Metrics


@dataclass(frozen=True)
class Shared:
    """The parts that a session uses. `ping_s`: seconds between pings."""

    tenant: str
    history: History
    hub: Hub
    people: People
    commands: Commands
    presence: Presence
    verify: Verify
    metrics: Metrics
    ping_s: float
