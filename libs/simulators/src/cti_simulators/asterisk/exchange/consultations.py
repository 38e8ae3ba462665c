"""The attended transfer that Asterisk itself does (`*2`, action Atxfer). Pure but for the `Pbx` handed in.

Who transfers may hang up while it still rings there; if nobody answers then, they are called back. No recording has
this: it follows what the source of Asterisk does (`main/bridge_basic.c`, in 11 `main/features.c`) at its defaults
(`atxferdropcall=no`, `atxfercallbackretries=2`).
"""

from collections.abc import Callable

from cti_simulators.asterisk.exchange import dialplan
from cti_simulators.asterisk.exchange.joining import join_by_masquerade, join_in_bridge
from cti_simulators.asterisk.exchange.locals import optimise
from cti_simulators.asterisk.exchange.pbx import Pbx
from cti_simulators.asterisk.exchange.recalls import NO_ANSWER_S, Recall
from cti_simulators.asterisk.exchange.state import RING, UP, Bridge, Channel
from cti_simulators.asterisk.exchange.talks import enter, finish, hang_up, leave, peer, peers, see, talk_ends

_CODE = "*2"
_LOOP_S = 10.0
"""`atxferloopdelay`: so long after nobody could be called back the consulted is tried again."""
_RECALLS = 2
"""`atxfercallbackretries`."""


def consult(pbx: Pbx, transferer: Channel, context: str, exten: str) -> None:
    """The channel asks for somebody at a number, while whom it talks with hears music; nothing happens without one."""
    if peer(transferer) is None:
        return
    for digit in _CODE:
        pbx.tell(pbx.voice.digit(transferer, digit, pressed_s=0))
    ask_to_wait(pbx, transferer)
    for digit in exten:
        pbx.tell(pbx.voice.digit(transferer, digit, pressed_s=0))
    pbx.later(pbx.facts.feature_digits_s, lambda: begin(pbx, transferer, context, exten))


def ask_to_wait(pbx: Pbx, transferer: Channel) -> None:
    """Whom the channel talks with hears music while a number is entered."""
    pbx.tell(pbx.voice.asked_to_wait(transferer))
    for other in peers(transferer):
        other.held = True
        pbx.tell(pbx.voice.music(other))


def begin(pbx: Pbx, transferer: Channel, context: str, exten: str) -> None:
    """The number is complete: ring there, if the talk is still there."""
    transferee, bridge = peer(transferer), transferer.bridge
    if transferer.gone or transferee is None or bridge is None:
        return
    consultation = Consultation(pbx, transferer, transferee, bridge)
    transferer.transfers = consultation
    consultation.begin(context, exten)


