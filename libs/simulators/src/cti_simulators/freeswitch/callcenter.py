"""mod_callcenter in a simulated FreeSWITCH: agents, tiers, callers who wait. Pure but for the `Switch` handed in.

Actions, their order and headers are those of recordings (1.10.12); `ring-all` (its losers end with `LOSE_RACE`), time
limits and tiers are from the module's source; but there a telephone that rings at the time limit may ring out.
"""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from cti_simulators.freeswitch.legs import Leg
from cti_simulators.freeswitch.plan import RING_ALL, QueuePlan

if TYPE_CHECKING:
    from cti_simulators.freeswitch.exchange import Switch

LOOKS_EVERY_S = 0.1
"""So often the dispatcher looks for a free agent."""
_ENDS_S = 0.02
"""So long after the last leg the end of a call is told (recorded)."""
_UNHURT = ("LOSE_RACE", "ORIGINATOR_CANCEL")
"""Ends of an offer that were not the agent's doing: it is offered the next call at once."""


@dataclass(eq=False)
class Seat:
    """An agent. `user` without the domain; `ready_at`: it is offered nothing before."""

    user: str
    status: str
    state: str = "Waiting"
    wrap_up_s: float = 0.0
    ready_at: float = 0.0
    idle_since: float = 0.0


class CallCenter:
    """Agents by user, tiers by queue, and who waits."""

    def __init__(self, switch: "Switch") -> None:
        self.switch = switch
        plan = switch.plan
        wrap_up_s = max((each.wrap_up_s for each in plan.queues), default=0.0)
        self.queues = {each.name: each for each in plan.queues}
        self.agents = {user: Seat(user, status, wrap_up_s=wrap_up_s) for user, status in plan.agents.items()}
        self.tiers: dict[str, list[str]] = {each.name: list(each.agents) for each in plan.queues}
        self.visits: list[Visit] = []

    def at(self, name: str) -> str:
        """A user or queue as FreeSWITCH calls it."""
        return f"{name}@{self.switch.domain}"

    def join(self, leg: Leg, queue: str) -> None:
        """A caller waits in a queue from now on."""
        Visit(self, self.queues[queue], leg).begin()

    def set_status(self, seat: Seat, status: str) -> None:
        """`Available`, `On Break` or `Logged Out`."""
        seat.status = status
        self.say("agent-status-change", None, CC__Agent=self.at(seat.user), CC__Agent__Status=status)

    def set_state(self, seat: Seat, state: str) -> None:
        """`Waiting`, `Receiving`, `In a queue call`."""
        seat.state = state
        self.say("agent-state-change", None, CC__Agent=self.at(seat.user), CC__Agent__State=state)

    def free(self, queue: QueuePlan) -> list[Seat]:
        """Who can be offered a call of a queue, in order of tiers."""
        now = self.switch.now
        seats = [self.agents[user] for user in self.tiers[queue.name] if user in self.agents]
        return [
            each
            for each in seats
            if each.status == "Available" and each.state == "Waiting" and now >= each.ready_at - 1e-6
        ]

    def say(self, action: str, leg: Leg | None, **more: str) -> None:
        """Tell an event of the module."""
        self.switch.say("CUSTOM", leg, Event__Subclass="callcenter::info", CC__Action=action, **more)


