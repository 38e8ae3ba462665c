"""What the numbers of a simulated FreeSWITCH do. Pure but for the `Switch` handed in.

`1XX` rings that user; what comes from outside to `74950000` before a user's number rings that user too. Queues,
conferences, fifos and parking are where the plan says. Six digits or more go outside by the trunk; anything else does
not exist.
"""

from typing import TYPE_CHECKING

from cti_simulators.freeswitch.legs import Leg

if TYPE_CHECKING:
    from cti_simulators.freeswitch.exchange import Switch


def route(switch: "Switch", leg: Leg, to: str) -> None:
    """Carry out what a number does with a leg."""
    plan = switch.plan
    if not leg.user and to in plan.dids:
        switch.send_to(leg, plan.dids[to])
    elif to in plan.queue_numbers:
        switch.callcenter.join(leg, plan.queue_numbers[to])
    elif to in plan.rooms:
        switch.rooms.join(leg, to)
    elif to in plan.fifo_in:
        switch.fifos.push(leg, plan.fifo_in[to])
    elif to in plan.fifo_out:
        switch.fifos.pop(leg, plan.fifo_out[to])
    elif to == plan.park_number:
        switch.lot.park(leg)
    elif to == plan.valet_number:
        switch.lot.put(leg)
    elif to.isdecimal() and plan.first_slot <= int(to) <= plan.last_slot:
        switch.lot.take(leg, to)
    elif to.startswith(plan.pickup_prefix):
        pick_up(switch, leg, to.removeprefix(plan.pickup_prefix))
    else:
        _rings(switch, leg, to)


def _rings(switch: "Switch", leg: Leg, to: str) -> None:
    user = to if to.startswith("1") and len(to) == 3 else ""
    if not leg.user and to.startswith("74950000"):
        user = to[-3:]
    if not user and (len(to) < 6 or not to.isdecimal()):
        switch.hang_up(leg, "NO_ROUTE_DESTINATION", "send_refuse")
        return
    leg.variables["current_application"] = "bridge"
    shown = leg.user or leg.number
    name = switch.manners.names.get(leg.user, f"User {leg.user}") if leg.user else leg.name
    called = Leg(switch.new_id(), user, shown, name, user or to, True, switch.us, switch.domain, leg)
    switch.begin(called)
    switch.ring(called)


def pick_up(switch: "Switch", leg: Leg, user: str) -> None:
    """`intercept`: take the call that rings at a user's telephone, at any without one; if none does, be refused."""
    for each in switch.legs.values():
        waiter = each.originator
        if each.state == "ringing" and user in ("", each.user) and waiter is not None and waiter is not leg:
            switch.up(leg)
            switch.intercept(leg, waiter)
            return
    switch.hang_up(leg, "NORMAL_CLEARING", "send_refuse")
