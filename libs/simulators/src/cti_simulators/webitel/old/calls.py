"""The old engine's commands about calls, on a simulated FreeSWITCH. Pure.

Source: the public engine (`services/channel.js`), that of 2016 and its newest. `call` is answered when the telephone
was lifted.
"""

from collections.abc import Callable
from typing import Final

from cti_simulators.freeswitch.api import Api
from cti_simulators.freeswitch.exchange import Headers, Switch
from cti_simulators.freeswitch.legs import Leg
from cti_simulators.webitel.old.users import Args, Reply, say

GONE: Final = "-ERR No such channel!\n"
Deed = Callable[[Args, Reply], None]


class Calls:
    """What is done with legs. `older`: by an engine of 2016, which says otherwise whom a telephone is rung for."""

    def __init__(self, switch: Switch, api: Api) -> None:
        self._switch = switch
        self._api = api
        self._lifting: dict[str, Reply] = {}
        self.older = False

    def heard(self, headers: Headers) -> None:
        """An event of the switch: it may be the answer to a `call`."""
        uid, name = headers.get("Unique-ID", ""), headers["Event-Name"]
        if uid in self._lifting and name in ("CHANNEL_ANSWER", "CHANNEL_HANGUP"):
            said = f"+OK {uid}\n" if name == "CHANNEL_ANSWER" else f"-ERR {headers.get('Hangup-Cause')}\n"
            say(self._lifting.pop(uid), said)

    def deeds(self) -> dict[str, Deed]:
        """By name."""
        return {
            "call": self._call,
            "att_xfer2": self._consult,
            "att_xfer_bridge": self._att_xfer_bridge,
            "att_xfer_cancel": lambda args, reply: say(reply, self._kill(args.get("channel-uuid-leg-c"))),
            "hangup": lambda args, reply: say(reply, self._kill(args.get("channel-uuid"), args.get("cause"))),
            "hold": lambda args, reply: say(reply, self._api.run(f"uuid_hold {args.get('channel-uuid')}")),
            "unhold": lambda args, reply: say(reply, self._api.run(f"uuid_hold off {args.get('channel-uuid')}")),
            "toggle_hold": self._toggle,
            "dtmf": self._dtmf,
            "transfer": self._transfer,
            "bridge": self._bridge,
            "eavesdrop": self._eavesdrop,
        }

    def _leg(self, uid: object) -> Leg | None:
        return self._switch.legs.get(str(uid))

    def _call(self, args: Args, reply: Reply) -> None:
        to = str(args.get("extension", ""))
        self._rings(args, to, {"w_jsclient_originate_number": to}, reply)

    def _consult(self, args: Args, reply: Reply) -> None:
        said = str(args.get("extension", ""))
        to = said.partition("@")[0]
        shown = {"w_jsclient_originate_number": said if self.older else to}
        self._rings(args, to, shown | {"w_jsclient_xtransfer": str(args.get("parent_call_uuid"))}, reply)

    def _rings(self, args: Args, to: str, variables: dict[str, str], reply: Reply) -> None:
        """The user's telephone rings to call a number. The newer engine takes no list of variables for lifting it."""
        user, lifts = str(args.get("user", "")), args.get("auto_answer_param")
        if user.partition("@")[0] in self._switch.busy:
            say(reply, "-ERR USER_BUSY\n")
            return
        if isinstance(lifts, str) and "=" in lifts:
            variables |= dict([lifts.split("=", 1)])
        shown = user if self.older else to
        leg = self._switch.originate(user.partition("@")[0], to, shown, variables | {"webitel_direction": "outbound"})
        self._lifting[leg.uid] = reply

    def _att_xfer_bridge(self, args: Args, reply: Reply) -> None:
        for name in ("channel-uuid-leg-a", "channel-uuid-leg-d"):
            leg = self._leg(args.get(name))
            if leg is not None:
                leg.variables["w_transfer_result"] = "confirmed"
        say(reply, self._api.run(f"uuid_bridge {args.get('channel-uuid-leg-b')} {args.get('channel-uuid-leg-c')}"))

    def _kill(self, uid: object, cause: object = None) -> str:
        return self._api.run(f"uuid_kill {uid} {cause or 'NORMAL_CLEARING'}")

    def _toggle(self, args: Args, reply: Reply) -> None:
        leg = self._leg(args.get("channel-uuid"))
        off = "off " if leg is not None and leg.state == "held" else ""
        say(reply, self._api.run(f"uuid_hold {off}{args.get('channel-uuid')}"))

    def _dtmf(self, args: Args, reply: Reply) -> None:
        leg, digits = self._leg(args.get("channel-uuid")), str(args.get("digits", ""))
        if leg is None:
            say(reply, GONE)
            return
        say(reply, f"+OK {digits}")
        for digit in digits:
            self._switch.say("DTMF", leg, DTMF__Digit=digit)

    def _transfer(self, args: Args, reply: Reply) -> None:
        say(reply, self._api.run(f"uuid_transfer {args.get('channel-uuid')} {args.get('destination')}"))

    def _bridge(self, args: Args, reply: Reply) -> None:
        say(reply, self._api.run(f"uuid_bridge {args.get('channel_uuid_A')} {args.get('channel_uuid_B')}"))

    def _eavesdrop(self, args: Args, reply: Reply) -> None:
        target = self._leg(args.get("channel-uuid"))
        if target is None:
            say(reply, GONE)
            return

        def hears(leg: Leg) -> None:
            say(reply, f"+OK {leg.uid}\n")
            self._switch.spy(leg, target)

        user, given = str(args.get("user", "")), args.get("variables")
        variables = (
            dict(str(each).split("=", 1) for each in given) if isinstance(given, list) and not self.older else {}
        )
        self._switch.originate(
            user.partition("@")[0],
            "",
            str(args.get("side") or user),
            variables,
            lifted=hears,
            refused=lambda cause: say(reply, f"-ERR {cause}\n"),
        )
