"""What the sessions of this process share."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from cti_runtime.auth import Identity

from push.gateway.commands import Commands
from push.gateway.history import History
from push.gateway.hub import Hub
from push.gateway.people import People
from push.gateway.presence import Presence
from push.telemetry import Metrics

Verify = Callable[[str], Awaitable[Identity]]
"""Whom a token speaks for; raises `cti_runtime.auth.Unauthorized`."""


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
