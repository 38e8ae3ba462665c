"""Originate: ring one telephone, then send it to a number or an application. Pure but for the `Pbx` handed in."""

from collections.abc import Callable

from msgspec import Struct

from cti_simulators.asterisk.exchange import dialplan, pickups
from cti_simulators.asterisk.exchange.dialling import dial_string, new_leg, refuse
from cti_simulators.asterisk.exchange.pbx import Pbx
from cti_simulators.asterisk.exchange.plan import TRUNK
from cti_simulators.asterisk.exchange.state import Channel
from cti_simulators.asterisk.exchange.talks import finish, run_app, set_variable

FAILED, NO_ANSWER, ANSWERED, BUSY = 0, 3, 4, 5


class Order(Struct, frozen=True):
    """What is asked for. `channel` as Asterisk spells it; `application` instead of a number when not empty."""

    channel: str
    context: str
    exten: str
    application: str
    data: str
    caller_number: str
    caller_name: str
    variables: tuple[tuple[str, str], ...]
    ring_s: float
    uniqueid: str = ""
    other_uniqueid: str = ""


class Originate:
    """An attempt of its own. `done(reason, channel)` is told once; `channel` only when it was answered."""

    def __init__(self, pbx: Pbx, order: Order, done: Callable[[int, Channel | None], None]) -> None:
        self.caller: Channel | None = None
        self.legs: list[Channel] = []
        self._pbx, self._order, self._done = pbx, order, done
        self._stop = pbx.later(order.ring_s, self._timed_out)

    def begin(self) -> None:
        """Ring. A channel that cannot be made is a failure at once."""
        pbx, order = self._pbx, self._order
        target = target_of(pbx, order.channel)
        ids = (order.uniqueid, order.other_uniqueid)
        leg = new_leg(pbx, self, target, ids) if target else None
        if leg is None:
            self._stop()
            self._done(FAILED, None)
            return
        for name, value in order.variables:
            set_variable(pbx, leg, name, value)
        leg.number, leg.caller_name = order.caller_number or leg.number, order.caller_name or leg.caller_name
        pbx.tell(pbx.voice.new_caller_id(leg))
        leg.connected_number, leg.connected_name = order.caller_number, order.caller_name
        pbx.tell(pbx.voice.connected_line(leg))
        if leg.other_half is not None:
            two = leg.other_half
            two.number, two.caller_name = order.caller_number, order.caller_name
            two.connected_number, two.connected_name = order.caller_number, order.caller_name
            pbx.tell(pbx.voice.new_caller_id(two))
        pbx.tell(pbx.voice.dial_begin(None, leg, dial_string(pbx, target)))

    def ringing(self, leg: Channel) -> None:
        """The telephone rings."""
        self._pbx.tell(self._pbx.voice.dial_ringing(None, leg))

    def answered(self, leg: Channel) -> None:
        """It is answered: on to the number or the application."""
        pbx, order = self._pbx, self._order
        self._leave(leg)
        pbx.tell(pbx.voice.dial_end(None, leg, "ANSWER"))
        self._done(ANSWERED, leg)
        leg.runs_dialplan = True
        if order.application:
            _run(pbx, leg, order.application, order.data)
            return
        leg.context, leg.exten, leg.priority = order.context, order.exten, 1
        dialplan.run(pbx, leg)

    def refused(self, leg: Channel, cause: int) -> None:
        """It does not want, or is taken down."""
        pbx = self._pbx
        self._leave(leg)
        refuse(pbx, leg, cause)
        busy = cause == 17 or (cause == 21 and pbx.facts.status_of_declined == "BUSY")
        reason = BUSY if busy else FAILED
        if not pbx.facts.originate_told_last:
            self._done(reason, None)
        pbx.tell(pbx.voice.dial_end(None, leg, "BUSY" if busy else "NOANSWER"))
        finish(pbx, leg, cause)
        if pbx.facts.originate_told_last:
            self._done(reason, None)

    def cancelled(self, cause: int) -> None:
        """Nobody dials this from a channel: there is nobody to give up."""

    def replaced(self, leg: Channel, by: Channel) -> None:
        """Somebody picks it up elsewhere."""
        self.legs[self.legs.index(leg)] = by
        leg.attempt, by.attempt = None, self

    def _leave(self, leg: Channel) -> None:
        self._stop()
        self.legs.remove(leg)
        leg.attempt = None

    def _timed_out(self) -> None:
        for leg in tuple(self.legs):
            self._leave(leg)
            self._done(NO_ANSWER, None)
            if self._pbx.facts.tells_tech_cause:
                leg.tech_cause = "480"
            finish(self._pbx, leg, self._pbx.facts.cause_originate_unanswered)


def target_of(pbx: Pbx, channel: str) -> str:
    """What to dial for `PJSIP/101`, `PJSIP/84951234567@trunk`, `SIP/trunk/84951234567`, `Local/101@internal`."""
    technology, _, rest = channel.partition("/")
    if technology == "Local" and "@" in rest:
        exten, _, context = rest.partition("/")[0].partition("@")
        return channel if dialplan.exists(pbx, context, exten) else ""
    if technology != pbx.facts.technology or not rest:
        return ""
    if rest.startswith(f"{TRUNK}/"):
        return f"{rest.removeprefix(f'{TRUNK}/')}@{TRUNK}"
    return rest


def _run(pbx: Pbx, leg: Channel, application: str, data: str) -> None:
    """`Wait` ends by itself, `PickupChan` in a talk, any other application when somebody hangs up."""
    run_app(pbx, leg, application, data)
    if application.lower() == "pickupchan":
        pickups.pick_up_channel(pbx, leg, data)
    if application.lower() == "wait":
        pbx.later(float(data or 1), lambda: finish(pbx, leg, 0 if pbx.facts.tells_tech_cause else 16))
