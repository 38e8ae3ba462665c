"""Actions as bytes."""

from collections.abc import Sequence
from typing import Final

from connector_asterisk.wire.errors import UnsafeValue

MAX_LINE_BYTES: Final = 1024
"""A header with its line end. Asterisk throws away the beginning of a longer line and reads the rest of it as a line
of its own, so that a long value could become another header."""


def encode(action: str, action_id: str, headers: Sequence[tuple[str, str]] = ()) -> bytes:
    """An action as bytes; raises `UnsafeValue` before anything of it could reach the wire."""
    lines = (("Action", action), ("ActionID", action_id), *headers)
    return b"".join(_line(name, value) for name, value in lines) + b"\r\n"


def _line(name: str, value: str) -> bytes:
    if not name or ":" in name or any(bad in name for bad in "\r\n\0"):
        raise UnsafeValue(f"not the name of a header: {name!r}")
    if any(bad in value for bad in "\r\n\0"):
        raise UnsafeValue(f"{name}: CR, LF or NUL in its value")
    try:
        line = f"{name}: {value}\r\n".encode()
    except UnicodeEncodeError:
        raise UnsafeValue(f"{name}: not a text") from None
    if len(line) > MAX_LINE_BYTES:
        raise UnsafeValue(f"{name}: longer than {MAX_LINE_BYTES} bytes with its line end")
    return line
