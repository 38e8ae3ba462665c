"""Calls in a simulated FreeSWITCH, in a time of its own: who is rung for whom, told as event socket events. Pure."""

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from cti_simulators.freeswitch import dialplan
from cti_simulators.freeswitch.callcenter import CallCenter
from cti_simulators.freeswitch.clock import Headers
from cti_simulators.freeswitch.consulting import Keys
from cti_simulators.freeswitch.legs import Leg
from cti_simulators.freeswitch.places import Fifos, Lot, Rooms
from cti_simulators.freeswitch.plan import Plan, standard
from cti_simulators.freeswitch.talks import Talks

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
    early_media: bool = False
    """Who calls outside hears it ring there."""


class Switch(Talks):
    """What is dialled, rung and answered. `tell` gets each event as headers, in order.

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
        self.busy: set[str] = set()
        self.manners = manners or Manners()
        self.callcenter = CallCenter(self)
        self.rooms, self.lot, self.fifos = Rooms(self), Lot(self), Fifos(self)
        self.keys = Keys(self)

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

    def ring(self, leg: Leg, seconds: float = RING_S) -> None:
        """A telephone rings, if it is not busy."""
        if (leg.user or leg.destination) in self.busy:
            self.hang_up(leg, "USER_BUSY", "recv_refuse")
            return
        leg.state, leg.progress = "ringing", self.us
        self.say("CHANNEL_PROGRESS", leg)
        self.later(seconds, lambda: self._give_up(leg))
        if not leg.user:
            self._is_heard(leg)
            self._lift_by_itself(leg, self.manners.outside_answers_after_s)

    def _is_heard(self, leg: Leg) -> None:
        """Early media: who called hears it ring, by a bridge that nobody talks over yet."""
        caller = leg.originator
        if self.manners.early_media and caller is not None and caller.peer is None:
            for each in (leg, caller):
                self.say("CHANNEL_PROGRESS_MEDIA", each)
            self.bridge(caller, leg)

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
        elif leg.bridged and leg.peer is not None:
            self.up(leg.peer)
        elif leg.originator is not None:
            if not leg.originator.answered:
                self.up(leg.originator)
            self.bridge(leg.originator, leg)

    def send_to(self, leg: Leg, to: str) -> None:
        """The dialplan goes on with a leg at another number."""
        leg.destination, leg.held, leg.held_us, leg.core_state = to, 0, 0, "CS_EXECUTE"
        leg.variables["transfer_source"] = f"{int(self.now)}:{self.new_id()}:bl_xfer:{to}/default/XML"
        self.say("CALL_UPDATE", leg)
        self.route(leg, to)

    def blind(self, leg: Leg, to: str) -> None:
        """Send a leg to another number; who talked with it is hung up."""
        other = self.part(leg)
        self.send_to(leg, to)
        if other is not None:
            self.hang_up(other, "NORMAL_CLEARING", "send_bye")

    def intercept(self, picker: Leg, waiter: Leg) -> None:
        """Take who waits; the telephones that ring for it fall silent."""
        rung = self.rung_for(waiter)
        self.up(picker)
        self.up(waiter)
        for each in rung:
            self.end(each, "ORIGINATOR_CANCEL", "send_cancel")
        self.bridge(picker, waiter)
