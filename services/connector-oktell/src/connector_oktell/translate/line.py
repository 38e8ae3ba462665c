"""An operator's line as oktell.js 1.8.4 has it: events only hint, each answer about the line decides.

The order of what happens is the library's (measured by running it): hold first, then the other side, then the state,
with the stop of the old state before the start of the new. A web phone's own states are not here: they are SIP's.
"""

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from connector_oktell.translate.lineinfo import Abonent, LineInfo


class Phone(StrEnum):
    """States of a line. `backcall`: the other side is called first; `backring`: ours rings for a call out."""

    DISCONNECTED = "disconnected"
    READY = "ready"
    BACKCALL = "backcall"
    CALL = "call"
    RING = "ring"
    BACKRING = "backring"
    TALK = "talk"

    @property
    def idle(self) -> bool:
        """Whether there is nobody at the other side."""
        return self in (Phone.READY, Phone.DISCONNECTED)

    @property
    def shown(self) -> str:
        """How the library names it outside: a `backcall` is a call."""
        return "call" if self is Phone.BACKCALL else self.value


@dataclass(frozen=True)
class View:
    """How it stands with a line."""

    phone: Phone = Phone.READY
    abonent: Abonent | None = None
    held: Abonent | None = None


@dataclass(frozen=True)
class Happened:
    """One of the library's events: its name, whom it is about, and for `stateChange` the new and the old state."""

    name: str
    who: tuple[Abonent, ...] = ()
    new: str = ""
    old: str = ""

    def __str__(self) -> str:
        keys = [each.key for each in self.who]
        return f"{self.name}({self.new},{self.old})" if self.new else f"{self.name}[{','.join(keys)}]"


@dataclass(frozen=True)
class Step:
    """What one answer changed."""

    old: View
    new: View
    happened: tuple[Happened, ...] = ()


_START: Final = {
    Phone.READY: "ready",
    Phone.RING: "ring",
    Phone.BACKRING: "backRing",
    Phone.CALL: "call",
    Phone.BACKCALL: "call",
    Phone.TALK: "talk",
}


class Line:
    """The state machine. `view`: what the last answer made of it."""

    def __init__(self, view: View | None = None) -> None:
        self.view = view or View()
        self._auto_call = False
        self._comm_stopped = False

    def hint(self, event: str) -> None:
        """An event came that changes how the next answer is read."""
        if event == "phoneevent_acmcallstarted":
            self._auto_call = True
        elif event == "phoneevent_commstopped":
            self._comm_stopped = True

    def take(self, info: LineInfo) -> Step:
        """What an answer changes."""
        old = self.view
        happened = [*self._hold(info)]
        current = self._abonent(info)
        if _key(current) != _key(old.abonent):
            happened.append(Happened("abonentsChange", _who(current)))
        phone = self._phone(info, old.phone)
        again = phone is Phone.TALK and old.phone is Phone.TALK and self._comm_stopped
        if phone is not old.phone or again:
            if phone.idle and current is not None:
                current = None
                happened.append(Happened("abonentsChange"))
            happened += _changes(phone, old, current)
        if phone is Phone.TALK or phone.idle:
            self._comm_stopped = False
        if phone in (Phone.BACKCALL, Phone.CALL) or phone.idle:
            self._auto_call = False
        held = None if phone is Phone.DISCONNECTED else info.flashed
        self.view = View(phone, current, held)
        return Step(old, self.view, tuple(happened))

    def _hold(self, info: LineInfo) -> list[Happened]:
        was, now = self.view.held, info.flashed
        if _key(was) == _key(now):
            return []
        left = [Happened("holdAbonentLeave", (was,))] if was is not None else []
        if now is None:
            return [*left, Happened("holdStateChange", new="false", old="true")]
        return [*left, Happened("holdAbonentEnter", (now,)), Happened("holdStateChange", (now,))]

    def _abonent(self, info: LineInfo) -> Abonent | None:
        """The other side; who was there stays while an IVR or an automatic call names nobody."""
        was, now = self.view.abonent, info.abonent
        if now is None:
            return was if info.ivr or self._auto_call else None
        if was is not None and was.key == now.key and not now.number:
            return replace(now, number=was.number, name=now.name or was.name)
        return now

    def _phone(self, info: LineInfo, old: Phone) -> Phone:
        """The first rule that holds decides; the numbers are the library's own order."""
        if self._auto_call and not info.autocall and old is Phone.READY:
            return Phone.BACKRING
        if info.autocall:
            return Phone.BACKCALL
        if info.ringing:
            return Phone.BACKRING if info.callback or old is Phone.BACKRING else Phone.RING
        talks_to_ivr = info.line_state == "lsCommutated" and info.ivr and not info.waiting_for_answer
        if (not self._auto_call and info.hears_us) or talks_to_ivr:
            return Phone.TALK
        if info.dialled:
            return Phone.CALL
        if info.line_state == "lsDisconnected":
            return Phone.DISCONNECTED
        return old if info.line_state == "lsReserved" else Phone.READY


def _changes(phone: Phone, old: View, current: Abonent | None) -> list[Happened]:
    found = [Happened("stateChange", new=phone.shown, old=old.phone.shown)]
    if old.phone in _START:
        found.append(Happened(f"{_START[old.phone]}Stop", _who(old.abonent)))
    if phone in _START:
        found.append(Happened(f"{_START[phone]}Start", _who(current or (None if phone.idle else old.abonent))))
    return found


def _key(abonent: Abonent | None) -> str:
    return abonent.key if abonent is not None else ""


def _who(abonent: Abonent | None) -> tuple[Abonent, ...]:
    return (abonent,) if abonent is not None else ()
