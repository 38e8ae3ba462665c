"""`att_xfer` in a simulated FreeSWITCH: an attended transfer within one call, by keys. Pure but for the `Switch`.

From source (mod_dptools, `switch_ivr_originate`, 1.10), not recorded. A telephone that talks types the plan's
`consult_code` and a number: it is put through to the third, while whom it talked with hears music, which no event
tells. In that talk `#` ends the third and `*` the telephone itself, as hanging up does; who is left is bridged with
whom waited (`uuid_bridge`). `0` brings all three together: the first two are bridged, and the third is in their talk
by `three_way`, without a bridge, until one of them hangs up and it is bridged with the other. A telephone that hangs up
while the third rings leaves whom it talked with to hear that.
"""

from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from cti_simulators.freeswitch.legs import Leg

if TYPE_CHECKING:
    from cti_simulators.freeswitch.exchange import Switch

_DIGITS = 3
"""So many make a number."""
_REJOINS_S = 0.02
"""So long after an end those who are left are bridged: a loop of 20 ms sees it."""
_CANCEL, _HANG_UP, _ALL = "#", "*", "0"


class Keys:
    """What telephones type while they talk."""

    def __init__(self, switch: "Switch") -> None:
        self._switch = switch
        self._typed: WeakKeyDictionary[Leg, str] = WeakKeyDictionary()

    def press(self, leg: Leg, digit: str) -> None:
        """A telephone sends a digit."""
        code = self._switch.plan.consult_code
        if isinstance(leg.place, Consultation):
            leg.place.press(leg, digit)
        elif code and leg.talks:
            typed = self._typed.get(leg, "") + digit
            _, found, number = typed.rpartition(code)
            if found and len(number) == _DIGITS:
                del self._typed[leg]
                Consultation(self._switch, leg, number)
            else:
                self._typed[leg] = typed


class Consultation:
    """One `att_xfer`: the place of the telephone that asks, of whom it talked with, and of the third."""

    def __init__(self, switch: "Switch", mine: Leg, number: str) -> None:
        self._switch, self._mine, self._kept = switch, mine, mine.peer
        shown = switch.manners.names.get(mine.user, f"User {mine.user}")
        self._third = Leg(switch.new_id(), number, mine.user, shown, number, True, switch.us, switch.domain, mine)
        self._third.lifted, self._third.refused = self._lifted, self._refused
        self._all_talk = False
        self._before = {each: each.place for each in self._legs}  # a queue waits for the end of a talk all the same
        for leg in self._legs:
            leg.place = self
        switch.begin(self._third)
        switch.ring(self._third)

    @property
    def _legs(self) -> tuple[Leg, ...]:
        return tuple(each for each in (self._mine, self._kept, self._third) if each is not None)

    def press(self, leg: Leg, digit: str) -> None:
        """The telephone that asks sends a digit."""
        if leg is self._mine and self._third.answered:
            if digit == _CANCEL:
                self.hang_up(self._third, "NORMAL_CLEARING", "send_bye")
            elif digit == _HANG_UP:
                self.hang_up(leg, "NORMAL_CLEARING", "send_bye")
            elif digit == _ALL and not self._all_talk and self._kept is not None:
                self._three_way(self._kept)

    def _three_way(self, kept: Leg) -> None:
        """The first talk goes on, and the third hears and speaks in it, bridged with nobody."""
        self._all_talk = True
        self._switch.unbridge(self._mine)
        for each in (self._mine, self._third):
            each.peer, each.bridged = None, 0
        self._third.variables["current_application"] = "three_way"
        self._switch.later(_REJOINS_S, lambda: self._rejoin(self._mine, kept))

    def _leaves(self, leg: Leg, cause: str, disposition: str) -> None:
        """One of three who talk hangs up: the third is bridged with who is left."""
        switch, third = self._switch, self._third
        self._over()
        switch.unbridge(leg)
        switch.end(leg, cause, disposition)
        if leg is not third:
            (other,) = (each for each in self._legs if each not in (leg, third))
            other.peer, other.bridged = None, 0
            switch.later(_REJOINS_S, lambda: self._rejoin(third, other))

    def _lifted(self) -> None:
        if self._kept is not None:
            self._kept.peer = None
        self._switch.bridge(self._mine, self._third)

    def _refused(self, _cause: str) -> None:
        """The third did not take the call: the first talk, which was bridged all along, goes on."""
        self._over()

    def hang_up(self, leg: Leg, cause: str, disposition: str) -> None:
        """One of them ends; who is left is bridged, where both are there."""
        if self._all_talk:
            self._leaves(leg, cause, disposition)
            return
        switch = self._switch
        left = [each for each in self._legs if each is not leg]
        if leg is self._kept:
            self._kept = None
            switch.end(leg, cause, disposition)
            return
        rings = not self._third.answered
        self._over()
        switch.unbridge(leg)
        switch.end(leg, cause, disposition)
        if leg is self._third and rings:
            return
        for each in left:
            each.peer, each.bridged = None, 0
        if len(left) == 2:
            first, second = left if leg is self._third else left[::-1]
            switch.later(_REJOINS_S, lambda: self._rejoin(first, second))
        else:
            switch.end(left[0], "NORMAL_CLEARING", "send_bye")

    def _rejoin(self, first: Leg, second: Leg) -> None:
        alive = [each for each in (first, second) if each.alive]
        if len(alive) == 2 and not any(each.peer for each in alive):
            if first.answered:
                self._switch.bridge(first, second)
            else:
                first.lifted = first.refused = None
                self._switch.bridge(second, first)
        elif len(alive) == 1 and alive[0].peer is None:
            self._switch.end(alive[0], "NORMAL_CLEARING", "send_bye")

    def left(self, leg: Leg) -> None:
        """One of them goes on elsewhere, by somebody else's doing."""
        self._over()
        if leg is not self._third and self._third.alive and not self._third.answered:
            self._switch.end(self._third, "ORIGINATOR_CANCEL", "send_cancel")
        before = self._before.get(leg)
        if before is not None:
            before.left(leg)

    def _over(self) -> None:
        self._third.lifted = self._third.refused = None
        for each in self._legs:
            if each.place is self:
                each.place = self._before.get(each)
