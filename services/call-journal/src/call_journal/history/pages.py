"""Cursors as clients carry them. They hold no secret and prove nothing: what may be seen is asked anew on each page."""

import base64
import binascii
from datetime import UTC

import msgspec

from call_journal.history.errors import BadQuestion
from call_journal.store.queries import Cursor

_encode = msgspec.json.Encoder().encode
_cursor = msgspec.json.Decoder(Cursor)


def encoded(cursor: Cursor) -> str:
    """A cursor as text."""
    return base64.urlsafe_b64encode(_encode(cursor)).decode().rstrip("=")


def decoded(cursor: str | None) -> Cursor | None:
    """The cursor that a client brought back; raises `BadQuestion` for others."""
    if cursor is None:
        return None
    try:
        found = _cursor.decode(base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True))
        at = found.started_at.astimezone(UTC) if found.started_at.tzinfo is not None else None
    except (msgspec.DecodeError, binascii.Error, ValueError, OverflowError) as error:
        raise BadQuestion("cursor is not one that we gave out") from error
    if at is None or "\0" in found.connection_id:
        raise BadQuestion("cursor is not one that we gave out")
    return Cursor(at, found.connection_id)
