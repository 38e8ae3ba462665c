"""The names of Asterisk: channels, endpoints, numbers, and how one installation uses them."""

import re
from dataclasses import dataclass

HANDED_OVER = "Transfered"
"""Asterisk 11's place holder (spelled so) when whom a feature code consulted gets the call."""
# Channels of these technologies carry no telephone: they are plumbing inside Asterisk.
_PSEUDO = frozenset(
    {
        "Local",
        "Bridge",
        "AsyncGoto",
        "Message",
        "Surrogate",
        "Parked",
        HANDED_OVER,
        "Snoop",
        "CBAnn",
        "CBRec",
        "Announcer",
        "Recorder",
        "MulticastRTP",
    }
)
_DIGITS = 9
_DIALLED = re.compile(r"\+?[*#\d]{2,}")
_NOBODY = frozenset({"", "<unknown>", "<null>", "unknown"})


@dataclass(frozen=True, slots=True)
class Naming:
    """How to read this installation's names. `extension`: which endpoint names and numbers are users' telephones."""

    extension: re.Pattern[str] = re.compile(r"\d{2,6}")
    internal: re.Pattern[str] = re.compile(r"[*#\d]{1,6}")

    def is_internal(self, number: str) -> bool:
        """Whether a dialled number stays inside the company (extensions, feature codes, conferences)."""
        return bool(self.internal.fullmatch(number))

    def is_number(self, exten: str) -> bool:
        """Whether an `Exten` is something that people dial, and no name inside the dialplan (`s`, `h`, `ivr-3`)."""
        return bool(_DIALLED.fullmatch(exten))


def is_pseudo(technology: str) -> bool:
    """Whether channels of this technology carry no telephone."""
    return technology in _PSEUDO


def endpoint_of(rest: str) -> str:
    """The endpoint in the part of a channel name behind the technology: `101-0000002a` → `101`."""
    return rest.rpartition("-")[0] or rest


def whole(value: str) -> int | None:
    """The number of a header, from 0 to 999 999 999 (in seconds 31 years); None for anything else."""
    return int(value) if value.isdecimal() and len(value) <= _DIGITS else None


def known(value: str) -> str:
    """The value, or an empty string where Asterisk says that it does not know."""
    return "" if value in _NOBODY else value
