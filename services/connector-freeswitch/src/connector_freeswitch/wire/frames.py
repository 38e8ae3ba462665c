"""Frames of the event socket: a block of headers, and a body of `Content-Length` bytes where one is announced."""

from dataclasses import dataclass, field
from functools import cached_property
from urllib.parse import unquote

import msgspec
from cti_freeswitch.event import Event, Value

_EVENT_TYPES = ("text/event-json", "text/event-plain")
_json = msgspec.json.Decoder(dict[str, str | list[str]])


@dataclass(frozen=True)
class Frame:
    """One frame. `headers` are the outer ones; `body` is empty where none was announced.

    Content types: `auth/request`, `command/reply`, `api/response`, `text/event-json`, `text/event-plain`,
    `text/disconnect-notice`, `text/rude-rejection`.
    """

    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""

    @property
    def kind(self) -> str:
        """Its content type."""
        return self.headers.get("Content-Type", "")

    @property
    def reply(self) -> str:
        """The text of a `command/reply`."""
        return self.headers.get("Reply-Text", "")

    @property
    def text(self) -> str:
        """The body of an `api/response`."""
        return self.body.decode("utf-8", "replace")

    @cached_property
    def event(self) -> Event | None:
        """The event in it; None for other frames. Raises `ValueError` for one that cannot be read."""
        if self.kind not in _EVENT_TYPES:
            return None
        return event_of(self.kind, self.body)


def event_of(kind: str, body: bytes) -> Event:
    """The event in a body. Raises `ValueError`.

    FreeSWITCH repeats some headers (`Hangup-Cause`; `Event-Name` in a `PRIVATE_COMMAND`): the last one counts.
    """
    if kind == "text/event-json":
        try:
            return Event(_decoded(body))
        except msgspec.DecodeError as error:
            raise ValueError(f"not an event: {error}") from error
    return Event(plain_event(body))


def _decoded(body: bytes) -> dict[str, Value]:
    """FreeSWITCH passes on what telephones and trunks send, such as a name in Latin-1: what is no UTF-8 is replaced."""
    try:
        return _json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return _json.decode(body.decode("utf-8", "replace"))


def plain_event(body: bytes) -> dict[str, Value]:
    """The headers of a plain event, percent-decoded; its own body, where there is one, under `_body`."""
    head, _, rest = body.partition(b"\n\n")
    headers: dict[str, Value] = {}
    for line in head.decode("utf-8", "replace").split("\n"):
        name, found, value = line.partition(": ")
        if found:
            headers[name] = unquote(value)
    length = headers.get("Content-Length")
    if isinstance(length, str) and length.isdecimal():
        headers["_body"] = rest[: int(length)].decode("utf-8", "replace")
    return headers
