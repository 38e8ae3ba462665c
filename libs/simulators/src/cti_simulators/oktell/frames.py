"""Oktell's WebSocket frames: `["method", {…}]` as JSON text, multipart, password hashes. Pure, sans I/O."""

import base64
import hashlib
from typing import Final

import msgspec

Body = dict[str, object]
LEAST_PART: Final = 4
"""Bytes of a slice: the longest UTF-8 character must fit."""


class BadFrame(ValueError):
    """A text that is no frame."""


def encode(name: str, body: Body) -> str:
    """A frame's text."""
    return msgspec.json.encode([name, body]).decode()


def decode(text: str | bytes) -> tuple[str, Body]:
    """A frame's name and body. Raises `BadFrame`."""
    try:
        name, body = msgspec.json.decode(text, type=tuple[str, Body])
    except msgspec.DecodeError as error:
        raise BadFrame(str(error)) from error
    return name, body


def split(text: str, most: int, message_id: str) -> list[str]:
    """A frame in `multipart` frames of at most so many bytes each; never cut within a character."""
    data, parts = text.encode(), list[bytes]()
    while data:
        at = min(max(most, LEAST_PART), len(data))
        while at < len(data) and data[at] & 0xC0 == 0x80:
            at -= 1
        parts.append(data[:at])
        data = data[at:]
    return [
        encode(
            "multipart",
            {
                "message-id": message_id,
                "packetcount": len(parts),
                "packetnumber": number,
                "content-type": "text/json; charset=utf-8",
                "content-transfer-encoding": "base64",
                "content-length": len(part),
                "content": base64.b64encode(part).decode(),
            },
        )
        for number, part in enumerate(parts)
    ]


class Assembly:
    """Puts `multipart` frames together, in the order of their numbers, whatever the order in which they come."""

    def __init__(self) -> None:
        self._parts: dict[str, dict[int, bytes]] = {}

    def add(self, body: Body) -> str | None:
        """The whole text when this was its last missing part. Raises `BadFrame`."""
        message_id, count, number = (body.get(each) for each in ("message-id", "packetcount", "packetnumber"))
        if not isinstance(count, int) or not isinstance(number, int) or not 0 <= number < count:
            raise BadFrame("a part without its number")
        parts = self._parts.setdefault(str(message_id), {})
        parts[number] = base64.b64decode(str(body.get("content", "")))
        if len(parts) < count:
            return None
        del self._parts[str(message_id)]
        return b"".join(parts[each] for each in range(count)).decode()


def hashes(password: str) -> tuple[str, str]:
    """What a client sends as `Password` and `password`: MD5 of it in Windows-1251, and of it in lower case."""
    exact, lower = (each.encode("cp1251", "ignore") for each in (password, password.lower()))
    return hashlib.md5(exact).hexdigest(), hashlib.md5(lower).hexdigest()  # noqa: S324 - it is the protocol's
