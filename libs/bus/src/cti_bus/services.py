"""Who answers requests, by the NATS services API (`$SRV.PING`, `$SRV.INFO`, `$SRV.STATS`): what `nats micro ls` shows.

Subjects and messages are nats-py's. Its `Service` is not used: it works one request after the other, answers an error
with a text of its own, and does not stop while the server is away.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from nats.aio.msg import Msg
from nats.aio.subscription import Subscription
from nats.micro.service import (
    EndpointInfo,
    EndpointStats,
    ServiceConfig,
    ServiceInfo,
    ServicePing,
    ServiceStats,
    ServiceVerb,
    control_subject,
)
from nats.nuid import NUID

from cti_bus.connection import Bus


@dataclass(frozen=True)
class Service:
    """What is said of whoever answers: the kind (`name`), the endpoint's name, and facts for people.

    Raises `ValueError` for a name that is not letters, digits, `-` and `_`, or a version that is not semantic.
    """

    name: str
    endpoint: str
    version: str = "0.1.0"
    description: str = ""
    metadata: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        ServiceConfig(name=self.name, version=self.version)


class Discovery:
    """Answers who we are, from `open` to `close`: one instance, found by everybody who asks all services."""

    def __init__(self, bus: Bus, service: Service, subject: str, group: str) -> None:
        self._bus = bus
        self._service = service
        self._endpoint = EndpointInfo(service.endpoint, subject, group, dict(service.metadata))
        self._id = NUID().next().decode()
        self._started = datetime.now(UTC)
        self._requests = self._errors = self._spent_ns = 0
        self._last_error = ""
        self._subscriptions: list[Subscription] = []

    async def open(self) -> None:
        """Be found. The caller flushes."""
        answers: dict[ServiceVerb, Callable[[], dict[str, Any]]] = {
            ServiceVerb.PING: lambda: ServicePing(**self._identity()).to_dict(),
            ServiceVerb.INFO: lambda: ServiceInfo(
                **self._identity(), description=self._service.description, endpoints=[self._endpoint]
            ).to_dict(),
            ServiceVerb.STATS: lambda: ServiceStats(
                **self._identity(), started=self._started, endpoints=[self._stats()]
            ).to_dict(),
        }
        for verb, answer in answers.items():
            for name, ident in ((None, None), (self._service.name, None), (self._service.name, self._id)):
                subject = control_subject(verb, name, ident)
                self._subscriptions.append(await self._bus.client.subscribe(subject, cb=_answering(answer)))

    async def close(self) -> None:
        """Be found no more. The connection must not be closed yet."""
        for each in self._subscriptions:
            await each.unsubscribe()
        self._subscriptions.clear()

    def count(self, spent_ns: int, error: str = "") -> None:
        """One request more."""
        self._requests += 1
        self._spent_ns += spent_ns
        if error:
            self._errors += 1
            self._last_error = error

    def _identity(self) -> dict[str, Any]:
        service = self._service
        return {"id": self._id, "name": service.name, "version": service.version, "metadata": dict(service.metadata)}

    def _stats(self) -> EndpointStats:
        endpoint = self._endpoint
        return EndpointStats(
            name=endpoint.name,
            subject=endpoint.subject,
            queue_group=endpoint.queue_group,
            num_requests=self._requests,
            num_errors=self._errors,
            processing_time=self._spent_ns,
            average_processing_time=self._spent_ns // self._requests if self._requests else 0,
            last_error=self._last_error,
        )


def _answering(answer: Callable[[], dict[str, Any]]) -> Callable[[Msg], Any]:
    async def on_message(message: Msg) -> None:
        if message.reply:
            await message.respond(json.dumps(answer()).encode())

    return on_message
