"""Which Oktell has which method: the build's date as `yymmdd`, from the version tests of oktell.js 1.8.4."""

from typing import Final

from connector_oktell.wire.errors import TooOld

NEEDED: Final = {"getversion": 120112, "getextendedlineinfo": 120112, "getmyuserinfo": 120327}
"""Without these nothing works."""
OPTIONAL: Final = {
    "pbxmakeflash": 120725,
    "pbxmaketransfer": 120725,
    "getredirectrules": 120725,
    "saveredirectrules": 120725,
    "deleteredirectrules": 120725,
    "triggercustomevent": 120725,
    "getallusernumbers": 120920,
    "cc_getlunchtypes": 130101,
    "pbxanswercall": 131218,
}
CONFERENCE_BY_NUMBER: Final = 140929
"""From here on a new conference takes `number` for all; before, `intnumber` for the company's own."""


def can(dated: int, method: str) -> bool:
    """Whether a build of that date has a method."""
    return dated >= max(NEEDED.get(method, 0), OPTIONAL.get(method, 0))


def checked(dated: int | None) -> int:
    """The date, if this Oktell can be spoken with at all; raises `TooOld`."""
    if dated is None:
        raise TooOld("Oktell does not tell its version")
    missing = [method for method in NEEDED if not can(dated, method)]
    if missing:
        raise TooOld(f"Oktell of {dated} is too old: it lacks {', '.join(missing)}")
    return dated
