"""Queues: callers wait, members are rung. Pure but for the `Pbx` handed in."""

from collections.abc import Callable

from cti_simulators.asterisk.exchange.dialling import new_leg, refuse
from cti_simulators.asterisk.exchange.pbx import Pbx
from cti_simulators.asterisk.exchange.state import UP, Channel, Member, Queue, Waiting
from cti_simulators.asterisk.exchange.talks import (
    connect,
    finish,
    open_record,
    peer,
    run_app,
    see,
    set_state,
)

_LOOKS_EVERY_S = 1.0
_FREE = 1


def _nothing() -> None:
    """No timer runs."""


def join(pbx: Pbx, channel: Channel, queue: Queue, *, priority: int) -> None:
    """The dialplan puts a caller into a queue."""
    run_app(pbx, channel, "Queue", f"{queue.plan.name},tT,,,{queue.plan.give_up_s:.0f}", priority=priority)
    waiting = Waiting(channel, pbx.now, len(queue.waiting) + 1)
    queue.waiting.append(waiting)
    pbx.tell(pbx.voice.queue_join(channel, queue, waiting.position))
    pbx.tell(pbx.voice.music(channel))
    _Visit(pbx, queue, waiting).begin()


class _Visit:
    """One caller in one queue, from joining to leaving. As an attempt, it is the round of rings that goes on."""

    def __init__(self, pbx: Pbx, queue: Queue, waiting: Waiting) -> None:
        self.caller: Channel | None = waiting.channel
        self.legs: list[Channel] = []
        self._pbx, self._queue, self._waiting, self._from = pbx, queue, waiting, waiting.channel
        self._rung: dict[str, Member] = {}
        self._round_began = pbx.now
        self._music = True
        self._stop_round: Callable[[], None] = _nothing
        self._stop_visit: Callable[[], None] = _nothing

    def begin(self) -> None:
        """Ring members at once, as often as needed."""
        self._from.leave = self._gives_up
        if self._queue.plan.give_up_s:
            self._stop_visit = self._pbx.later(self._queue.plan.give_up_s, self._thrown_out)
        self._stop_round = self._pbx.later(0.002, self._round)

    def ringing(self, leg: Channel) -> None:
        """A member's telephone rings."""
        self._pbx.tell(self._pbx.voice.connected_line(leg))
        self._pbx.tell(self._pbx.voice.dial_ringing(self.caller, leg))

    def answered(self, leg: Channel) -> None:
        """A member takes the caller."""
        pbx, queue, caller = self._pbx, self._queue, self._from
        member = self._rung[leg.uniqueid]
        self._stop_round()
        self._stop_visit()
        self.legs.remove(leg)
        leg.attempt, caller.dials, caller.leave = None, None, None
        pbx.tell(pbx.voice.dial_end(caller, leg, "ANSWER", queue=True))
        losers = tuple(self.legs)
        self._end_dials(losers, "CANCEL")
        see(pbx, caller, leg)
        for loser in losers:
            self._drop(loser, "CANCEL", 26)
        self._music_ends()
        self._out()
        held_s, rang_s = pbx.now - self._waiting.since, pbx.now - self._round_began
        queue.hold_time = int((queue.hold_time * 3 + held_s) / 4)
        pbx.tell(pbx.voice.agent_connect(caller, leg, queue, member, held_s, rang_s))
        member.in_call = True
        set_state(pbx, caller, UP)
        connect(pbx, leg, caller)
        if caller.cdr is not None:
            caller.cdr.answered, caller.cdr.peer, caller.cdr.disposition = pbx.now, leg.name, "ANSWERED"
        began = pbx.now
        caller.on_talk_end = lambda why: self._completed(leg, member, held_s, began, why)

    def refused(self, leg: Channel, cause: int) -> None:
        """A member's telephone does not want, or its channel is taken down."""
        member = self._rung[leg.uniqueid]
        status = {17: "BUSY", 21: self._pbx.facts.status_of_declined}.get(cause, "CHANUNAVAIL")
        refuse(self._pbx, leg, cause)
        rang_s = self._pbx.now - self._round_began
        self._pbx.tell(self._pbx.voice.ring_no_answer(self._from, leg, self._queue, member, rang_s))
        self._drop(leg, status, cause)
        if not self.legs:
            self._from.dials = None
            self._again()

    def cancelled(self, cause: int) -> None:
        """The caller has gone, or has waited too long."""
        self._stop_round()
        self._from.dials = None
        self._music_ends()
        legs = tuple(self.legs)
        self._end_dials(legs, "CANCEL")
        for leg in legs:
            self._drop(leg, "CANCEL", cause or self._pbx.facts.cause_not_answered)

    def replaced(self, leg: Channel, by: Channel) -> None:
        """Somebody picks up what rings at a member."""
        self.legs[self.legs.index(leg)] = by
        self._rung[by.uniqueid] = self._rung[leg.uniqueid]
        leg.attempt, by.attempt = None, self

    def _round(self) -> None:
        members = self._free()
        if not members:
            self._stop_round = self._pbx.later(_LOOKS_EVERY_S, self._round)
            return
        self._round_began = self._pbx.now
        self._from.dials = self
        for member in members:
            self._ring(member)
        if not self.legs:
            self._from.dials = None
            self._again()
            return
        self._stop_round = self._pbx.later(self._queue.plan.ring_s, self._nobody_answers)

    def _again(self) -> None:
        self._stop_round()
        self._stop_round = self._pbx.later(self._queue.plan.retry_s, self._round)

    def _ring(self, member: Member) -> None:
        pbx, caller = self._pbx, self._from
        target = member.interface if member.interface.startswith("Local/") else member.interface.partition("/")[2]
        leg = new_leg(pbx, self, target)
        if leg is None:
            return
        self._rung[leg.uniqueid] = member
        begins = pbx.voice.dial_begin(caller, leg, member.interface, queue=True)
        leg.exten, leg.connected_number, leg.connected_name = caller.exten, caller.number, caller.caller_name
        run_app(pbx, leg, "AppQueue", "(Outgoing Line)")
        pbx.tell(pbx.voice.agent_called(caller, leg, self._queue, member))
        pbx.tell(begins)
        open_record(caller, leg)

    def _free(self) -> list[Member]:
        queue, now = self._queue, self._pbx.now
        resting = queue.plan.wrapup_s
        free = [
            each
            for each in queue.members
            if each.shown == _FREE and not each.paused and not (resting and now - each.last_call < resting)
        ]
        if queue.plan.strategy != "rrmemory" or not free:
            return free
        order = queue.members[queue.next_member :] + queue.members[: queue.next_member]
        chosen = next(each for each in order if each in free)
        queue.next_member = (queue.members.index(chosen) + 1) % len(queue.members)
        return [chosen]

    def _nobody_answers(self) -> None:
        self._no_answer()
        self._again()

    def _no_answer(self) -> None:
        pbx = self._pbx
        legs = tuple(self.legs)
        for leg in legs:
            rang_s = pbx.now - self._round_began
            pbx.tell(pbx.voice.ring_no_answer(self._from, leg, self._queue, self._rung[leg.uniqueid], rang_s))
        self._end_dials(legs, "NOANSWER")
        for leg in legs:
            self._drop(leg, "CANCEL", pbx.facts.cause_not_answered)
        self._from.dials = None

    def _thrown_out(self) -> None:
        """The queue's own time is up: the dialplan goes on behind it, and ends."""
        self._stop_round()
        self._no_answer()
        self._from.leave = None
        self._abandons()
        self._from.priority += 1
        finish(self._pbx, self._from)

    def _gives_up(self) -> None:
        self._stop_round()
        self._stop_visit()
        self._abandons()

    def _abandons(self) -> None:
        pbx, queue = self._pbx, self._queue
        queue.abandoned += 1
        since_s = pbx.now - self._waiting.since
        pbx.tell(pbx.voice.queue_abandon(self._from, queue, self._waiting.position, since_s))
        self._music_ends()
        self._out()

    def _music_ends(self) -> None:
        if self._music:
            self._music = False
            self._pbx.tell(self._pbx.voice.silence(self._from))

    def _out(self) -> None:
        self._queue.waiting.remove(self._waiting)
        self._pbx.tell(self._pbx.voice.queue_leave(self._from, self._queue, self._waiting.position))
        for position, each in enumerate(self._queue.waiting, 1):
            each.position = position

    def _completed(self, leg: Channel, member: Member, held_s: float, began: float, why: str) -> None:
        pbx, queue = self._pbx, self._queue
        talked_s = pbx.now - began
        queue.completed += 1
        queue.talk_time = int((queue.talk_time * 3 + talked_s) / 4)
        for each in pbx.queues.values():  # shared_lastcall
            for other in each.members:
                if other.device == member.device:
                    other.last_call, other.taken = int(pbx.now), other.taken + 1
        member.in_call = False
        if why == "transfer" and pbx.facts.masquerades:
            why = "caller"
        with_whom = peer(self._from) or leg
        pbx.tell(pbx.voice.agent_complete(self._from, with_whom, queue, member, held_s, talked_s, why))

    def _end_dials(self, legs: tuple[Channel, ...], status: str) -> None:
        for leg in legs:
            self._pbx.tell(self._pbx.voice.dial_end(self._from, leg, status, queue=True))

    def _drop(self, leg: Channel, status: str, cause: int) -> None:
        self.legs.remove(leg)
        leg.attempt = None
        self._pbx.tell(self._pbx.voice.dial_end(self._from, leg, status, queue=True))
        finish(self._pbx, leg, cause)
