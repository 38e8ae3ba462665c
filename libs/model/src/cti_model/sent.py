"""What can still be read of a message that is none, so that its answer can name it."""

from typing import Final

import msgspec

MOST_CHARACTERS: Final = 256


def as_sent(body: bytes | str, field: str) -> str:
    """A text or whole number of a JSON object under this name, as text, whatever else is wrong with the message.

    Its first 256 characters; empty where there is no such field, or no JSON.
    """
    try:
        found = msgspec.json.decode(body, type=dict[str, msgspec.Raw]).get(field)
        value = "" if found is None else str(msgspec.json.decode(found, type=str | int))
    except (ValueError, RecursionError):  # msgspec's errors are ValueErrors, those of UTF-8 too
        return ""
    return value[:MOST_CHARACTERS].encode("utf-8", "replace").decode()
