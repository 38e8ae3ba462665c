"""Dial: ring telephones until one answers. Pure but for the `Pbx` handed in."""

from collections.abc import Callable

from cti_simulators.asterisk.exchange import locals as local_channels
from cti_simulators.asterisk.exchange.pbx import Pbx
from cti_simulators.asterisk.exchange.plan import TRUNK
from cti_simulators.asterisk.exchange.state import DOWN, RINGING, UP, Attempt, Channel, Phone
from cti_simulators.asterisk.exchange.talks import (
    connect,
    finish,
    open_record,
    run_app,
    see,
    set_state,
    set_variable,
)

_SIP_CODES = {17: "486", 21: "603"}


class Dial:
    """The Dial application of a channel.

    `failed` is told whom and why nobody answered: the dialplan of that channel goes on there.
    """

    def __init__(self, pbx: Pbx, caller: Channel, ring_s: float, failed: Callable[[Channel, str, int], None]) -> None:
        self.caller: Channel | None = caller
        self.legs: list[Channel] = []
        self._pbx = pbx
        self._from = caller
        self._failed = failed
        self._picked_up = False
        self._stop = pbx.later(ring_s, self._timed_out)

    def begin(self, targets: list[str]) -> None:
        """Ring all of them at once. A target: `101`, `84951234567@trunk`, `Local/102@internal`."""
        pbx, caller = self._pbx, self._from
        caller.dials = self
        for target in targets:
            leg = new_leg(pbx, self, target)
            if leg is None:
                continue
            leg.exten, leg.connected_number, leg.connected_name = caller.exten, caller.number, caller.caller_name
            run_app(pbx, leg, "AppDial", "(Outgoing Line)")
            pbx.tell(pbx.voice.connected_line(leg))
            pbx.tell(pbx.voice.dial_begin(caller, leg, dial_string(pbx, target)))
            open_record(caller, leg)
            if len(targets) == 1 and leg.number and TRUNK not in target and leg.other_half is None:
                see(pbx, caller, leg)
        if not self.legs:
            self._over("CHANUNAVAIL", 20)

    def ringing(self, leg: Channel) -> None:
        """A leg rings."""
        self._pbx.tell(self._pbx.voice.dial_ringing(self.caller, leg))
        if self._from.other_half is not None:
            local_channels.rings(self._pbx, self._from.other_half, leg)

    def answered(self, leg: Channel) -> None:
        """A leg answers: the caller is answered too, and they talk."""
        pbx, caller = self._pbx, self._from
        self._take(leg)
        leg.exten = ""
        pbx.tell(pbx.voice.dial_end(caller, leg, "ANSWER"))
        for other in tuple(self.legs):
            self._drop(other, "CANCEL", 26)
        set_variable(pbx, caller, "DIALSTATUS", "ANSWER")
        set_variable(pbx, caller, "DIALEDPEERNAME", leg.name)
        run_app(pbx, leg, "AppDial", "(Outgoing Line)")
        if caller.cdr is not None:
            caller.cdr.answered, caller.cdr.peer, caller.cdr.disposition = pbx.now, leg.name, "ANSWERED"
        caller.dialled = True
        caller.cause_known = leg.cause_known = not self._picked_up
        set_state(pbx, caller, UP)
        connect(pbx, leg, caller)
        if caller.other_half is not None:
            local_channels.comes_up(pbx, caller.other_half)

    def refused(self, leg: Channel, cause: int) -> None:
        """A leg's telephone does not want, or its channel is taken down."""
        status = {17: "BUSY", 21: self._pbx.facts.status_of_declined}.get(cause, "CHANUNAVAIL")
        refuse(self._pbx, leg, cause)
        self._drop(leg, status, cause)
        if not self.legs:
            self._over(status, cause)

    def cancelled(self, cause: int) -> None:
        """The caller has gone."""
        self._stop()
        self._from.dials = None
        status_cause = cause or self._pbx.facts.causes_given_up[0]
        for leg in tuple(self.legs):
            leg.tech_cause = "500" if status_cause == 127 else ""
            self._drop(leg, "CANCEL", status_cause)
        if not self._pbx.facts.masquerades:
            set_variable(self._pbx, self._from, "DIALSTATUS", "CANCEL")
        self._pbx.tell(self._pbx.voice.dial_over(self._from, "CANCEL"))

    def replaced(self, leg: Channel, by: Channel) -> None:
        """`by` picks up what rings at `leg`."""
        self.legs[self.legs.index(leg)] = by
        leg.attempt, by.attempt = None, self
        self._picked_up = True

    def taken_over(self, by: Channel) -> None:
        """Another channel goes on in the dialling one's place, and hears it ring."""
        self._from.dials, by.dials = None, self
        self.caller = self._from = by

    def _take(self, leg: Channel) -> None:
        self._stop()
        self._from.dials = None
        self.legs.remove(leg)
        leg.attempt = None

    def _drop(self, leg: Channel, status: str, cause: int) -> None:
        self.legs.remove(leg)
        leg.attempt = None
        self._pbx.tell(self._pbx.voice.dial_end(self.caller, leg, status))
        finish(self._pbx, leg, cause)

    def _timed_out(self) -> None:
        for leg in tuple(self.legs):
            self._drop(leg, "NOANSWER", self._pbx.facts.cause_not_answered)
        self._over("NOANSWER", 16)

    def _over(self, status: str, cause: int) -> None:
        self._stop()
        self._from.dials = None
        set_variable(self._pbx, self._from, "DIALSTATUS", status)
        self._pbx.tell(self._pbx.voice.dial_over(self._from, status))
        if self._from.cdr is not None and cause == 17:
            self._from.cdr.disposition = "BUSY"
        self._from.tech_cause = {17: "486", 21: "403"}.get(cause, "")
        self._failed(self._from, status, cause)


