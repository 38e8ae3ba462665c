"""Keys that are pressed in a talk, and the feature codes among them. Pure but for the `Pbx` handed in."""

from cti_simulators.asterisk.exchange import consultations, dialplan, parking, transfers
from cti_simulators.asterisk.exchange.pbx import Pbx
from cti_simulators.asterisk.exchange.state import Channel
from cti_simulators.asterisk.exchange.talks import peer, peers

BLIND, ATTENDED, PARK = "##", "*2", "#72"
_PRESSED_S = 0.2
_BEGIN_CODE = "#*"
"""A digit that may begin a feature code is kept back from the other party."""
_BLIND_NUMBER_S = 0.65
"""So long after its last digit the number of a blind transfer is taken to be complete."""


def press(pbx: Pbx, leg: Channel, keys: str) -> None:
    """Press them one after the other. In a talk of two `##` and `*2` ask for a number to transfer to; `#72` parks."""
    if leg.collects is not None:
        _number(pbx, leg, keys)
        return
    code = next((each for each in (BLIND, ATTENDED, PARK) if keys.startswith(each)), "")
    if not code or peer(leg) is None:
        for digit in keys:
            _told(pbx, leg, digit, passed_on=digit not in _BEGIN_CODE)
        return
    for digit in code:
        _told(pbx, leg, digit, passed_on=False)
    if code == PARK:
        parking.park_talk(pbx, leg)
        return
    leg.collects = code
    consultations.ask_to_wait(pbx, leg)
    if keys != code:
        _number(pbx, leg, keys.removeprefix(code))


def _number(pbx: Pbx, leg: Channel, digits: str) -> None:
    for digit in digits:
        _told(pbx, leg, digit, passed_on=False)
    collected = leg.collects = (leg.collects or "") + digits
    ends_s = _BLIND_NUMBER_S if collected.startswith(BLIND) else pbx.facts.attended_number_s
    pbx.later(ends_s, lambda: _complete(pbx, leg) if leg.collects == collected else None)


def _complete(pbx: Pbx, leg: Channel) -> None:
    collected, leg.collects = leg.collects or "", None
    code, number = collected[: len(BLIND)], collected[len(BLIND) :]
    if leg.gone or peer(leg) is None:
        return
    if not dialplan.exists(pbx, dialplan.INTERNAL, number):
        transfers.retrieve(pbx, leg)
    elif code == BLIND:
        transfers.blind(pbx, leg, dialplan.INTERNAL, number, by_phone=False)
    else:
        consultations.begin(pbx, leg, dialplan.INTERNAL, number)


def _told(pbx: Pbx, leg: Channel, digit: str, *, passed_on: bool) -> None:
    pbx.tell(pbx.voice.digit(leg, digit, pressed_s=_PRESSED_S))
    for other in peers(leg) if passed_on else ():
        pbx.tell(pbx.voice.digit(other, digit, pressed_s=_PRESSED_S, sent=True))
    if leg.bridge is not None:
        pbx.tell(pbx.voice.relinked(leg.bridge))
