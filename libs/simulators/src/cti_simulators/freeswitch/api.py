"""The API commands of a CTI link on a simulated FreeSWITCH: what it answers, and what it does. Pure."""

import json
import re
from collections.abc import Callable

from cti_simulators.freeswitch.exchange import Switch
from cti_simulators.freeswitch.legs import Leg
from cti_simulators.freeswitch.tables import callcenter_config

_ORIGINATE = re.compile(r"originate \{(?P<variables>[^}]*)\}user/(?P<user>\w+)(?:@\S+)? (?P<to>&?[^ ]+)(?: XML \S+)?$")
_APPLICATION = re.compile(r"&(?P<name>\w+)\((?P<argument>[^)]*)\)$")
_GONE = "-ERR No such channel!\n"
Reply = Callable[[str], None]


class Api:
    """`run` answers one command as FreeSWITCH's text; `ask` gives the answer when there is one."""

    def __init__(self, switch: Switch) -> None:
        self._switch = switch
        self.muted: set[str] = set()

    def run(self, command: str) -> str:
        """The answer to a command; its events are told meanwhile. One that has no answer yet says `+OK`."""
        said: list[str] = []
        self.ask(command, said.append)
        return said[0] if said else "+OK\n"

    def ask(self, command: str, reply: Reply) -> None:
        """Carry a command out and answer it: an `originate` when the telephone is lifted or does not want."""
        name, _, rest = command.partition(" ")
        if name == "originate":
            self._originate(command, reply)
            return
        deed = self._deeds().get(name)
        reply(deed(rest) if deed is not None else f"-ERR {name} Command not found!\n")

    def _deeds(self) -> dict[str, Callable[[str], str]]:
        return {
            "echo": lambda rest: rest,
            "show": self._show,
            "uuid_dump": self._dump,
            "uuid_kill": self._kill,
            "uuid_hold": self._hold,
            "uuid_bridge": self._bridge,
            "uuid_transfer": self._transfer,
            "uuid_park": self._park,
            "uuid_record": self._record,
            "uuid_audio": self._audio,
            "uuid_setvar": self._setvar,
            "uuid_recv_dtmf": self._digits,
            "uuid_phone_event": self._phone,
            "callcenter_config": lambda rest: callcenter_config(self._switch.callcenter, rest),
        }

    def _show(self, rest: str) -> str:
        rows = [
            {"uuid": each.uid, "callstate": each.headers()["Channel-Call-State"], "name": each.channel_name}
            for each in self._switch.legs.values()
        ]
        return json.dumps({"row_count": len(rows), **({"rows": rows} if rows else {})})

    def _leg(self, uid: str) -> Leg | None:
        return self._switch.legs.get(uid)

    def _dump(self, rest: str) -> str:
        leg = self._leg(rest.partition(" ")[0])
        return _GONE if leg is None else json.dumps(self._switch.said("CHANNEL_DATA", leg))

    def _kill(self, rest: str) -> str:
        uid, _, cause = rest.partition(" ")
        leg = self._leg(uid)
        if leg is None:
            return _GONE
        self._switch.hang_up(leg, cause or "NORMAL_CLEARING", "send_bye")
        return "+OK\n"

    def _hold(self, rest: str) -> str:
        off, uid = rest.startswith("off "), rest.removeprefix("off ")
        leg = self._leg(uid)
        if leg is None:
            return _GONE
        self._switch.hold(leg, not off)
        return "+OK Success\n"

    def _bridge(self, rest: str) -> str:
        first, second = map(self._leg, rest.split())
        if first is None or second is None:
            return "-ERR Invalid uuid\n"
        self._switch.join(first, second)
        return f"+OK {second.uid}\n"

    def _transfer(self, rest: str) -> str:
        uid, to, *more = rest.split()
        leg = self._leg(uid)
        if leg is None:
            return _GONE
        if "inline" in more:
            application, _, argument = to.partition(":")
            if application != "conference":
                return "-ERR Invalid application\n"
            self._meet(leg, argument.partition("@")[0])
        else:
            self._switch.blind(leg, to)
        return "+OK\n"

    def _meet(self, leg: Leg, room: str) -> None:
        """Into a conference. Whom it talked with stays, and ends where nothing says otherwise."""
        other = self._switch.part(leg)
        self._switch.rooms.join(leg, room)
        stays = other is None or other.variables.get("hangup_after_bridge") == "false"
        if other is not None and not stays:
            self._switch.hang_up(other, "NORMAL_CLEARING", "send_bye")

    def _park(self, rest: str) -> str:
        leg = self._leg(rest.strip())
        if leg is None:
            return _GONE
        other = self._switch.part(leg)
        self._switch.lot.send_to_park(leg)
        if other is not None:
            self._switch.hang_up(other, "NORMAL_CLEARING", "send_bye")
        return "+OK\n"

    def _record(self, rest: str) -> str:
        uid, action, file = rest.split()
        leg = self._leg(uid)
        if leg is None:
            return _GONE
        name = "RECORD_START" if action == "start" else "RECORD_STOP"
        self._switch.say(name, leg, Record__File__Path=file)
        return "+OK Success\n"

    def _audio(self, rest: str) -> str:
        uid, action = rest.split()[:2]
        if self._leg(uid) is None:
            return _GONE
        if action == "start":
            self.muted.add(uid)
        else:
            self.muted.discard(uid)
        return "+OK\n"

    def _setvar(self, rest: str) -> str:
        uid, name, value = rest.split()
        leg = self._leg(uid)
        if leg is None:
            return _GONE
        leg.variables[name] = value
        return "+OK\n"

    def _digits(self, rest: str) -> str:
        return "+OK\n" if self._leg(rest.split()[0]) is not None else _GONE

    def _phone(self, rest: str) -> str:
        leg = self._leg(rest.split()[0])
        if leg is None:
            return _GONE
        if leg.state == "ringing":
            self._switch.answer(leg)
        return "+OK Success\n"

    def _originate(self, command: str, reply: Reply) -> None:
        found = _ORIGINATE.match(command)
        if found is None:
            reply("-USAGE: originate <call url> <exten>\n")
            return
        variables = dict(each.split("=", 1) for each in found["variables"].split(","))
        ring_s = float(variables.get("originate_timeout", "60"))
        goal = found["to"]

        def lifted(leg: Leg) -> None:
            reply(f"+OK {leg.uid}\n")
            self._goes_on(leg, goal)

        shown = variables.get("origination_caller_id_number", "")

        def refused(cause: str) -> None:
            reply(f"-ERR {cause}\n")

        self._switch.originate(found["user"], goal, shown, variables, lifted=lifted, refused=refused, ring_s=ring_s)

    def _goes_on(self, leg: Leg, goal: str) -> None:
        application = _APPLICATION.match(goal)
        if application is None:
            self._switch.send_to(leg, goal)
            return
        name, target = application["name"], self._leg(application["argument"])
        leg.variables["current_application"] = name
        if name == "intercept" and target is not None:
            self._switch.intercept(leg, target)
        elif name == "eavesdrop" and target is not None:
            self._switch.spy(leg, target)
        elif name == "park":
            self._switch.lot.park(leg)
        else:
            self._switch.hang_up(leg, "NORMAL_CLEARING", "send_bye")
