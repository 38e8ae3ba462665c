"""What is known of one Webitel over all operators' links: legs and the calls that they are parts of. Pure.

A leg is a channel of Webitel's FreeSWITCH. Over the WebSocket a user sees only his own legs; the other side is known
by its id (`parent_id` of a called leg, `bridged_id` of a `bridge`) and by what is said of it.
"""

import re
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar

from cti_model.calls import Call, Command, Connection, Party
from cti_model.ids import call_id

from connector_webitel.new.seats import Seats
from connector_webitel.new.wire import Fields

_MOST_OVER = 50_000  # legs and calls that are over: those of a few hours of a large site

_T = TypeVar("_T")

Waiting = tuple[str, datetime, Fields]
"""An event of a leg: its name, Webitel's instant, and its data."""


@dataclass
class CallBox:
    """A call, replaced with each fact."""

    call: Call


@dataclass
class Leg:
    """One leg. `device`: the operator's whose it is; empty: nobody's here, so only what others say of it is known.

    `at`: Webitel's instant of the newest event that was applied. `prompted`: a click-to-call, whose telephone lifts
    before the far end does. `passed_on`: its user gave the call to somebody else. `passed_by`: the number of who gave
    it to this one. `lifted`: somebody is there. `claimed`: whose it is was taken from its number, since that operator's
    link is away. What commands of ours make of its end: `asked`, its user ended it;
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
    claimed: bool = False
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

    `early`: events of legs whose `ringing` has not come. `over`: ids of legs that are over for us, and of those that
    calls which are over began with; true where nobody was heard to end them, so that they may live on. `ended`: our ids
    of calls that are over.
    `left`: calls without any operator's leg, and when they are to be concluded (our clock). `inside`: which numbers
    are the company's telephones, where Webitel does not say it. `recordings`: by the leg's id. `awaited`: legs that
    have ended unheard, about whose end REST is being asked. `seats`: who is signed in.
    """

    tenant: str
    pbx: str
    features: tuple[Command, ...] = ()
    legs: dict[str, Leg] = field(default_factory=dict)
    boxes: dict[str, CallBox] = field(default_factory=dict)
    early: dict[str, list[Waiting]] = field(default_factory=dict)
    over: dict[str, bool] = field(default_factory=dict)
    ended: dict[str, None] = field(default_factory=dict)
    left: dict[str, tuple[CallBox, datetime, datetime]] = field(default_factory=dict)
    inside: re.Pattern[str] = re.compile(r"\d{2,6}")
    recordings: dict[str, Recorded] = field(default_factory=dict)
    awaited: set[str] = field(default_factory=set)
    seats: Seats = field(default_factory=Seats)

    def forget(self, uid: str, *, unheard: bool = False) -> None:
        """That leg, or the call that began with it, is over. `unheard`: for us only, perhaps."""
        self.legs.pop(uid, None)
        _keep(self.over, uid, unheard)

    def ask(self, device: str, uids: Collection[str]) -> None:
        """REST is being asked what an operator's link missed, and how these legs of theirs ended."""
        self.awaited |= set(uids)
        self.seats.asked_about[device] += 1

    def answered(self, device: str) -> None:
        """Such a question is over. With the last one of an operator, none of their legs is awaited any more."""
        self.seats.asked_about[device] -= 1
        if not self.seats.asked_about[device]:
            del self.seats.asked_about[device]
            self.awaited -= {uid for uid in self.awaited if uid not in self.legs or self.legs[uid].device == device}

    def end(self, call: Call) -> None:
        """That call is over: none has its id again."""
        _keep(self.ended, call.call_id, None)

    def own(self, box: CallBox) -> list[Leg]:
        """The operators' living legs in a call."""
        return [each for each in self.legs.values() if each.box is box and each.device]

    def ends_at(self, box: CallBox, due: datetime) -> datetime:
        """When a call may end that is due then: not before its recordings are known, or given up."""
        return max([due, *(each.until for each in self.recordings.values() if each.box is box)])


def call_of(state: State, root: str, life: int) -> str:
    """Our id of the call that began with a leg; `life`: how many that did are over, though the leg lived on."""
    return call_id(state.tenant, state.pbx, str(life or ""), root)


def _keep(known: dict[str, _T], key: str, value: _T) -> None:
    """Remember the newest ones."""
    known[key] = value
    while len(known) > _MOST_OVER:
        del known[next(iter(known))]
