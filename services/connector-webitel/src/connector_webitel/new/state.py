"""What is known of one Webitel over all operators' links: legs and the calls that they are parts of. Pure.

A leg is a channel of Webitel's FreeSWITCH. Over the WebSocket a user sees only his own legs; the other side is known
by its id (`parent_id` of a called leg, `bridged_id` of a `bridge`) and by what is said of it.
"""

import re
from dataclasses import dataclass, field
from datetime import datetime

from cti_model.calls import Call, Command, Connection, Party

from connector_webitel.new.wire import Fields

_MOST_OVER = 10_000  # legs and calls that are over; late events of them come within seconds


@dataclass
class CallBox:
    """A call, replaced with each fact."""

    call: Call


@dataclass
class Leg:
    """One leg. `device`: the operator's whose it is; empty: nobody's here, so only what others say of it is known.

    `at`: Webitel's instant of the newest event that was applied. `prompted`: a click-to-call, whose telephone lifts
    before the far end does. `passed_on`: its user gave the call to somebody else. `passed_by`: the number of who gave
    it to this one. `lifted`: somebody is there. What commands of ours make of its end: `asked`, its user ended it;
    `sent_to`, its user passed the call on to that number.
    """

    uid: str
    device: str = ""
    app_id: str = ""
    outward: bool = False
    prompted: bool = False
    party: Party = field(default_factory=Party)
    remote: Party = field(default_factory=Party)
    remote_kind: str = ""
    parent: str = ""
    peer: str = ""
    queue: str = ""
    passed_by: str = ""
    attempt: str = ""
    held: bool = False
    asked: bool = False
    sent_to: str = ""
    at: datetime | None = None
    passed_on: bool = False
    lifted: bool = False
    seen: set[str] = field(default_factory=set)
    box: CallBox | None = None
    connection_id: str = ""

    @property
    def connection(self) -> Connection | None:
        """Its part in its call."""
        return self.box.call.connection(self.connection_id) if self.box is not None else None


@dataclass
class Recorded:
    """A recording of a leg that has ended, whose file is not known yet. The call waits for it until `until`.

    `ask_at`: when that operator's link is to ask for it (again). Both by our clock.
    """

    box: CallBox
    connection_id: str
    device: str
    until: datetime
    ask_at: datetime


@dataclass
class State:
    """All legs by id, and calls by the id of the leg that they began with.

    `early`: events of legs whose `ringing` has not come. `over`: ids of ended legs and of calls that began with them.
    `left`: calls without any operator's leg, and when they are to be concluded (our clock). `inside`: which numbers
    are the company's telephones, where Webitel does not say it. `recordings`: by the leg's id. `awaited`: legs that
    have ended unheard, about whose end REST is being asked. `claimed`: legs of telephones as the bus knows them, of
    which no operator's link told yet, until `claims_end` (our clock): they may be those of nobody who is signed in.
    """

    tenant: str
    pbx: str
    features: tuple[Command, ...] = ()
    legs: dict[str, Leg] = field(default_factory=dict)
    boxes: dict[str, CallBox] = field(default_factory=dict)
    early: dict[str, list[tuple[str, datetime, Fields]]] = field(default_factory=dict)
    over: dict[str, None] = field(default_factory=dict)
    left: dict[str, tuple[CallBox, datetime, datetime]] = field(default_factory=dict)
    inside: re.Pattern[str] = re.compile(r"\d{2,6}")
    recordings: dict[str, Recorded] = field(default_factory=dict)
    awaited: set[str] = field(default_factory=set)
    claimed: dict[str, Leg] = field(default_factory=dict)
    claims_end: datetime | None = None

    def forget(self, uid: str) -> None:
        """That leg, or the call that began with it, is over."""
        self.legs.pop(uid, None)
        self.over[uid] = None
        while len(self.over) > _MOST_OVER:
            del self.over[next(iter(self.over))]

    def own(self, box: CallBox) -> list[Leg]:
        """The operators' living legs in a call."""
        return [each for each in self.legs.values() if each.box is box and each.device]

    def ends_at(self, box: CallBox, due: datetime) -> datetime:
        """When a call may end that is due then: not before its recordings are known, or given up."""
        return max([due, *(each.until for each in self.recordings.values() if each.box is box)])
