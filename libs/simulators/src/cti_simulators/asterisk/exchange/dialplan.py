"""Where a dialled number leads. Pure but for the `Pbx` handed in."""

import re

from cti_simulators.asterisk.exchange import conferences, parking, pickups, queues
from cti_simulators.asterisk.exchange.dialling import Dial
from cti_simulators.asterisk.exchange.pbx import Pbx
from cti_simulators.asterisk.exchange.plan import TRUNK
from cti_simulators.asterisk.exchange.state import RING, UP, Channel
from cti_simulators.asterisk.exchange.talks import finish, run_app, set_state

OUTSIDE = re.compile(r"8\d{10}")
_LOCAL = re.compile(r"8([12])(\d{2})")
INTERNAL, FROM_TRUNK = "internal", "from-trunk"


def exists(pbx: Pbx, context: str, exten: str) -> bool:
    """Whether a number leads anywhere."""
    plan = pbx.plan
    if context == FROM_TRUNK:
        dids = (plan.did_telephones, plan.did_queues, plan.did_locals, plan.did_conferences)
        return any(exten in each for each in dids)
    return (
        exten in pbx.phones
        or exten in plan.conferences
        or exten == plan.park_number
        or _slot(pbx, exten) is not None
        or OUTSIDE.fullmatch(exten) is not None
        or _LOCAL.fullmatch(exten) is not None
        or exten.startswith("*8")
    )


def run(pbx: Pbx, channel: Channel) -> None:
    """Run the dialplan at the channel's number, from priority 1; a channel that leads nowhere ends."""
    channel.runs_dialplan = True
    if channel.context == FROM_TRUNK:
        _from_trunk(pbx, channel)
    else:
        _internal(pbx, channel)


def start(pbx: Pbx, device: str, person: str, exten: str, number: str, name: str) -> Channel:
    """A telephone, or somebody outside, dials a number that exists."""
    context = FROM_TRUNK if device == pbx.trunk else INTERNAL
    channel = pbx.channel(device, context, exten, RING if pbx.facts.rings_first else 0)
    pbx.owner(channel, person)
    channel.number, channel.caller_name = number, name
    pbx.tell(pbx.voice.new_channel(channel))
    set_state(pbx, channel, RING)
    run(pbx, channel)
    return channel


def _from_trunk(pbx: Pbx, channel: Channel) -> None:
    plan, exten = pbx.plan, channel.exten
    if exten in plan.did_conferences:
        run_app(pbx, channel, "Goto", f"{INTERNAL},{plan.did_conferences[exten]},1")
        channel.context, channel.exten = INTERNAL, plan.did_conferences[exten]
        _internal(pbx, channel)
    elif exten in plan.did_queues:
        queue = pbx.queues[plan.did_queues[exten]]
        run_app(pbx, channel, "Set", f"__DID={exten}", priority=1)
        if queue.plan.answers:
            run_app(pbx, channel, "Answer", priority=2)
            set_state(pbx, channel, UP)
        queues.join(pbx, channel, queue, priority=3 if queue.plan.answers else 2)
    elif exten in plan.did_locals:
        _dial(pbx, channel, f"Local/{plan.did_locals[exten]}", plan.outside_ring_s, "tTkK", priority=1)
    elif plan.did_telephones.get(exten) in plan.forwards:
        channel.context, channel.exten = INTERNAL, plan.did_telephones[exten]
        _internal(pbx, channel)
    elif exten in plan.did_telephones:
        run_app(pbx, channel, "Set", f"__DID={exten}", priority=1)
        _dial(pbx, channel, plan.did_telephones[exten], plan.did_ring_s, "tTkK")
    else:
        finish(pbx, channel, 1)


def _internal(pbx: Pbx, channel: Channel) -> None:
    plan, exten = pbx.plan, channel.exten
    through_local = _LOCAL.fullmatch(exten)
    if exten in plan.forwards:
        _dial(pbx, channel, f"Local/{plan.forwards[exten]}@internal", plan.extension_ring_s, "", priority=5)
    elif exten in pbx.phones:
        run_app(pbx, channel, "GotoIf", "0?cf", priority=1)
        _dial(pbx, channel, exten, plan.extension_ring_s, "")
    elif OUTSIDE.fullmatch(exten):
        _outside(pbx, channel)
    elif through_local:
        options = "/n" if through_local[1] == "2" else ""
        target = f"Local/1{through_local[2]}@{INTERNAL}{options}"
        _dial(pbx, channel, target, plan.extension_ring_s, "", priority=1)
    elif exten in plan.conferences:
        conferences.join(pbx, channel)
    elif exten == plan.park_number:
        parking.park(pbx, channel, pbx.device(channel.connected_number))
    elif (slot := _slot(pbx, exten)) is not None:
        parking.retrieve(pbx, channel, slot)
    elif exten.startswith("*8"):
        pickups.pick_up(pbx, channel, exten.removeprefix("*8"))
    else:
        finish(pbx, channel, 1)


def _outside(pbx: Pbx, channel: Channel) -> None:
    if channel.person in pbx.phones:
        channel.number = f"74950000{channel.number}"
        pbx.tell(pbx.voice.new_caller_id(channel))
    _dial(pbx, channel, f"{channel.exten}@{TRUNK}", pbx.plan.outside_ring_s, "TtKk")


def _dial(pbx: Pbx, channel: Channel, target: str, ring_s: float, options: str, priority: int = 2) -> None:
    spelled = target if target.startswith("Local/") else f"{pbx.facts.technology}/{target}"
    data = f"{spelled},{ring_s:.0f}" + (f",{options}" if options else "")
    run_app(pbx, channel, "Dial", data, priority=priority)

    def failed(caller: Channel, status: str, cause: int) -> None:
        caller.priority = 4
        finish(pbx, caller, cause)

    Dial(pbx, channel, ring_s, failed).begin([target])


def _slot(pbx: Pbx, exten: str) -> int | None:
    slot = int(exten) if exten.isdecimal() else 0
    return slot if pbx.plan.first_slot <= slot <= pbx.plan.last_slot else None
