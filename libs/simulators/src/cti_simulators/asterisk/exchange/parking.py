"""Parking: a caller waits in a slot until somebody fetches them. Pure but for the `Pbx` handed in."""

from cti_simulators.asterisk.exchange.dialling import Dial
from cti_simulators.asterisk.exchange.masquerades import masquerade
from cti_simulators.asterisk.exchange.pbx import Pbx
from cti_simulators.asterisk.exchange.state import UP, Bridge, Channel, Parked
from cti_simulators.asterisk.exchange.talks import (
    enter,
    finish,
    leave,
    peer,
    run_app,
    see,
    set_state,
    talk_ends,
)

_RETURN_RING_S = 30.0


def park_talk(pbx: Pbx, parker: Channel) -> None:
    """Whoever talks with `parker` is parked, and `parker` is out of it."""
    parkee = peer(parker)
    if parkee is None:
        return
    for each in (parker, parkee):
        talk_ends(each, "transfer")
    _lot(pbx)
    leave(pbx, parkee)
    stays = parkee
    if pbx.facts.masquerades:
        stays = pbx.stand_in("Parked", parkee)
        pbx.tell(pbx.voice.new_channel(stays))
        masquerade(pbx, parkee, stays)
        stays.connected_number, stays.connected_name = parker.number, parker.caller_name
    _stay(pbx, stays, parker.device)
    leave(pbx, parker)
    finish(pbx, parker)
    if stays is not parkee:
        finish(pbx, parkee)


def park(pbx: Pbx, channel: Channel, parker: str) -> None:
    """The dialplan parks a channel. `parker`: the device that will be rung if nobody comes."""
    run_app(pbx, channel, "Park", priority=1)
    set_state(pbx, channel, UP)
    _lot(pbx)
    _stay(pbx, channel, parker)


def retrieve(pbx: Pbx, channel: Channel, slot: int) -> None:
    """The dialplan fetches who is in a slot; from an empty one the channel is sent away."""
    run_app(pbx, channel, "ParkedCall", f"default,{slot}", priority=1)
    parked = pbx.slots.pop(slot, None)
    if parked is None:
        finish(pbx, channel)
        return
    parked.stop()
    parkee = parked.channel
    parkee.leave = None
    set_state(pbx, channel, UP)
    bridge = pbx.bridge()
    pbx.tell(pbx.voice.unparked(parked, channel, pbx.plan.park_s, pbx.now))
    parkee.held = True
    leave(pbx, parkee)
    enter(pbx, bridge, parkee)
    enter(pbx, bridge, channel)
    see(pbx, channel, parkee)
    see(pbx, parkee, channel)


def _lot(pbx: Pbx) -> Bridge:
    if pbx.lot is None:
        pbx.lot = pbx.bridge(kind="parking", technology="holding_bridge", creator="Parking", name="default")
    return pbx.lot


def _stay(pbx: Pbx, channel: Channel, parker: str) -> None:
    free = (each for each in range(pbx.plan.first_slot, pbx.plan.last_slot + 1) if each not in pbx.slots)
    slot = next(free, None)
    if slot is None:
        finish(pbx, channel, 34)
        return
    stop = pbx.later(pbx.plan.park_s, lambda: _nobody_came(pbx, slot))
    parked = pbx.slots[slot] = Parked(channel, parker, pbx.now, slot, stop)
    channel.leave = lambda: _gives_up(pbx, parked)
    pbx.tell(pbx.voice.parked(parked, pbx.plan.park_s))
    enter(pbx, _lot(pbx), channel)
    pbx.tell(pbx.voice.music(channel))


def _gives_up(pbx: Pbx, parked: Parked) -> None:
    parked.stop()
    del pbx.slots[parked.slot]
    pbx.tell(pbx.voice.silence(parked.channel))
    leave(pbx, parked.channel)


def _nobody_came(pbx: Pbx, slot: int) -> None:
    """Ring whoever parked."""
    parked = pbx.slots.pop(slot)
    channel = parked.channel
    channel.leave = None
    pbx.tell(pbx.voice.park_timeout(parked, pbx.plan.park_s))
    channel.held = True
    leave(pbx, channel)
    channel.runs_dialplan = True
    channel.context, channel.exten = "park-dial", parked.parker.replace("/", "_")
    run_app(pbx, channel, "Dial", f"{parked.parker},{_RETURN_RING_S:.0f}", priority=1)

    def failed(caller: Channel, status: str, cause: int) -> None:
        finish(pbx, caller, cause)

    Dial(pbx, channel, _RETURN_RING_S, failed).begin([parked.parker.partition("/")[2]])
