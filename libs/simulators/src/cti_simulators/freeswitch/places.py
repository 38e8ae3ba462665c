"""Where legs of a simulated FreeSWITCH wait or meet: conferences, parking, fifos. Pure but for the `Switch` handed in.

Conferences, `park` and fifos say what a real server was recorded saying (1.10.12); valet parking and giving up in a
fifo are from source (mod_valet_parking without its announcement, mod_fifo).
"""

from typing import TYPE_CHECKING

from cti_simulators.freeswitch.legs import Leg

if TYPE_CHECKING:
    from cti_simulators.freeswitch.exchange import Switch


class Rooms:
    """Conferences by number."""

    def __init__(self, switch: "Switch") -> None:
        self._switch = switch
        self._members: dict[str, list[Leg]] = {}
        self._ids = 0

    def join(self, leg: Leg, room: str) -> None:
        """A leg is in a conference from now on."""
        self._switch.enter(leg, self)
        leg.variables |= {"current_application": "conference", "conference_name": room}
        members = self._members.setdefault(room, [])
        if not members:
            self._say(None, room, "conference-create")
        members.append(leg)
        self._ids += 1
        leg.variables["conference_member_id"] = str(self._ids)
        self._say(leg, room, "add-member")

    def left(self, leg: Leg) -> None:
        """It is not any more; the last one takes the room along."""
        room = next(name for name, members in self._members.items() if leg in members)
        self._members[room].remove(leg)
        self._say(leg, room, "del-member")
        if not self._members[room]:
            del self._members[room]
            self._say(None, room, "conference-destroy")

    def _say(self, leg: Leg | None, room: str, action: str) -> None:
        more = {"Event__Subclass": "conference::maintenance", "Conference__Name": room, "Action": action}
        more["Conference__Size"] = str(len(self._members.get(room, ())))
        if leg is not None:
            more["Member__ID"] = leg.variables["conference_member_id"]
        self._switch.say("CUSTOM", leg, **more)


class Lot:
    """Parking: `park`, which has no slots, and the slots of a valet parking lot."""

    def __init__(self, switch: "Switch") -> None:
        self._switch = switch
        self._slots: dict[str, Leg] = {}
        self._parked: set[Leg] = set()

    def park(self, leg: Leg) -> None:
        """The dialplan's `park`: a leg waits until somebody bridges it."""
        self._switch.enter(leg, self)
        leg.variables["current_application"] = "park"
        self._parked.add(leg)
        self._switch.say("CHANNEL_PARK", leg)

    def send_to_park(self, leg: Leg) -> None:
        """`uuid_park`: the same, in a state of its own (from source)."""
        self._switch.enter(leg, self)
        leg.core_state = "CS_PARK"
        self._parked.add(leg)
        self._switch.say("CHANNEL_PARK", leg)

    def put(self, leg: Leg) -> str:
        """A leg waits in the first free slot, whose number is returned."""
        plan = self._switch.plan
        numbers = map(str, range(plan.first_slot, plan.last_slot + 1))
        slot = next(each for each in numbers if each not in self._slots)
        self._waits(leg, slot)
        return slot

    def _waits(self, leg: Leg, slot: str) -> None:
        self._switch.enter(leg, self)
        self._slots[slot] = leg
        leg.variables |= {"current_application": "valet_park", "valet_lot_extension": slot}
        self._say(leg, slot, "hold")
        plan = self._switch.plan
        if plan.slot_s:
            self._switch.later(plan.slot_s, lambda: self._too_long(leg, plan.slot_orbit))

    def _too_long(self, leg: Leg, orbit: str) -> None:
        if leg.place is self and leg in self._slots.values():
            self._switch.leave(leg)
            self._switch.send_to(leg, orbit)

    def take(self, leg: Leg, slot: str) -> None:
        """Talk with who waits in a slot; nobody there: wait in it."""
        waiter = self._slots.get(slot)
        if waiter is None:
            self._waits(leg, slot)
            return
        self._switch.up(leg)
        self._say(waiter, slot, "bridge", Bridge__To__UUID=leg.uid)
        self._switch.join(waiter, leg)

    def left(self, leg: Leg) -> None:
        """Who waited has gone, or is taken out by another way."""
        if leg in self._parked:
            self._parked.remove(leg)
            self._switch.say("CHANNEL_UNPARK", leg)
        for slot, waiter in tuple(self._slots.items()):
            if waiter is leg:
                del self._slots[slot]
                self._say(leg, slot, "exit")

    def _say(self, leg: Leg, slot: str, action: str, **more: str) -> None:
        about = {"Event__Subclass": "valet_parking::info", "Valet__Lot__Name": "lot", "Valet__Extension": slot}
        self._switch.say("CUSTOM", leg, **about, Action=action, **more)


class Fifos:
    """Queues without agents (mod_fifo): callers are pushed, whoever dials in takes the first out."""

    def __init__(self, switch: "Switch") -> None:
        self._switch = switch
        self._waiting: dict[str, list[Leg]] = {}

    def push(self, leg: Leg, name: str) -> None:
        """A caller waits."""
        self._switch.enter(leg, self)
        leg.variables |= {"current_application": "fifo", "current_application_data": f"{name} in"}
        leg.variables["fifo_status"] = "WAITING"
        self._waiting.setdefault(name, []).append(leg)
        self._say(leg, name, "push")

    def pop(self, leg: Leg, name: str) -> None:
        """`fifo out nowait`: the first caller is taken; where none waits, the leg ends."""
        self._switch.up(leg)
        leg.variables |= {"current_application": "fifo", "current_application_data": f"{name} out nowait"}
        self._say(leg, name, "consumer_start")
        waiting = self._waiting.get(name)
        if not waiting:
            self._switch.hang_up(leg, "NORMAL_CLEARING", "send_bye")
            return
        caller = waiting.pop(0)
        caller.place = None
        caller.variables["fifo_status"] = "TALKING"
        self._say(caller, name, "caller_pop")
        self._say(leg, name, "consumer_pop", FIFO__Caller__UUID=caller.uid)
        self._switch.bridge(leg, caller)

    def left(self, leg: Leg) -> None:
        """A caller does not wait any more, taken by nobody."""
        name = next(name for name, waiting in self._waiting.items() if leg in waiting)
        self._waiting[name].remove(leg)
        self._say(leg, name, "abort")

    def _say(self, leg: Leg, name: str, action: str, **more: str) -> None:
        self._switch.say("CUSTOM", leg, Event__Subclass="fifo::info", FIFO__Name=name, FIFO__Action=action, **more)