@dataclass(eq=False)
class Visit:
    """One caller in one queue, from joining to the end of its talk. The place of the caller and of agents' legs."""

    centre: CallCenter
    queue: QueuePlan
    caller: Leg
    rung: dict[Leg, Seat] = field(default_factory=dict)
    served: tuple[Leg, Seat] | None = None
    over: bool = False

    def begin(self) -> None:
        """Wait, and be offered to agents."""
        switch, centre = self.centre.switch, self.centre
        switch.enter(self.caller, self)
        named = {"cc_side": "member", "cc_queue": centre.at(self.queue.name), "current_application": "callcenter"}
        self.caller.variables |= named | {"cc_queue_joined_epoch": str(int(switch.now))}
        centre.visits.append(self)
        self._say("member-queue-start", self.caller)
        switch.later(LOOKS_EVERY_S / 2, self._look)
        if self.queue.give_up_s:
            switch.later(self.queue.give_up_s, self._thrown_out)

    def left(self, leg: Leg) -> None:
        """The caller or an agent's telephone has ended, or goes on elsewhere."""
        if leg in self.rung:
            self._failed(leg)
        elif self.over:
            return
        elif self.served is not None:
            self.over = True
            self.centre.switch.later(_ENDS_S, self._ended)
        elif leg is self.caller:
            self._leaves("BREAK_OUT")

    def _look(self) -> None:
        if self.over or self.served is not None:
            return
        seats = [each for each in self.centre.free(self.queue) if each not in self.rung.values()]
        if self.queue.strategy != RING_ALL:
            idle = sorted(seats, key=lambda each: each.idle_since)
            seats = [] if self.rung else idle[:1]
        for each in seats:
            self._offer(each)
        self.centre.switch.later(LOOKS_EVERY_S, self._look)

    def _offer(self, seat: Seat) -> None:
        centre, caller = self.centre, self.caller
        centre.set_state(seat, "Receiving")
        self._say("agent-offering", None, CC__Agent=centre.at(seat.user))
        named = {"cc_side": "agent", "cc_queue": centre.at(self.queue.name), "cc_member_session_uuid": caller.uid}
        switch = centre.switch
        leg = Leg(switch.new_id(), seat.user, caller.number, caller.name, f"{seat.user}-contact", True, switch.us, "")
        leg.domain, leg.variables, leg.place = switch.domain, named, self
        leg.lifted = lambda: self._taken(leg, seat)
        self.rung[leg] = seat
        switch.begin(leg)
        switch.ring(leg, self.queue.ring_s)

    def _taken(self, leg: Leg, seat: Seat) -> None:
        switch = self.centre.switch
        del self.rung[leg]
        self.served = leg, seat
        for loser in tuple(self.rung):
            switch.hang_up(loser, "LOSE_RACE", "send_cancel")
        self._say("bridge-agent-start", leg, CC__Agent=self.centre.at(seat.user))
        switch.bridge(self.caller, leg)
        self.centre.set_state(seat, "In a queue call")

    def _failed(self, leg: Leg) -> None:
        seat = self.rung.pop(leg)
        self._say("bridge-agent-fail", None, CC__Agent=self.centre.at(seat.user), CC__Hangup__Cause=leg.cause)
        seat.ready_at = self.centre.switch.now + (0.0 if leg.cause in _UNHURT else self.queue.retry_s)
        self.centre.set_state(seat, "Waiting")

    def _ended(self) -> None:
        if self.served is None:
            return
        leg, seat = self.served
        self._say("bridge-agent-end", leg, CC__Agent=self.centre.at(seat.user), CC__Hangup__Cause="SUCCESS")
        self._say("member-queue-end", self.caller, CC__Cause="Terminated", CC__Agent=self.centre.at(seat.user))
        self.centre.visits.remove(self)
        seat.idle_since = self.centre.switch.now
        seat.ready_at = seat.idle_since + seat.wrap_up_s
        self.centre.set_state(seat, "Waiting")

    def _thrown_out(self) -> None:
        if self.over or self.served is not None:
            return
        self.caller.place = None
        self._leaves("TIMEOUT")
        self.centre.switch.hang_up(self.caller, "NORMAL_CLEARING", "send_bye")

    def _leaves(self, reason: str) -> None:
        self.over = True
        self.centre.visits.remove(self)
        self._say("member-queue-end", self.caller, CC__Cause="Cancel", CC__Cancel__Reason=reason)
        for each in tuple(self.rung):
            self.centre.switch.hang_up(each, "ORIGINATOR_CANCEL", "send_cancel")

    def _say(self, action: str, leg: Leg | None, **more: str) -> None:
        about = {"CC__Queue": self.centre.at(self.queue.name), "CC__Member__Session__UUID": self.caller.uid}
        self.centre.say(action, leg, **about, **more)
