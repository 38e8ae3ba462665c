"""The state of devices, and who is told of it: hints and queues. Pure."""

from cti_simulators.asterisk.exchange.pbx import Pbx
from cti_simulators.asterisk.exchange.state import RINGING, Channel, Phone

MEMBER_STATUS = {
    "NOT_INUSE": 1,
    "INUSE": 2,
    "BUSY": 3,
    "UNAVAILABLE": 5,
    "RINGING": 6,
    "RINGINUSE": 7,
    "ONHOLD": 8,
}
HINT_STATUS = {
    "NOT_INUSE": 0,
    "INUSE": 1,
    "BUSY": 2,
    "UNAVAILABLE": 4,
    "RINGING": 8,
    "RINGINUSE": 9,
    "ONHOLD": 16,
}


def state_of(pbx: Pbx, phone: Phone) -> str:
    """The state of a telephone now."""
    if not phone.plan.registered:
        return "UNAVAILABLE"
    legs = phone.legs
    if not legs:
        return "NOT_INUSE"
    ringing = [leg for leg in legs if leg.state == RINGING]
    if ringing:
        return "RINGING" if len(ringing) == len(legs) else "RINGINUSE"
    if all(_on_hold(pbx, leg) for leg in legs):
        return "ONHOLD"
    return "BUSY" if len(legs) > 1 and not pbx.facts.holder_state else "INUSE"


def trunk_state(pbx: Pbx) -> str:
    """The state of the line to the public network."""
    legs = [leg for legs in pbx.outside.values() for leg in legs]
    if not legs:
        return "NOT_INUSE"
    return "ONHOLD" if all(_on_hold(pbx, leg) for leg in legs) else "INUSE"


def _on_hold(pbx: Pbx, leg: Channel) -> bool:
    return leg.holding if pbx.facts.holder_state else leg.held


def refresh(pbx: Pbx, person: str) -> None:
    """Tell the state of a person's telephone, if it is another than was told last."""
    phone = pbx.phones.get(person)
    if phone is None:
        return
    state = state_of(pbx, phone)
    if state == phone.shown:
        return
    phone.shown = state
    device = pbx.device(phone.plan.number)
    pbx.tell(pbx.voice.hint(phone.plan.number, device, HINT_STATUS[state]))
    pbx.tell(pbx.voice.device(device, state))
    for queue in pbx.queues.values():
        for member in queue.members:
            if member.device == device:
                member.shown = MEMBER_STATUS[state]
                pbx.tell(pbx.voice.member("QueueMemberStatus", queue, member))
