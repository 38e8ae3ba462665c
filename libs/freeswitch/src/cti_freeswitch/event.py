"""One FreeSWITCH event, whichever way it came: event socket (plain or JSON), or a peer that passes it on."""

from collections.abc import Mapping
from datetime import UTC, datetime

Value = str | list[str]


class Event:
    """Headers of an event by name. A variable with several values is a list in JSON, `ARRAY::a|:b` in plain."""

    __slots__ = ("_headers", "name")

    def __init__(self, headers: Mapping[str, Value]) -> None:
        self._headers = headers
        name = headers.get("Event-Name", "")
        self.name = name if isinstance(name, str) else ""

    @property
    def subclass(self) -> str:
        """What kind of `CUSTOM` event it is, such as `callcenter::info`; empty for others."""
        return self.get("Event-Subclass")

    @property
    def at(self) -> datetime | None:
        """FreeSWITCH's own clock, to 20 ms (recorded: 1.10.12)."""
        return instant(self.get("Event-Date-Timestamp"))

    def get(self, header: str, default: str = "") -> str:
        """The value of a header; of several values the last."""
        value = self._headers.get(header)
        if value is None:
            return default
        if isinstance(value, str):
            return value.rpartition("|:")[2] if value.startswith("ARRAY::") and "|:" in value else value
        return value[-1] if value else default

    def changed(self, headers: Mapping[str, str]) -> dict[str, Value]:
        """All headers, with these in place of theirs."""
        return {**self._headers, **headers}

    def variable(self, name: str) -> str:
        """A channel variable."""
        return self.get(f"variable_{name}")


NOTHING = Event({})
"""No event: time has passed."""


def instant(microseconds: str) -> datetime | None:
    """An instant that FreeSWITCH writes as microseconds since 1970; None for none."""
    try:
        return datetime.fromtimestamp(int(microseconds) / 1_000_000, UTC) if microseconds.strip("0") else None
    except (ValueError, OverflowError, OSError):
        return None
