"""What is read from a stream."""

from collections.abc import Mapping
from datetime import UTC, datetime

import msgspec

MSG_ID = "Nats-Msg-Id"


class Received(msgspec.Struct, frozen=True):
    """One message of a stream. `time_ns` is when the server stored it, in nanoseconds since 1970."""

    stream_seq: int
    subject: str
    headers: Mapping[str, str]
    body: bytes
    time_ns: int

    @property
    def time(self) -> datetime:
        """When the server stored it (microseconds, UTC)."""
        return datetime.fromtimestamp(self.time_ns / 1e9, UTC)

    @property
    def message_id(self) -> str:
        """The publisher's deterministic id, or an empty string."""
        return self.headers.get(MSG_ID, "")


class Batch(list[Received]):
    """Messages in stream order. `position` is what to store when they are digested: reading goes on after it.

    It can lie beyond the last message (messages in between were parked), and a batch can be empty.
    """

    def __init__(self, messages: list[Received], position: int) -> None:
        super().__init__(messages)
        self.position = position
