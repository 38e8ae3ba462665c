"""Who transferred is called back, because nobody answered there. Pure but for the `Pbx` handed in."""

from collections.abc import Callable

from cti_simulators.asterisk.exchange.dialling import dial_string, new_leg
from cti_simulators.asterisk.exchange.pbx import Pbx
from cti_simulators.asterisk.exchange.state import Channel
from cti_simulators.asterisk.exchange.talks import finish, see

NO_ANSWER_S = 15.0
"""`atxfernoanswertimeout`: so long it rings at the consulted, and then at who is called back."""


class Recall:
    """Asterisk calls somebody back, because nobody answered where they transferred to. `done` is told who answered."""

    def __init__(self, pbx: Pbx, number: str, transferee: Channel, done: Callable[[Channel | None], None]) -> None:
        self.caller: Channel | None = None
        self.legs: list[Channel] = []
        self._pbx, self._number, self._transferee, self._done = pbx, number, transferee, done
        self._stop: Callable[[], None] = lambda: None

    def begin(self) -> None:
        """Ring there. Nothing ties the new channel to the call but whom it shows."""
        pbx = self._pbx
        leg = new_leg(pbx, self, self._number)
        if leg is None:
            self._done(None)
            return
        see(pbx, leg, self._transferee)
        pbx.tell(pbx.voice.dial_begin(None, leg, dial_string(pbx, self._number)))
        self._stop = pbx.later(NO_ANSWER_S, lambda: self.refused(leg, 16))

    def ringing(self, leg: Channel) -> None:
        """It rings."""
        self._pbx.tell(self._pbx.voice.dial_ringing(None, leg))

    def answered(self, leg: Channel) -> None:
        """It is answered."""
        self._leave(leg)
        self._pbx.tell(self._pbx.voice.dial_end(None, leg, "ANSWER"))
        self._done(leg)

    def refused(self, leg: Channel, cause: int) -> None:
        """It is not."""
        self._leave(leg)
        self._pbx.tell(self._pbx.voice.dial_end(None, leg, "BUSY" if cause == 17 else "NOANSWER"))
        finish(self._pbx, leg, cause)
        self._done(None)

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