def new_leg(pbx: Pbx, attempt: Attempt, target: str, ids: tuple[str, str] = ("", "")) -> Channel | None:
    """A channel to a target that will ring by itself; None when there is nothing to ring.

    `ids`: the Uniqueids of the channel, and of a Local channel's second half, where somebody chose them.
    """
    caller = attempt.caller
    if target.startswith("Local/"):
        leg = local_channels.dial(pbx, attempt, target, ids)
    elif target.endswith(f"@{TRUNK}"):
        leg = pbx.channel(pbx.trunk, "from-trunk", "s", DOWN, caller, ids[0])
        number = target.partition("@")[0]
        pbx.owner(leg, pbx.outside_keys.pop(number, number))
        pbx.tell(pbx.voice.new_channel(leg))
        leg.number = number
        leg.caller_name = caller.connected_name if caller is not None else ""
        pbx.tell(pbx.voice.new_caller_id(leg))
        pbx.later(0.01, lambda: _alert(pbx, leg, busy=leg.person in pbx.outside_busy))
    else:
        phone = pbx.phones.get(target)
        if phone is None or not phone.plan.registered:
            return None
        leg = pbx.channel(pbx.device(target), "internal", "s", DOWN, caller, ids[0])
        pbx.owner(leg, target)
        leg.number, leg.caller_name = phone.plan.number, phone.plan.name
        pbx.tell(pbx.voice.new_channel(leg))
        pbx.later(phone.plan.ring_after_s, lambda: _ring(pbx, leg, phone))
    leg.attempt = attempt
    attempt.legs.append(leg)
    return leg


def dial_string(pbx: Pbx, target: str) -> str:
    """How the `DialString` header spells a target."""
    if target.startswith("Local/"):
        return target.removeprefix("Local/")
    number, at, _ = target.partition("@")
    return f"{TRUNK}/{number}" if at and pbx.facts.technology == "SIP" else target


def _ring(pbx: Pbx, leg: Channel, phone: Phone) -> None:
    _alert(pbx, leg, busy=phone.busy)


def _alert(pbx: Pbx, leg: Channel, *, busy: bool) -> None:
    """The telephone of a called leg has got the call."""
    if leg.gone or leg.attempt is None or leg.state != DOWN:
        return
    if busy:
        leg.attempt.refused(leg, 17)
        return
    set_state(pbx, leg, RINGING)
    leg.attempt.ringing(leg)
    after_s = _lifts_after(pbx, leg)
    if after_s:
        pbx.later(after_s, lambda: answer(pbx, leg) if leg.state == RINGING else None)


def _lifts_after(pbx: Pbx, leg: Channel) -> float:
    """How long it rings until somebody lifts it by themselves; 0: for ever."""
    if leg.person not in pbx.phones:
        return pbx.plan.outside_answers_after_s
    asked_for = leg.attempt is not None and leg.attempt.caller is None
    return pbx.plan.lifts_after_s if asked_for else 0.0


def refuse(pbx: Pbx, leg: Channel, cause: int) -> None:
    """Tell that a leg's telephone itself said no, where the version does."""
    code = _SIP_CODES.get(cause, "")
    if code and leg.person:
        leg.tech_cause = code
        if pbx.facts.tells_refusing_phone:
            pbx.tell(pbx.voice.hangup_request(leg, cause))


def answer(pbx: Pbx, leg: Channel) -> None:
    """A ringing telephone is picked up."""
    attempt = leg.attempt
    set_state(pbx, leg, UP)
    if attempt is not None:
        attempt.answered(leg)
