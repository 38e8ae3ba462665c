"""Verto's frames: JSON-RPC 2.0 in WebSocket text, as FreeSWITCH 1.10.12 speaks it (recorded). Sans I/O.

Both sides ask and count their own ids, which therefore collide: an id says nothing without its direction.
"""

from typing import Any, Final, TypeAlias

import msgspec
from msgspec import Struct

Id: TypeAlias = int | None
NEEDS_LOGIN: Final = -32000
LOGIN_REFUSED: Final = -32001
SESSION_ERROR: Final = -32002
_json = msgspec.json.Decoder()


class Request(Struct, frozen=True):
    """Either side asks something."""

    id: Id
    method: str
    params: dict[str, Any] = {}

    @property
    def call_id(self) -> str:
        """The call that it is about, which is also the id of the channel; empty for none."""
        dialog = self.params.get("dialogParams")
        found = (dialog if isinstance(dialog, dict) else self.params).get("callID")
        return found if isinstance(found, str) else ""


class Result(Struct, frozen=True):
    """The other side did it."""

    id: Id
    result: Any = None


class Fault(Struct, frozen=True):
    """The other side did not. `about`: the whole error; some have neither code nor message (recorded)."""

    id: Id
    about: dict[str, Any] = {}

    @property
    def code(self) -> int:
        """0 where it has none."""
        code = self.about.get("code")
        return code if isinstance(code, int) else 0

    @property
    def message(self) -> str:
        """Empty where it has none. FreeSWITCH may write it twice: the last one counts."""
        message = self.about.get("message")
        return message if isinstance(message, str) else ""


Frame: TypeAlias = Request | Result | Fault


def parse(text: str | bytes) -> Frame | None:
    """The frame in a message; None for a bandwidth test (`#SP…`), a batch, and what is no frame. Never raises."""
    try:
        body = _json.decode(text)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return None
    if not isinstance(body, dict):
        return None
    said = body.get("id")
    frame_id = said if isinstance(said, int) and not isinstance(said, bool) else None
    method = body.get("method")
    if isinstance(method, str):
        return Request(frame_id, method, _object(body.get("params")))
    if "error" in body:
        return Fault(frame_id, _object(body["error"]))
    return Result(frame_id, body["result"]) if "result" in body else None


def encode(frame: Frame) -> str:
    """A frame as a message."""
    if isinstance(frame, Request):
        body: dict[str, Any] = {"id": frame.id, "method": frame.method, "params": frame.params}
    elif isinstance(frame, Result):
        body = {"id": frame.id, "result": frame.result}
    else:
        body = {"id": frame.id, "error": frame.about}
    return msgspec.json.encode({"jsonrpc": "2.0", **body}).decode()


def _object(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
