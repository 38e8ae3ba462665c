"""Pickup: answer what rings at another telephone. Pure but for the `Pbx` handed in."""

from cti_simulators.asterisk.exchange.masquerades import masquerade
from cti_simulators.asterisk.exchange.pbx import Pbx
from cti_simulators.asterisk.exchange.state import RINGING, UP, Channel
from cti_simulators.asterisk.exchange.talks import finish, run_app, see, set_state


def pick_up(pbx: Pbx, picker: Channel, at: str) -> None:
    """The dialplan picks up the call that rings at extension `at`, or at any when that is empty.

    A channel that finds nothing to pick up is sent away.
    """
    run_app(pbx, picker, "Pickup", f"{at}@internal" if at else "", priority=1)
    _take(pbx, picker, ringing_at(pbx, at, picker.person))


def pick_up_channel(pbx: Pbx, picker: Channel, name: str) -> None:
    """The same for the one channel of this name (application PickupChan)."""
    target = pbx.names.get(name)
    _take(pbx, picker, target if target is not None and target.state == RINGING else None)


def _take(pbx: Pbx, picker: Channel, target: Channel | None) -> None:
    if target is None or target.attempt is None:
        finish(pbx, picker)
        return
    attempt, caller = target.attempt, target.attempt.caller
    if caller is not None:
        see(pbx, picker, caller)
    set_state(pbx, picker, UP)
    if pbx.facts.masquerades:
        pbx.tell(pbx.voice.picked_up(picker, target))
        masquerade(pbx, picker, target)
        pbx.tell(pbx.voice.soft_hangup(picker))
        picker.runs_dialplan = False
        attempt.answered(target)
        finish(pbx, picker, 26)
        return
    if not pbx.facts.rings_first:
        pbx.tell(pbx.voice.dial_end(caller, target, "CANCEL"))
        pbx.tell(pbx.voice.dial_begin(caller, picker, target.person))
    pbx.tell(pbx.voice.picked_up(picker, target))
    attempt.replaced(target, picker)
    picker.runs_dialplan = False
    if caller is not None:
        see(pbx, caller, picker)
    attempt.answered(picker)
    pbx.tell(pbx.voice.soft_hangup(target))
    finish(pbx, target, 26)


def ringing_at(pbx: Pbx, at: str, but: str) -> Channel | None:
    """The leg that rings at an extension, or at any but one."""
    phones = [pbx.phones[at]] if at in pbx.phones else [] if at else list(pbx.phones.values())
    legs = (leg for phone in phones if phone.plan.number != but for leg in phone.legs)
    return next((leg for leg in legs if leg.state == RINGING and leg.attempt is not None), None)
