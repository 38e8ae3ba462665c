"""How an agent stands at Webitel: a status for all queues, and where the channel for calls is. Pure."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from connector_webitel.new.wire import Fields, fields, instant, number, text

ONLINE: Final = "online"
OFFLINE: Final = "offline"
CHANNEL: Final = "call"
AFTER: Final = ("processing", "wrap_time", "form")
MISSED: Final = "missed"
WAITING: Final = "waiting"


@dataclass
class Standing:
    """How an agent stands at Webitel. `since`, `channel_since`: Webitel's instants of the newest word on each.

    `attempt`: the queue's call that is theirs now, or that they finish. `until`: when that, or a penalty for a missed
    one, ends by itself; None: not by itself. `renewal_s`: by how much finishing can be prolonged; 0: not.
    `channels`: all that the agent has. `on_demand`: the agent works in Webitel's mode of that name.
    """

    agent_id: int
    status: str = OFFLINE
    reason: str = ""
    since: datetime | None = None
    channel: str = WAITING
    channel_since: datetime | None = None
    attempt: int = 0
    until: datetime | None = None
    renewal_s: int = 0
    channels: tuple[str, ...] = (CHANNEL,)
    on_demand: bool = False

    @property
    def finishing(self) -> bool:
        """Whether a queue's call is over and its agent still has to do with it."""
        return self.channel in AFTER

    def hear(self, said: Fields, at: datetime | None) -> None:
        """A status came, unless it is older than the one that is known."""
        if at is not None and self.since is not None and at < self.since:
            return
        self.since = at or self.since
        self.status = text(said, "status") or self.status
        if isinstance(said.get("on_demand"), bool):
            self.on_demand = said["on_demand"]
        self.reason = "" if self.status in (ONLINE, OFFLINE) else text(said, "status_payload") or self.status

    def move(self, state: str, at: datetime | None, said: Fields) -> None:
        """The channel for calls is in another state, unless that is older than the one that is known.

        Of `processing`, `wrap_time` and `missed` an object of that name says when they end by themselves.
        """
        if at is not None and self.channel_since is not None and at < self.channel_since:
            return
        changed = state != self.channel
        self.channel, self.channel_since = state, at or self.channel_since
        self.attempt = number(said, "attempt_id") or (0 if state == WAITING else self.attempt)
        more = fields(said, state)
        if more or changed:
            self.until, self.renewal_s = instant(more, "timeout"), number(more, "renewal_sec")
