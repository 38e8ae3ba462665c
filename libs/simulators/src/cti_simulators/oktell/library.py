"""What oktell.js 1.8.4 makes of line info: its states and events, as measured on the real library. Pure.

It is the yardstick of the simulator: whatever the server says, this is what a browser with that library shows.
"""

from collections.abc import Mapping

from cti_simulators.oktell.state import ZERO

Info = Mapping[str, object]
_STARTS = {"ready": "ready", "ring": "ring", "backring": "backRing", "call": "call", "backcall": "call", "talk": "talk"}


class Library:
    """Fed with replies of `getextendedlineinfo`; `auto`, `comm_stopped`: set by the events before."""

    def __init__(self) -> None:
        self.state = "ready"
        self.hold = ""
        self.abonents: list[str] = []
        self._former: list[str] = []
        self.auto = self.comm_stopped = False

    def line_info(self, info: Info) -> list[str]:
        """The library's events, in order, as `talkStart[102]`."""
        abonent = info.get("abonent")
        if not isinstance(abonent, dict):
            return []
        return [*self._holds(info), *self._parties(info, abonent), *self._becomes(self._next(info, abonent))]

    def _holds(self, info: Info) -> list[str]:
        flashed = info.get("flashed")
        held = str(flashed.get("number", "")) if info.get("isflashing") and isinstance(flashed, dict) else ""
        left, self.hold = self.hold, held
        if left == held:
            return []
        events = [f"holdAbonentLeave[{left}]"] if left else []
        return [*events, *([f"holdAbonentEnter[{held}]"] if held else []), f"holdStateChange({bool(held)})"]

    def _parties(self, info: Info, abonent: Info) -> list[str]:
        chain = info.get("chainid") if info.get("chainid") != ZERO else ""
        keys = [abonent.get(each) for each in ("number", "userid", "callerid")]
        key = next((str(each) for each in (*keys, chain) if each), "")
        self._former = self.abonents
        if self.abonents == ([key] if key else []) or (not key and (abonent.get("isivr") or self.auto)):
            return []
        self.abonents = [key] if key else []
        return [f"abonentsChange[{key}]"]

    def _next(self, info: Info, abonent: Info) -> str:
        """The table of states; the first that fits."""
        through = any(abonent.get(each) for each in ("iscommutated", "iswaitinginflash", "isconference"))
        line = info.get("linestatestr")
        if self.auto and not abonent.get("isautocall") and self.state == "ready":
            return "backring"
        if abonent.get("isautocall"):
            self.auto = False
            return "backcall"
        if abonent.get("isringing"):
            back = abonent.get("direction") == "acm_callback" or self.state == "backring"
            return "backring" if back else "ring"
        in_menu = line == "lsCommutated" and abonent.get("isivr") and not abonent.get("iswaitingforanswer")
        if (not self.auto and through) or in_menu:
            return "talk"
        if abonent.get("extline") or abonent.get("number"):
            self.auto = False
            return "call"
        if line == "lsDisconnected":
            return "disconnected"
        if line != "lsReserved":
            self.auto = False
            return "ready"
        return self.state

    def _becomes(self, state: str) -> list[str]:
        old, again = self.state, state == "talk" and self.comm_stopped
        if state == old and not again:
            return []
        self.state = state
        self.comm_stopped = False
        events = []
        if state in ("ready", "disconnected") and self.abonents:
            self._former, self.abonents = self.abonents, []
            events.append("abonentsChange[]")
        events.append(f"stateChange({state},{old})")
        former = ",".join(self._former)
        if old in _STARTS:
            events.append(f"{_STARTS[old]}Stop[{'' if old == 'ready' else former}]")
        if state in _STARTS:
            events.append(f"{_STARTS[state]}Start[{'' if state == 'ready' else ','.join(self.abonents) or former}]")
        return events
