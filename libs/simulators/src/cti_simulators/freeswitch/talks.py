"""The legs of a simulated FreeSWITCH: who talks with whom, and how a talk ends. Pure."""

import random
from collections.abc import Callable

from cti_simulators.freeswitch.clock import Clock, Headers
from cti_simulators.freeswitch.consulting import Consultation
from cti_simulators.freeswitch.legs import Leg, Place

_UNANSWERED = ("created", "ringing")


class Talks(Clock):
    """What can happen to legs, whatever the dialplan says. `legs`: those that are alive, by id."""

    def __init__(self, now: float, rng: random.Random, tell: Callable[[Headers], None], domain: str) -> None:
        super().__init__(now, rng, tell, domain)
        self.legs: dict[str, Leg] = {}

    def begin(self, leg: Leg) -> None:
        """A leg appears."""
        self.legs[leg.uid] = leg
        self.say("CHANNEL_CREATE", leg)

    def up(self, leg: Leg) -> None:
        """A leg is answered, if it is not yet."""
        if not leg.answered:
            leg.state, leg.answered = "active", self.us
            self.say("CHANNEL_ANSWER", leg)

    def enter(self, leg: Leg, place: Place) -> None:
        """A leg is somewhere in the switch, answered."""
        self.leave(leg)
        self.up(leg)
        leg.place, leg.core_state = place, "CS_EXECUTE"

    def leave(self, leg: Leg) -> None:
        """It is there no more."""
        place, leg.place = leg.place, None
        if place is not None:
            place.left(leg)

    def bridge(self, first: Leg, second: Leg) -> None:
        """Two legs hear each other; they talk if both are answered."""
        first.peer, second.peer = second, first
        first.bridged = second.bridged = self.us
        pair = {"Bridge__A__Unique__ID": first.uid, "Bridge__B__Unique__ID": second.uid}
        self.say("CHANNEL_BRIDGE", first, **pair)

    def unbridge(self, leg: Leg) -> None:
        """A bridge is over."""
        other = leg.peer
        if other is not None and leg.bridged:
            pair = {"Bridge__A__Unique__ID": leg.uid, "Bridge__B__Unique__ID": other.uid}
            self.say("CHANNEL_UNBRIDGE", leg, **pair)

    def hold(self, leg: Leg, held: bool) -> None:
        """Put a leg on hold, or take it off; a repeat says nothing."""
        if leg.talks and (leg.state == "held") is not held:
            if held:
                leg.state, leg.held = "held", self.us
            else:
                self._off_hold(leg)
            self.say("CHANNEL_HOLD" if held else "CHANNEL_UNHOLD", leg)

    def _off_hold(self, leg: Leg) -> None:
        if leg.state == "held":
            leg.state, leg.held_us = "active", leg.held_us + self.us - leg.held

    def part(self, leg: Leg) -> Leg | None:
        """A leg leaves whoever it talked with, and where it was; returns that one, if it lives."""
        other, leg.peer, leg.bridged = leg.peer, None, 0
        self.leave(leg)
        self._off_hold(leg)
        if other is None or not other.alive:
            return None
        other.peer = None
        return other

    def join(self, first: Leg, second: Leg) -> None:
        """`uuid_bridge`: two legs talk, and those who talked with them are hung up."""
        for leg in (first, second):
            self.leave(leg)
            other = leg.peer
            if other is not None and other.alive and other not in (first, second):
                self.unbridge(other)
                self.end(other, "NORMAL_CLEARING", "send_bye")
        first.core_state, second.core_state = "CS_SOFT_EXECUTE", "CS_EXCHANGE_MEDIA"
        self.bridge(first, second)

    def spy(self, listener: Leg, target: Leg) -> None:
        """`eavesdrop`: a telephone hears a talk, and is hung up when that is over."""
        self.say("CALL_UPDATE", listener)
        target.listeners.append(listener)

    def hang_up(self, leg: Leg, cause: str, disposition: str) -> None:
        """A leg ends, and with it whoever has nobody left."""
        if not leg.alive:
            return
        if isinstance(leg.place, Consultation):
            leg.place.hang_up(leg, cause, disposition)
            return
        ringing, unanswered = self.rung_for(leg), leg.state in _UNANSWERED
        peer, caller = leg.peer if leg.talks else None, leg.originator
        self.unbridge(leg)
        self.end(leg, cause, disposition)
        for each in ringing:
            self.end(each, "ORIGINATOR_CANCEL", "send_cancel")
        if peer is not None:
            self.end(peer, "NORMAL_CLEARING", "send_bye")
        elif unanswered and caller is not None and caller.alive and not caller.talks:
            self.end(caller, cause, "send_refuse" if not caller.answered else "send_bye")

    def rung_for(self, leg: Leg) -> list[Leg]:
        """The telephones that ring for a leg."""
        return [each for each in self.legs.values() if each.originator is leg and each.state in _UNANSWERED]

    def end_all(self) -> None:
        """Every call ends."""
        for leg in tuple(self.legs.values()):
            self.hang_up(leg, "NORMAL_CLEARING", "send_bye")

    def crash(self) -> None:
        """The switch is started anew: its calls are gone, and nothing told their end."""
        for leg in self.legs.values():
            leg.state, leg.place, leg.peer, leg.lifted, leg.refused = "gone", None, None, None, None
        self.legs.clear()
        self.core = self.new_id()

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
