"""Which states an agent can choose, or only be seen in, at each kind of PBX: what every tenant begins with."""

from msgspec import Struct


class AgentState(Struct, frozen=True, kw_only=True):
    """A state as the PBX spells it. `display_only`: it comes about by itself. `reasons`: their codes and names."""

    pbx_kind: str
    code: str
    name: str
    display_only: bool = False
    reasons: dict[str, str] = {}


_SELECTABLE: dict[str, tuple[str, ...]] = {
    "asterisk": ("Active",),
    "avaya": ("agentReady", "agentWorkingAfterCall"),
    "callway": ("Available", "Away"),
    "tapi": ("Active", "DND"),
    "infinity": ("Active", "Away", "DND", "break", "NotLogged"),
    "oktell": ("ready", "dnd", "break"),
    "ctios": ("Active", "NotReady"),
    "finesse": ("READY", "NOT_READY"),
    "webitel": ("ONHOOK", "DND"),
    "virtual": ("Active", "Away"),
}
_DISPLAY_ONLY: dict[str, tuple[str, ...]] = {
    "ctios": (
        *("BusyOther", "Login", "Reserved", "Hold", "NotLogged", "NotUsed", "Unknown"),
        *("WorkReady", "WorkNotReady", "Talking"),
    ),
    "finesse": (
        *("RESERVED", "RESERVED_OUTBOUND", "RESERVED_OUTBOUND_PREVIEW", "TALKING", "HOLD"),
        *("WORK", "WORK_READY", "BUSY"),
    ),
    "webitel": ("VOICEMAIL", "ISBUSY", "NONREG", "CALLFORWARD", "ONBREAK"),
}
_REASONS: dict[tuple[str, str], dict[str, str]] = {
    ("finesse", "NOT_READY"): {
        "2": "Technical break",
        "3": "Coffee",
        "4": "Supervisor",
        "6": "Bathroom",
        "7": "On break",
        "11": "Manual work",
    },
}
_NAMES = {
    "agentready": "Ready",
    "agentworkingaftercall": "Work after call",
    "dnd": "Do not disturb",
    "break": "Break",
    "notlogged": "Not logged in",
    "not_ready": "Not ready",
    "notready": "Not ready",
    "onhook": "Ready",
    "isbusy": "Busy",
    "nonreg": "Not registered",
    "callforward": "Call forwarding",
    "onbreak": "On break",
    "busyother": "Busy, another call",
    "notused": "Not used",
    "workready": "Work, then ready",
    "worknotready": "Work, then not ready",
    "work_ready": "Work, then ready",
    "reserved_outbound": "Reserved for a call out",
    "reserved_outbound_preview": "Reserved for a preview of a call out",
}


def _of(kind: str, code: str, display_only: bool) -> AgentState:
    return AgentState(
        pbx_kind=kind,
        code=code,
        name=_NAMES.get(code.lower(), code.capitalize()),
        display_only=display_only,
        reasons=_REASONS.get((kind, code), {}),
    )


CATALOGUE: tuple[AgentState, ...] = tuple(
    _of(kind, code, display_only)
    for codes, display_only in ((_SELECTABLE, False), (_DISPLAY_ONLY, True))
    for kind, found in codes.items()
    for code in found
)