class Consultation:
    """From the digits to the end of the transfer. An attempt of the Local channel that leads to the consulted."""

    def __init__(self, pbx: Pbx, transferer: Channel, transferee: Channel, bridge: Bridge) -> None:
        self.caller: Channel | None = None
        self.legs: list[Channel] = []
        self._pbx, self._transferer, self._transferee, self._old = pbx, transferer, transferee, bridge
        self._back_to = transferer.person
        self._where = ("", "")
        self._one: Channel | None = None
        self._left = False
        """The transferer hung up before the consulted answered."""
        self._recalls = 0
        self._stop: Callable[[], None] = lambda: None

    def begin(self, context: str, exten: str) -> None:
        """Ring the consulted."""
        pbx, transferer = self._pbx, self._transferer
        if not dialplan.exists(pbx, context, exten):
            self._back()
            return
        self._where = (context, exten)
        two = self._prepare(transferer)
        leave(pbx, transferer, music_goes_on=True)
        if not pbx.facts.masquerades:
            self._meet()
        dialplan.run(pbx, two)

    def _prepare(self, linked: Channel | None) -> Channel:
        """Make the Local channel towards the consulted; its second half has to run the dialplan next."""
        pbx, transferer = self._pbx, self._transferer
        context, exten = self._where
        one, two = pbx.local_pair(exten, context, linked)
        self._one, one.attempt, two.runs_dialplan, two.state = one, self, True, RING
        self.legs = [one]
        pbx.tell(pbx.voice.new_channel(one) + pbx.voice.new_channel(two))
        two.number, two.caller_name = transferer.number, transferer.caller_name
        one.connected_number, one.connected_name = transferer.number, transferer.caller_name
        if not pbx.facts.masquerades:
            pbx.tell(pbx.voice.new_caller_id(two) + pbx.voice.connected_line(one))
        pbx.tell(pbx.voice.local_bridge(one, two, optimise=True))
        self._stop = pbx.later(NO_ANSWER_S, self.cancel)
        return two

    def _meet(self) -> None:
        if self._one is not None:
            bridge = self._pbx.bridge()
            enter(self._pbx, bridge, self._one)
            enter(self._pbx, bridge, self._transferer)

    def ringing(self, leg: Channel) -> None:
        """It rings there."""
        self._pbx.tell(self._pbx.voice.dial_ringing(None, leg))

    def answered(self, leg: Channel) -> None:
        """The consulted answers."""
        self._stop()
        self.legs, leg.attempt = [], None
        if self._pbx.facts.rings_first:
            self._pbx.tell(self._pbx.voice.dial_end(None, leg, "ANSWER"))
        if self._left:
            self._reached(leg)
        elif self._pbx.facts.masquerades:
            self._meet()

    def _reached(self, leg: Channel) -> None:
        """Somebody answers after the transferer has gone."""
        pbx = self._pbx
        self._transferee.leave = None
        if not self._waits():
            hang_up(pbx, leg)
        elif pbx.facts.masquerades:
            join_by_masquerade(pbx, self._transferee, leg)
            finish(pbx, self._transferer)
        else:
            see(pbx, self._transferee, leg)
            optimise(pbx, leg)

    def refused(self, leg: Channel, cause: int) -> None:
        """The consulted does not want, or does not answer: the transferer is back in the first talk, or called back."""
        self._stop()
        self.legs, leg.attempt, self._one = [], None, None
        self._pbx.tell(self._pbx.voice.dial_end(None, leg, "BUSY" if cause == 17 else "NOANSWER"))
        leave(self._pbx, leg)
        if not self._left:
            self._back()
        finish(self._pbx, leg, cause)
        if self._left and self._waits():
            Recall(self._pbx, self._back_to, self._transferee, self._recalled).begin()

    def _recalled(self, leg: Channel | None) -> None:
        """The transferer was called back, and is there again or (None) is not."""
        pbx, transferee = self._pbx, self._transferee
        self._recalls += 1
        if not self._waits():
            if leg is not None:
                hang_up(pbx, leg)
        elif leg is not None:
            self._rejoin(leg)
        elif self._recalls >= _RECALLS:
            transferee.leave = None
            finish(pbx, self._transferer)
            hang_up(pbx, transferee)
        else:
            self._stop = pbx.later(_LOOP_S, self._again)

    def _rejoin(self, leg: Channel) -> None:
        pbx = self._pbx
        if pbx.facts.masquerades:
            self._reached(leg)
            return
        self._transferee.leave = None
        enter(pbx, self._old, leg)
        see(pbx, self._transferee, leg)

    def _again(self) -> None:
        """Ring the consulted once more, for the transferee."""
        if not self._waits():
            return
        two = self._prepare(None)
        if self._one is not None and not self._pbx.facts.masquerades:
            enter(self._pbx, self._old, self._one)
        dialplan.run(self._pbx, two)

    def _gives_up(self) -> None:
        """The transferee has gone while nobody was reached yet."""
        self._stop()
        one, self._one = self._one, None
        if one is not None and not one.gone:
            one.attempt = None
            hang_up(self._pbx, one)
        finish(self._pbx, self._transferer)

    def cancelled(self, cause: int) -> None:
        """Nobody gives up: what ends is the transferer's own leg."""

    def replaced(self, leg: Channel, by: Channel) -> None:
        """A Local channel's first half rings nowhere that anybody could pick up."""

    def cancel(self) -> None:
        """The transferer wants the first talk back."""
        one = self._one
        if one is None or one.gone:
            return
        if one.attempt is not None:
            self.refused(one, 16)
            return
        self._one = None
        leave(self._pbx, one)
        self._back()
        finish(self._pbx, one)

    def transferer_hangs_up(self) -> None:
        """The transferer is out of it: the other two talk, now or as soon as the consulted answers."""
        pbx, transferer, one = self._pbx, self._transferer, self._one
        transferer.transfers = None
        if not self._waits() or one is None or one.gone:
            hang_up(pbx, transferer)
            return
        talk_ends(transferer, "transfer")
        talk_ends(self._transferee, "transfer")
        second = transferer.bridge
        leave(pbx, transferer)
        if one.state != UP:
            self._left = True
            self._transferee.leave = self._gives_up
            if pbx.facts.masquerades:  # its channel lives on until somebody is reached
                return
        if pbx.facts.masquerades:
            join_by_masquerade(pbx, self._transferee, one)
        else:
            join_in_bridge(pbx, self._old, second, transferer, self._transferee, one)
        finish(pbx, transferer)

    def _waits(self) -> bool:
        """Whether the transferee is still there."""
        return self._transferee.bridge is self._old

    def _back(self) -> None:
        pbx, transferer, transferee = self._pbx, self._transferer, self._transferee
        transferer.transfers = None
        if transferer.gone:
            return
        if not self._waits():
            hang_up(pbx, transferer)
            return
        if transferer.bridge is not self._old:
            leave(pbx, transferer)
            enter(pbx, self._old, transferer)
        transferee.held = False
        pbx.tell(pbx.voice.silence(transferee))
        pbx.tell(pbx.voice.unhold(transferer))
