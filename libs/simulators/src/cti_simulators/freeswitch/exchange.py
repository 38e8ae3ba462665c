"""Calls in a simulated FreeSWITCH, in a time of its own: what the switch does, told as event socket events. Pure."""

import heapq
import itertools
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from uuid import UUID

from cti_simulators.freeswitch.legs import Leg

RING_S = 10.0
"""So long a telephone rings before FreeSWITCH gives up."""
Headers = dict[str, str]


@dataclass(frozen=True)
class Manners:
    """What people do by themselves; 0: a scenario says when. `names`: of users, by extension."""

    lifts_after_s: float = 0.0
    """Whose own telephone rings for a call that was asked for lifts it."""
    outside_answers_after_s: float = 0.0
    names: Mapping[str, str] = field(default_factory=dict)

    def answer_after_s(self, leg: Leg) -> float:
        """How long this telephone rings until it is lifted by itself, 0 for never."""
        if not leg.user:
            return self.outside_answers_after_s
        return self.lifts_after_s if leg.goal else 0.0


class Switch:
    """The legs, and what can happen to them. `tell` gets each event as headers, in order.

    The dialplan: `1XX` rings that user, `7495000010X` from outside rings user `10X`, six digits or more go outside by
    the trunk, anything else does not exist.
    """

    def __init__(
        self,
        now: float,
        rng: random.Random,
        tell: Callable[[Headers], None],
        domain: str = "demo.local",
        manners: Manners | None = None,
    ) -> None:
        self.now = now
        self.domain = domain
        self.legs: dict[str, Leg] = {}
        self.busy: set[str] = set()
        self._rng = rng
        self._manners = manners or Manners()
        self._tell = tell
        self._sequence = itertools.count(1)
        self._timers: list[tuple[float, int, Callable[[], None]]] = []
        self.core = self.new_id()

    def new_id(self) -> str:
        """An id like FreeSWITCH's."""
        return str(UUID(int=self._rng.getrandbits(128), version=4))

    @property
    def us(self) -> int:
        """The instant it is, in microseconds."""
        return int(self.now * 1_000_000)

    @property
    def next_timer(self) -> float | None:
        """When something will happen by itself, or None."""
        return self._timers[0][0] if self._timers else None

    def advance(self, to: float) -> None:
        """Let time pass; an instant in the past changes nothing."""
        while self._timers and self._timers[0][0] <= to:
            self.now, _, due = heapq.heappop(self._timers)
            due()
        self.now = max(self.now, to)

    def later(self, seconds: float, what: Callable[[], None]) -> None:
        """Do something by itself, later."""
        heapq.heappush(self._timers, (self.now + seconds, next(self._sequence), what))

    def say(self, name: str, leg: Leg | None = None, **more: str) -> None:
        """Tell an event; `__` in a header's name stands for a hyphen."""
        headers = {
            "Event-Name": name,
            "Core-UUID": self.core,
            "Event-Date-Timestamp": str(self.us),
            "Event-Sequence": str(next(self._sequence)),
            **(leg.headers() if leg is not None else {}),
            **{key.replace("__", "-"): value for key, value in more.items()},
        }
        self._tell(headers)

    # --- a call ---------------------------------------------------------------------------------------------------

    def dial(self, user: str, number: str, name: str, to: str) -> Leg:
        """A telephone (`user`), or the outside world, calls."""
        leg = Leg(self.new_id(), user, number, name, to, False, self.us, self.domain)
        self._begin(leg)
        self.route(leg, to)
        return leg

    def originate(self, user: str, to: str, shown: str, variables: dict[str, str]) -> Leg:
        """Ring a user's telephone; lifted, it calls `to`."""
        uid = variables.get("origination_uuid") or self.new_id()
        leg = Leg(uid, user, shown, shown, f"{user}-contact", True, self.us, self.domain, goal=to)
        leg.variables = variables
        self._begin(leg)
        self._ring(leg)
        return leg

    def _begin(self, leg: Leg) -> None:
        self.legs[leg.uid] = leg
        self.say("CHANNEL_CREATE", leg)

    def route(self, leg: Leg, to: str) -> None:
        """What the dialplan does with a number."""
        user = to if to.startswith("1") and len(to) == 3 else ""
        if not leg.user and to.startswith("74950000"):
            user = to[-3:]
        if not user and (len(to) < 6 or not to.isdecimal()):
            self.hang_up(leg, "NO_ROUTE_DESTINATION", "send_refuse")
            return
        shown = leg.user or leg.number
        name = self._manners.names.get(leg.user, f"User {leg.user}") if leg.user else leg.name
        called = Leg(self.new_id(), user, shown, name, user or to, True, self.us, self.domain, leg)
        self._begin(called)
        self._ring(called)

    def _ring(self, leg: Leg) -> None:
        if (leg.user or leg.destination) in self.busy:
            self.hang_up(leg, "USER_BUSY", "recv_refuse")
            return
        leg.state, leg.progress = "ringing", self.us
        self.say("CHANNEL_PROGRESS", leg)
        self.later(RING_S, lambda: self._give_up(leg))
        answer_after_s = self._manners.answer_after_s(leg)
        if answer_after_s:
            self.later(answer_after_s, lambda: self._answer_by_itself(leg))

    def _answer_by_itself(self, leg: Leg) -> None:
        if leg.state == "ringing":
            self.answer(leg)

    def _give_up(self, leg: Leg) -> None:
        if leg.state == "ringing":
            self.hang_up(leg, "NO_ANSWER", "send_cancel")

    def answer(self, leg: Leg) -> None:
        """A ringing telephone is lifted."""
        self._up(leg)
        if leg.originator is not None:
            if not leg.originator.answered:
                self._up(leg.originator)
            self.bridge(leg.originator, leg)
        elif leg.goal:
            leg.destination = leg.goal
            leg.variables["transfer_source"] = f"{int(self.now)}:x:bl_xfer:{leg.goal}/default/XML"
            self.say("CALL_UPDATE", leg)
            self.route(leg, leg.goal)

    def _up(self, leg: Leg) -> None:
        leg.state, leg.answered = "active", self.us
        self.say("CHANNEL_ANSWER", leg)

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

    def blind(self, leg: Leg, to: str) -> None:
        """Send a leg to another number; who talked with it is hung up."""
        other, leg.peer = leg.peer, None
        leg.variables["transfer_source"] = f"{int(self.now)}:{self.new_id()}:bl_xfer:{to}/default/XML"
        leg.bridged = 0
        self.say("CALL_UPDATE", leg)
        self.route(leg, to)
        if other is not None and other.alive:
            other.peer = None
            self.hang_up(other, "NORMAL_CLEARING", "send_bye")

    def join(self, first: Leg, second: Leg) -> None:
        """`uuid_bridge`: two legs talk, and those who talked with them are hung up."""
        for leg in (first, second):
            other = leg.peer
            if other is not None and other.alive:
                self._unbridge(other)
                self._end(other, "NORMAL_CLEARING", "send_bye")
        self.bridge(first, second)

    def hang_up(self, leg: Leg, cause: str, disposition: str) -> None:
        """A leg ends, and with it whoever has nobody left."""
        if not leg.alive:
            return
        ringing = [each for each in self.legs.values() if each.originator is leg and each.state in _UNANSWERED]
        peer, caller = leg.peer if leg.talks else None, leg.originator
        unanswered = leg.state in _UNANSWERED
        self._unbridge(leg)
        self._end(leg, cause, disposition)
        for each in ringing:
            self._end(each, "ORIGINATOR_CANCEL", "send_cancel")
        if peer is not None:
            self._end(peer, "NORMAL_CLEARING", "send_bye")
        elif unanswered and caller is not None and caller.alive:
            self._end(caller, cause, "send_refuse" if not caller.answered else "send_bye")

    def end_all(self) -> None:
        """Every call ends."""
        for leg in tuple(self.legs.values()):
            self.hang_up(leg, "NORMAL_CLEARING", "send_bye")

    def _end(self, leg: Leg, cause: str, disposition: str) -> None:
        leg.state, leg.cause = "gone", cause
        self.say("CHANNEL_HANGUP", leg)
        leg.variables["sip_hangup_disposition"] = disposition
        self.say("CHANNEL_HANGUP_COMPLETE", leg)
        self.say("CHANNEL_DESTROY", leg)
        self.legs.pop(leg.uid, None)


_UNANSWERED = ("created", "ringing")
