"""Calls in a simulated FreeSWITCH, in a time of its own: what the switch does, told as event socket events. Pure."""

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from cti_simulators.freeswitch import dialplan
from cti_simulators.freeswitch.callcenter import CallCenter
from cti_simulators.freeswitch.clock import Clock, Headers
from cti_simulators.freeswitch.legs import Leg, Place
from cti_simulators.freeswitch.places import Fifos, Lot, Rooms
from cti_simulators.freeswitch.plan import Plan, standard

RING_S = 10.0
"""So long a telephone rings before FreeSWITCH gives up."""
__all__ = ["RING_S", "Headers", "Manners", "Switch"]


@dataclass(frozen=True)
class Manners:
    """What people do by themselves; 0: a scenario says when. `names`: of users, by extension."""

    lifts_after_s: float = 0.0
    """Whose own telephone rings for a call that was asked for lifts it."""
    outside_answers_after_s: float = 0.0
    names: Mapping[str, str] = field(default_factory=dict)


class Switch(Clock):
    """The legs, and what can happen to them. `tell` gets each event as headers, in order.

    The dialplan: see `cti_simulators.freeswitch.dialplan`.
    """

    def __init__(
        self,
        now: float,
        rng: random.Random,
        tell: Callable[[Headers], None],
        domain: str = "demo.local",
        plan: Plan | None = None,
        manners: Manners | None = None,
    ) -> None:
        super().__init__(now, rng, tell, domain)
        self.plan = plan or standard()
        self.legs: dict[str, Leg] = {}
        self.busy: set[str] = set()
        self.manners = manners or Manners()
        self.callcenter = CallCenter(self)
        self.rooms, self.lot, self.fifos = Rooms(self), Lot(self), Fifos(self)

    def dial(self, user: str, number: str, name: str, to: str) -> Leg:
        """A telephone (`user`), or the outside world, calls."""
        leg = Leg(self.new_id(), user, number, name, to, False, self.us, self.domain)
        self.begin(leg)
        self.route(leg, to)
        return leg

    def route(self, leg: Leg, to: str) -> None:
        """What the dialplan does with a number."""
        dialplan.route(self, leg, to)

    def originate(
        self,
        user: str,
        to: str,
        shown: str,
        variables: dict[str, str],
        *,
        lifted: Callable[[Leg], None] | None = None,
        refused: Callable[[str], None] | None = None,
        ring_s: float = RING_S,
    ) -> Leg:
        """Ring a user's telephone; lifted, it calls `to` (nobody: empty), or does what `lifted` says.

        `refused` gets the cause when it ends without having been lifted.
        """
        uid = variables.get("origination_uuid") or self.new_id()
        leg = Leg(uid, user, shown, shown, f"{user}-contact", True, self.us, self.domain)
        leg.variables, leg.refused, leg.goal = variables, refused, to
        if lifted is not None:
            leg.lifted = lambda: lifted(leg)
        elif to:
            leg.lifted = lambda: self.send_to(leg, to)
        self.begin(leg)
        self.ring(leg, ring_s)
        self._lift_by_itself(leg, self.manners.lifts_after_s)
        return leg

    def begin(self, leg: Leg) -> None:
        """A leg appears."""
        self.legs[leg.uid] = leg
        self.say("CHANNEL_CREATE", leg)

    def ring(self, leg: Leg, seconds: float = RING_S) -> None:
        """A telephone rings, if it is not busy."""
        if (leg.user or leg.destination) in self.busy:
            self.hang_up(leg, "USER_BUSY", "recv_refuse")
            return
        leg.state, leg.progress = "ringing", self.us
        self.say("CHANNEL_PROGRESS", leg)
        self.later(seconds, lambda: self._give_up(leg))
        if not leg.user:
            self._lift_by_itself(leg, self.manners.outside_answers_after_s)

    def _lift_by_itself(self, leg: Leg, after_s: float) -> None:
        if after_s:
            self.later(after_s, lambda: self.answer(leg) if leg.state == "ringing" else None)

    def _give_up(self, leg: Leg) -> None:
        if leg.state == "ringing":
            self.hang_up(leg, "NO_ANSWER", "send_cancel")

    def answer(self, leg: Leg) -> None:
        """A ringing telephone is lifted."""
        self.up(leg)
        if leg.lifted is not None:
            leg.lifted()
        elif leg.originator is not None:
            if not leg.originator.answered:
                self.up(leg.originator)
            self.bridge(leg.originator, leg)

    def up(self, leg: Leg) -> None:
        """A leg is answered, if it is not yet."""
        if not leg.answered:
            leg.state, leg.answered = "active", self.us
            self.say("CHANNEL_ANSWER", leg)

    def send_to(self, leg: Leg, to: str) -> None:
        """The dialplan goes on with a leg at another number."""
        leg.destination = to
        leg.variables["transfer_source"] = f"{int(self.now)}:{self.new_id()}:bl_xfer:{to}/default/XML"
        self.say("CALL_UPDATE", leg)
        self.route(leg, to)

    def enter(self, leg: Leg, place: Place) -> None:
        """A leg is somewhere in the switch, answered."""
        self.leave(leg)
        self.up(leg)
        leg.place = place

    def leave(self, leg: Leg) -> None:
        """It is there no more."""
        place, leg.place = leg.place, None
        if place is not None:
            place.left(leg)

    def bridge(self, first: Leg, second: Leg) -> None:
        """Two legs talk."""
        first.peer, second.peer = second, first
        first.bridged = second.bridged = self.us
        pair = {"Bridge__A__Unique__ID": first.uid, "Bridge__B__Unique__ID": second.uid}
        self.say("CHANNEL_BRIDGE", first, **pair)

    def _unbridge(self, leg: Leg) -> None:
        other = leg.peer
        if other is not None and leg.bridged:
            pair = {"Bridge__A__Unique__ID": leg.uid, "Bridge__B__Unique__ID": other.uid}
            self.say("CHANNEL_UNBRIDGE", leg, **pair)

    def hold(self, leg: Leg, held: bool) -> None:
        """Put a leg on hold, or take it off; a repeat says nothing."""
        if leg.talks and (leg.state == "held") is not held:
            leg.state, leg.held = ("held", self.us) if held else ("active", leg.held)
            self.say("CHANNEL_HOLD" if held else "CHANNEL_UNHOLD", leg)

    def part(self, leg: Leg) -> Leg | None:
        """A leg leaves whoever it talked with, and where it was; returns that one, if it lives."""
        other, leg.peer, leg.bridged = leg.peer, None, 0
        self.leave(leg)
        if leg.state == "held":
            leg.state = "active"
        if other is None or not other.alive:
            return None
        other.peer = None
        return other

    def blind(self, leg: Leg, to: str) -> None:
        """Send a leg to another number; who talked with it is hung up."""
        other = self.part(leg)
        self.send_to(leg, to)
        if other is not None:
            self.hang_up(other, "NORMAL_CLEARING", "send_bye")

    def join(self, first: Leg, second: Leg) -> None:
        """`uuid_bridge`: two legs talk, and those who talked with them are hung up."""
        for leg in (first, second):
            self.leave(leg)
            other = leg.peer
            if other is not None and other.alive and other not in (first, second):
                self._unbridge(other)
                self.end(other, "NORMAL_CLEARING", "send_bye")
        self.bridge(first, second)

    def intercept(self, picker: Leg, waiter: Leg) -> None:
        """Take who waits; the telephones that ring for it fall silent."""
        rung = self._rung_for(waiter)
        self.up(waiter)
        self.bridge(picker, waiter)
        for each in rung:
            self.end(each, "PICKED_OFF", "send_cancel")

    def spy(self, listener: Leg, target: Leg) -> None:
        """`eavesdrop`: a telephone hears a talk, and is hung up when that is over."""
        self.say("CALL_UPDATE", listener)
        target.listeners.append(listener)

    def hang_up(self, leg: Leg, cause: str, disposition: str) -> None:
        """A leg ends, and with it whoever has nobody left."""
        if not leg.alive:
            return
        ringing, unanswered = self._rung_for(leg), leg.state in _UNANSWERED
        peer, caller = leg.peer if leg.talks else None, leg.originator
        self._unbridge(leg)
        self.end(leg, cause, disposition)
        for each in ringing:
            self.end(each, "ORIGINATOR_CANCEL", "send_cancel")
        if peer is not None:
            self.end(peer, "NORMAL_CLEARING", "send_bye")
        elif unanswered and caller is not None and caller.alive and not caller.talks:
            self.end(caller, cause, "send_refuse" if not caller.answered else "send_bye")

    def _rung_for(self, leg: Leg) -> list[Leg]:
        return [each for each in self.legs.values() if each.originator is leg and each.state in _UNANSWERED]

    def end_all(self) -> None:
        """Every call ends."""
        for leg in tuple(self.legs.values()):
            self.hang_up(leg, "NORMAL_CLEARING", "send_bye")

    def end(self, leg: Leg, cause: str, disposition: str) -> None:
        """One leg ends, and only that one."""
        if not leg.alive:
            return
        leg.state, leg.cause = "gone", cause
        if not leg.answered and leg.refused is not None:
            leg.refused(cause)
        self.say("CHANNEL_HANGUP", leg)
        leg.variables["sip_hangup_disposition"] = disposition
        self.leave(leg)
        self.say("CHANNEL_HANGUP_COMPLETE", leg)
        self.say("CHANNEL_DESTROY", leg)
        self.legs.pop(leg.uid, None)
        for each in leg.listeners:
            self.end(each, "NORMAL_CLEARING", "send_bye")


_UNANSWERED = ("created", "ringing")
