"""Asterisk 11: a telephone takes another channel's place. Pure but for the `Pbx` handed in."""

from cti_simulators.asterisk.exchange.devices import refresh
from cti_simulators.asterisk.exchange.pbx import Pbx
from cti_simulators.asterisk.exchange.state import Channel


def masquerade(pbx: Pbx, clone: Channel, original: Channel) -> None:
    """`clone`'s telephone, name and number go on as `original`; what is left of `clone` is a zombie.

    Uniqueids stay where they are, and so does what each channel does: its talk, its dialplan.
    """
    pbx.tell(pbx.voice.masquerade(clone, original))
    name, of = clone.name, original.name
    pbx.rename(clone, f"{name}<MASQ>")
    pbx.rename(original, name)
    pbx.rename(clone, f"{of}<ZOMBIE>")
    pushed_out = original.person
    if pushed_out:
        pbx.legs(original.person).remove(original)
    if clone.person:
        legs = pbx.legs(clone.person)
        legs[legs.index(clone)] = original
    original.person, clone.person = clone.person, ""
    original.device, clone.device = clone.device, original.device
    original.number, clone.number = clone.number, original.number
    original.caller_name, clone.caller_name = clone.caller_name, original.caller_name
    clone.connected_number, clone.connected_name = original.connected_number, original.connected_name
    original.other_half, clone.other_half = clone.other_half, original.other_half
    for each in (original, clone):
        if each.other_half is not None:
            each.other_half.other_half = each
    original.state, original.holding = clone.state, False
    pbx.tell(pbx.voice.new_caller_id(original))
    refresh(pbx, pushed_out)
    refresh(pbx, original.person)
