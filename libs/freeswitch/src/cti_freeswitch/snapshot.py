"""What FreeSWITCH says is alive: rows of `show channels as json`, `uuid_dump … json`, mod_callcenter's tables."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import msgspec

from cti_freeswitch.event import Event, Value

_FREE: Final = "contact"
_dump = msgspec.json.Decoder(dict[str, str | list[str]])


class _Row(msgspec.Struct):
    uuid: str
    callstate: str = ""
    hostname: str = ""


class _Rows(msgspec.Struct):
    row_count: int = 0
    rows: list[_Row] = []


_rows = msgspec.json.Decoder(_Rows)


@dataclass(frozen=True)
class Snapshot:
    """`alive`: the call state of each living channel; `dumps`: all headers of those that were asked for.

    `absent`: asked for, and not there any more. `agents`: None where mod_callcenter did not list them and their tiers.
    """

    alive: Mapping[str, str]
    dumps: Mapping[str, Event] = field(default_factory=dict)
    absent: frozenset[str] = frozenset()
    agents: Sequence[Mapping[str, str]] | None = None
    tiers: Sequence[Mapping[str, str]] = ()


def channels(text: str) -> dict[str, str] | None:
    """The call state of each living channel, in order of beginning; None for an answer that is no list."""
    try:
        return {row.uuid: row.callstate for row in _rows.decode(text.encode()).rows}
    except (msgspec.DecodeError, msgspec.ValidationError):
        return None


def dump(text: str) -> Event | None:
    """The headers of a channel; None when it is not there any more."""
    try:
        headers: dict[str, Value] = _dump.decode(text.encode())
    except (msgspec.DecodeError, msgspec.ValidationError):
        return None
    return Event(headers) if headers.get("Unique-ID") else None


def table(text: str) -> list[dict[str, str]] | None:
    """A table of mod_callcenter: a line of names, lines of values, `+OK`; None where it did not answer with one.

    Nothing in it is escaped: an agent's contact may have the separator in it, which dials one after another.
    """
    lines = [line for line in text.splitlines() if line]
    if not lines or lines[-1] != "+OK":
        return None
    names = lines[0].split("|")
    return [dict(zip(names, _values(names, line), strict=False)) for line in lines[1:-1]]


def _values(names: list[str], line: str) -> list[str]:
    values = line.split("|")
    more = len(values) - len(names)
    if more > 0 and _FREE in names:
        at = names.index(_FREE)
        values[at : at + more + 1] = ["|".join(values[at : at + more + 1])]
    return values
