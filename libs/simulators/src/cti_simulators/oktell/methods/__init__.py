"""What a client may ask of a simulated Oktell: a table from method to what does it, and since which version."""

from cti_simulators.oktell.methods.conferences import CONFERENCES
from cti_simulators.oktell.methods.lines import LINES
from cti_simulators.oktell.methods.lists import LISTS
from cti_simulators.oktell.methods.own import OWN
from cti_simulators.oktell.methods.request import Method

METHODS: dict[str, Method] = {**LINES, **LISTS, **OWN, **CONFERENCES}
SINCE = {
    "getversion": 120112,
    "getextendedlineinfo": 120112,
    "getflashedabonentinfo": 120112,
    "getmyuserinfo": 120327,
    **dict.fromkeys(("pbxmakeflash", "pbxmaketransfer", "triggercustomevent"), 120725),
    **dict.fromkeys(("getredirectrules", "saveredirectrules", "deleteredirectrules"), 120725),
    "getallusernumbers": 120920,
    "cc_getlunchtypes": 130101,
    "pbxanswercall": 131218,
}
"""Which `version.dated` first has a method (the client's own gates)."""


def find(name: str, dated: int) -> Method | None:
    """What does a method in a version; None: that server does not know it."""
    return METHODS.get(name) if dated >= SINCE.get(name, 0) else None
