"""The API commands of a CTI link on a simulated FreeSWITCH: what it answers, and what it does. Pure."""

import json
import re
from collections.abc import Callable, Mapping

from cti_simulators.freeswitch.exchange import Switch
from cti_simulators.freeswitch.legs import Leg

_ORIGINATE = re.compile(r"originate \{(?P<variables>[^}]*)\}user/(?P<user>\w+)(?:@\S+)? (?P<to>\S+) XML \S+$")
_GONE = "-ERR No such channel!\n"


class Api:
    """`run` answers one command as FreeSWITCH's text. `agents`: status by user; they are all in the queue `support`."""

    def __init__(self, switch: Switch, agents: Mapping[str, str] | None = None) -> None:
        self._switch = switch
        self.agents = dict(agents or {})
        self.muted: set[str] = set()

    def run(self, command: str) -> str:
        """The answer to a command; its events are told meanwhile."""
        name, _, rest = command.partition(" ")
        deed = self._deeds().get(name)
        return deed(rest) if deed is not None else f"-ERR {name} Command not found!\n"

    def _deeds(self) -> dict[str, Callable[[str], str]]:
        return {
            "echo": lambda rest: rest,
            "show": self._show,
            "uuid_dump": self._dump,
            "uuid_kill": self._kill,
            "uuid_hold": self._hold,
            "uuid_bridge": self._bridge,
            "uuid_transfer": self._transfer,
            "uuid_record": self._record,
            "uuid_audio": self._audio,
            "uuid_recv_dtmf": self._digits,
            "uuid_phone_event": self._phone,
            "originate": lambda rest: self._originate(f"originate {rest}"),
            "callcenter_config": self._callcenter,
        }

    def _show(self, rest: str) -> str:
        rows = [
            {"uuid": each.uid, "callstate": each.headers()["Channel-Call-State"], "name": each.channel_name}
            for each in self._switch.legs.values()
        ]
        return json.dumps({"row_count": len(rows), "rows": rows})

    def _leg(self, uid: str) -> Leg | None:
        return self._switch.legs.get(uid)

    def _dump(self, rest: str) -> str:
        leg = self._leg(rest.partition(" ")[0])
        return _GONE if leg is None else json.dumps({"Event-Name": "CHANNEL_DATA", **leg.headers()})

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
        uid, to = rest.split()[:2]
        leg = self._leg(uid)
        if leg is None:
            return _GONE
        self._switch.blind(leg, to)
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

    def _digits(self, rest: str) -> str:
        return "+OK\n" if self._leg(rest.split()[0]) is not None else _GONE

    def _phone(self, rest: str) -> str:
        leg = self._leg(rest.split()[0])
        if leg is None:
            return _GONE
        if leg.state == "ringing":
            self._switch.answer(leg)
        return "+OK Success\n"

    def _originate(self, command: str) -> str:
        found = _ORIGINATE.match(command)
        if found is None:
            return "-USAGE: originate <call url> <exten>\n"
        variables = dict(each.split("=", 1) for each in found["variables"].split(","))
        if found["user"] in self._switch.busy:
            return "-ERR USER_BUSY\n"
        shown = variables.get("origination_caller_id_number", "")
        leg = self._switch.originate(found["user"], found["to"], shown, variables)
        return f"+OK {leg.uid}\n"

    def _callcenter(self, rest: str) -> str:
        words = rest.replace("'", "").split()
        if words[:2] == ["agent", "list"]:
            lines = ["name|status|state|wrap_up_time", *(f"{a}|{s}|Waiting|4" for a, s in self.agents.items())]
        elif words[:2] == ["tier", "list"]:
            lines = ["queue|agent|state|level|position", *(f"support|{a}|Ready|1|1" for a in self.agents)]
        elif words[:3] == ["agent", "set", "status"] and words[3] in self.agents:
            self.agents[words[3]] = " ".join(words[4:])
            more = {"Event__Subclass": "callcenter::info", "CC__Action": "agent-status-change", "CC__Agent": words[3]}
            self._switch.say("CUSTOM", None, **more, CC__Agent__Status=self.agents[words[3]])
            return "+OK\n"
        else:
            return "-ERR Invalid!\n"
        return "\n".join(lines) + "\n+OK\n"
