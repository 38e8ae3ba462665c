"""Frames of the old engine: requests go out, responses and events come.

Source: the public engine and its client libraries 3.0.1 and 3.1. A frame with the key `webitel-event-name` is an
event, anything else that names a request is its response; responses come in any order.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import unquote

import msgspec
from cti_freeswitch.event import Event, Value

_EVENT: Final = "webitel-event-name"
_QUOTED: Final = "variable_webitel_data"
_NONE: Final = "undefined"
_NO_REPLY: Final = "-ERR no reply"  # FreeSWITCH did it and had nothing to say; the libraries take it for success
_NO_SWITCH: Final = "Channel not open"  # the engine has no connection to FreeSWITCH, and says it under `+OK`
_object = msgspec.json.Decoder(dict[str, Any])
_encoder = msgspec.json.Encoder()


@dataclass(frozen=True)
class Request:
    """A command: `exec-func` and `exec-args`. The arguments may hold a secret, so no text of it shows them."""

    name: str
    args: Mapping[str, Any] = field(default_factory=dict, repr=False)


@dataclass(frozen=True)
class Response:
    """What became of the request `uid`. `text`: FreeSWITCH's answer or the engine's; `data`: an object, if it is one.

    The engine answers with a string, with an object, or with `{"response": <either>}`, whatever was asked.
    """

    uid: str
    complete: str
    text: str = ""
    data: Mapping[str, Any] = field(default_factory=dict)

    @property
    def ok(self) -> bool:
        """Whether it was done."""
        done = self.complete == "+OK" and self.text != _NO_SWITCH
        return done or self.text.startswith(_NO_REPLY)


@dataclass(frozen=True)
class Told:
    """An event. `kind`: `call` (of the user's own calls), `server` (subscribed to), `user`, `account`; or its name."""

    kind: str
    event: Event


def encode(uid: str, request: Request) -> bytes:
    """A request as a line. Without arguments it has none."""
    frame: dict[str, Any] = {"exec-uuid": uid, "exec-func": request.name}
    if request.args:
        frame["exec-args"] = request.args
    return _encoder.encode(frame) + b"\n"


def frame_of(line: bytes) -> Response | Told:
    """The frame in a line. Raises `ValueError` for what is none."""
    try:
        found = _object.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ValueError(f"not a frame: {error}") from error
    if _EVENT in found:
        return Told(str(found[_EVENT]), Event(_headers(found)))
    uid = found.get("exec-uuid")
    if not isinstance(uid, str):
        raise ValueError("neither an event nor a response")
    return _response(uid, str(found.get("exec-complete") or ""), found.get("exec-response"))


def _response(uid: str, complete: str, body: object) -> Response:
    if isinstance(body, dict) and len(body) == 1 and isinstance(body.get("response"), str | dict):
        body = body["response"]
    if isinstance(body, str) or body is None:
        return Response(uid, complete, body or "")
    return Response(uid, complete, _encoder.encode(body).decode(), body if isinstance(body, dict) else {})


def _headers(found: Mapping[str, Any]) -> dict[str, Value]:
    """An event's headers as FreeSWITCH has them: texts, not percent-encoded; what is absent or null is not there.

    The engine puts one variable in quotes of its own, also where it has none.
    """
    headers: dict[str, Value] = {}
    quoted = found.get(_QUOTED)
    if isinstance(quoted, str):
        inner = quoted.removeprefix("'").removesuffix("'")
        found = {**found, _QUOTED: None if inner == _NONE else inner}
    for name, value in found.items():
        if isinstance(value, str):
            headers[name] = unquote(value) if "%" in value else value
        elif isinstance(value, list):
            headers[name] = [str(each) for each in value]
        elif isinstance(value, bool):
            headers[name] = "true" if value else "false"
        elif value is not None and not isinstance(value, dict):
            headers[name] = str(value)
    return headers
