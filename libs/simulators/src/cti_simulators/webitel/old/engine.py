"""The old engine's commands on a simulated FreeSWITCH: who may, what is answered, and when. Pure.

Source of names, arguments and answers: the public engine (`services/channel.js`, `controllers/`), and what its client
libraries take. An answer comes when the switch has one: that of `call` when the telephone was lifted.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from cti_simulators.freeswitch.api import Api
from cti_simulators.freeswitch.exchange import Headers, Switch
from cti_simulators.freeswitch.legs import Leg
from cti_simulators.webitel.old.packing import RECORDED

Args = Mapping[str, Any]
Reply = Callable[[str, Any], None]
"""Takes `exec-complete` and `exec-response`."""
_GONE: Final = "-ERR No such channel!\n"


@dataclass
class Account:
    """A user of the domain. `status`: as `NONE`, `ONBREAK`, `DND`; `agent`: mod_callcenter's status of them.

    `hears`: whether the user's role may read calls' records (`cdr`, `r`).
    """

    secret: str
    status: str = "NONE"
    descript: str = ""
    agent: str = "Logged Out"
    hears: bool = True


@dataclass(eq=False)
class Visitor:
    """One socket: who it is, whether it is logged in, and what it subscribed to."""

    account: str = ""
    wants: frozenset[str] = frozenset()


class Engine:
    """The accounts of one domain, and the commands. `logged`: per user, not per socket. `tell`: to everybody.

    `link`: where the recording of a leg is; empty: it is not there. `unknown`: commands that an older engine lacks.
    `passes_recordings`: whether the site's filter lets events of recordings through.
    """

    def __init__(
        self,
        switch: Switch,
        api: Api,
        accounts: Mapping[str, Account],
        tell: Callable[[dict[str, Any]], None],
        link: Callable[[str], str],
    ) -> None:
        self.switch = switch
        self.accounts = dict(accounts)
        self.logged: set[str] = set()
        self.subscriptions = True
        self.unknown: set[str] = set()
        self.passes_recordings = False
        self._link = link
        self._api = api
        self._tell = tell
        self._lifting: dict[str, Reply] = {}

    def heard(self, headers: Headers) -> None:
        """An event of the switch: it may be the answer to a `call`."""
        uid, name = headers.get("Unique-ID", ""), headers["Event-Name"]
        if uid in self._lifting and name in ("CHANNEL_ANSWER", "CHANNEL_HANGUP"):
            said = f"+OK {uid}\n" if name == "CHANNEL_ANSWER" else f"-ERR {headers.get('Hangup-Cause')}\n"
            say(self._lifting.pop(uid), said)

    def run(self, visitor: Visitor, name: str, args: Args, reply: Reply) -> None:
        """Carry out a command; its answer may come later."""
        if name == "auth":
            self._auth(visitor, args, reply)
            return
        deed = self._deeds().get(name)
        if deed is None or name in self.unknown or not visitor.account:
            reply("+ERR", f"{name} - not found." if visitor.account else "-ERR permission denied!")
            return
        deed(visitor, args, reply)

    def _deeds(self) -> dict[str, Callable[[Visitor, Args, Reply], None]]:
        return {
            "login": self._login,
            "logout": self._logout,
            "ping": lambda _v, _a, reply: reply("+OK", "pong"),
            "subscribe": self._subscribe,
            "call": self._call,
            "att_xfer2": self._call,
            "att_xfer_bridge": self._att_xfer_bridge,
            "att_xfer_cancel": lambda _v, args, reply: say(reply, self._kill(args.get("channel-uuid-leg-c"))),
            "hangup": lambda _v, args, reply: say(reply, self._kill(args.get("channel-uuid"), args.get("cause"))),
            "hold": lambda _v, args, reply: say(reply, self._api.run(f"uuid_hold {args.get('channel-uuid')}")),
            "unhold": lambda _v, args, reply: say(reply, self._api.run(f"uuid_hold off {args.get('channel-uuid')}")),
            "toggle_hold": self._toggle,
            "dtmf": self._dtmf,
            "transfer": self._transfer,
            "bridge": self._bridge,
            "eavesdrop": self._eavesdrop,
            "show_channel": lambda _v, _a, reply: reply("+OK", self._channels()),
            "channel_dump": lambda _v, args, reply: say(reply, self._api.run(f"uuid_dump {args.get('uuid')} json")),
            "api account list": self._list,
            "api account change": self._change,
            "cc login": lambda visitor, args, reply: self._agent(visitor, args.get("status") or "Available", reply),
            "cc logout": lambda visitor, _a, reply: self._agent(visitor, "Logged Out", reply),
            "cc tier from user": self._tiers,
            "cdr_get_record_link": self._record_link,
        }

    # --- who we are -----------------------------------------------------------------------------------------------

    def _auth(self, visitor: Visitor, args: Args, reply: Reply) -> None:
        user, _, domain = str(args.get("account", "")).partition("@")
        account = self.accounts.get(user)
        if account is None or domain != self.switch.domain or account.secret != args.get("secret"):
            reply("+ERR", {"login": {"status": 401, "message": "secret incorrect"}})
            return
        visitor.account = f"{user}@{domain}"
        state = {"state": "ONHOOK", "status": account.status, "cc-logged": account.agent != "Logged Out"}
        reply("+OK", {"login": visitor.account, "role": "user", "domain": domain, "ws-count": 1, **state})

    def _login(self, visitor: Visitor, _: Args, reply: Reply) -> None:
        self.logged.add(visitor.account)
        reply("+OK", "+OK: logged: true")

    def _logout(self, visitor: Visitor, _: Args, reply: Reply) -> None:
        self.logged.discard(visitor.account)
        reply("+OK", "+OK: logged: false")

    def _subscribe(self, visitor: Visitor, args: Args, reply: Reply) -> None:
        name = str(args.get("event", ""))
        recording = name.removeprefix("SE:") in RECORDED and not self.passes_recordings
        if not self.subscriptions or recording or not name.startswith(("SE:", "CC::")):
            reply("-ERR", "-ERR: Event unregistered")
        elif name in visitor.wants:
            reply("-ERR", "-ERR: event subscribed!")
        else:
            visitor.wants |= {name}
            reply("+OK", f"+OK: subscribe {name}")

    # --- calls ----------------------------------------------------------------------------------------------------

    def _leg(self, uid: object) -> Leg | None:
        return self.switch.legs.get(str(uid))

    def _call(self, visitor: Visitor, args: Args, reply: Reply) -> None:
        user, to = str(args.get("user", "")).partition("@")[0], str(args.get("extension", "")).partition("@")[0]
        if user in self.switch.busy:
            say(reply, "-ERR USER_BUSY\n")
            return
        variables = {"w_jsclient_originate_number": to, "webitel_direction": "outbound"}
        if args.get("parent_call_uuid"):
            variables["w_jsclient_xtransfer"] = str(args["parent_call_uuid"])
        leg = self.switch.originate(user, to, to, variables)
        self._lifting[leg.uid] = reply

    def _att_xfer_bridge(self, _: Visitor, args: Args, reply: Reply) -> None:
        for name in ("channel-uuid-leg-a", "channel-uuid-leg-d"):
            leg = self._leg(args.get(name))
            if leg is not None:
                leg.variables["w_transfer_result"] = "confirmed"
        say(reply, self._api.run(f"uuid_bridge {args.get('channel-uuid-leg-b')} {args.get('channel-uuid-leg-c')}"))

    def _kill(self, uid: object, cause: object = None) -> str:
        return self._api.run(f"uuid_kill {uid} {cause or 'NORMAL_CLEARING'}")

    def _toggle(self, _: Visitor, args: Args, reply: Reply) -> None:
        leg = self._leg(args.get("channel-uuid"))
        off = "off " if leg is not None and leg.state == "held" else ""
        say(reply, self._api.run(f"uuid_hold {off}{args.get('channel-uuid')}"))

    def _dtmf(self, _: Visitor, args: Args, reply: Reply) -> None:
        leg, digits = self._leg(args.get("channel-uuid")), str(args.get("digits", ""))
        if leg is None:
            say(reply, _GONE)
            return
        say(reply, f"+OK {digits}")
        for digit in digits:
            self.switch.say("DTMF", leg, DTMF__Digit=digit)

    def _transfer(self, _: Visitor, args: Args, reply: Reply) -> None:
        say(reply, self._api.run(f"uuid_transfer {args.get('channel-uuid')} {args.get('destination')}"))

    def _bridge(self, _: Visitor, args: Args, reply: Reply) -> None:
        say(reply, self._api.run(f"uuid_bridge {args.get('channel_uuid_A')} {args.get('channel_uuid_B')}"))

    def _eavesdrop(self, _: Visitor, args: Args, reply: Reply) -> None:
        if self._leg(args.get("channel-uuid")) is None:
            say(reply, _GONE)
            return
        user = str(args.get("user", "")).partition("@")[0]
        leg = self.switch.originate(user, "", str(args.get("display") or user), {})
        self._lifting[leg.uid] = reply

    def _channels(self) -> dict[str, Any]:
        rows = [
            {
                "uuid": leg.uid,
                "callstate": leg.headers()["Channel-Call-State"],
                "name": leg.channel_name,
                "presence_id": leg.headers().get("Channel-Presence-ID", ""),
            }
            for leg in self.switch.legs.values()
        ]
        return {"row_count": len(rows), "rows": rows}

    def _record_link(self, visitor: Visitor, args: Args, reply: Reply) -> None:
        if not self.accounts[visitor.account.partition("@")[0]].hears:
            reply("-ERR", "-ERR: Permission denied!")
        elif not args.get("uuid"):
            reply("-ERR", "-ERR: UUID is required.")
        else:
            reply("+OK", self._link(str(args["uuid"])) or "+OK: Not found.")

    # --- users ----------------------------------------------------------------------------------------------------

    def _list(self, _: Visitor, _args: Args, reply: Reply) -> None:
        listed = {
            user: {
                "id": user,
                "domain": self.switch.domain,
                "scheme": "account",
                "online": True,
                "state": "ONHOOK",
                "status": each.status,
                "descript": each.descript,
                "agent": "true",
                "agent.status": each.agent,
            }
            for user, each in self.accounts.items()
        }
        reply("+OK", {"response": json.dumps(listed)})

    def _change(self, _: Visitor, args: Args, reply: Reply) -> None:
        user = str(args.get("user", "")).partition("@")[0]
        account = self.accounts.get(user)
        if account is None or args.get("param") != "status":
            say(reply, "-ERR user not found\n")
            return
        word, _sep, tag = str(args.get("value", "")).partition(" ")
        account.status, account.descript = ("NONE" if word == "ONHOOK" else word), tag
        reply("+OK", "+OK\n")
        self._status(user)

    def _agent(self, visitor: Visitor, status: str, reply: Reply) -> None:
        user = visitor.account.partition("@")[0]
        account = self.accounts[user]
        if not (account.agent != "Logged Out" and status != "Logged Out"):  # logged in already: nothing is done
            account.agent = status
            self._api.run(f"callcenter_config agent set status {user} '{status}'")
            self._status(user)
        reply("+OK", "+OK\n")

    def _tiers(self, visitor: Visitor, _: Args, reply: Reply) -> None:
        """By queue; an empty list for who is in none."""
        user = visitor.account.partition("@")[0]
        queues = [
            self.switch.callcenter.at(queue) for queue, users in self.switch.callcenter.tiers.items() if user in users
        ]
        one = {"agent": visitor.account, "level": "1", "position": "1", "state": "Ready"}
        reply("+OK", {queue: {**one, "queue": queue} for queue in queues} or [])

    def _status(self, user: str) -> None:
        account = self.accounts[user]
        self._tell(
            {
                "webitel-event-name": "ACCOUNT_STATUS",
                "Event-Name": "ACCOUNT_STATUS",
                "Event-Domain": self.switch.domain,
                "Account-User": user,
                "Account-Domain": self.switch.domain,
                "Account-User-State": "ONHOOK",
                "Account-Status": account.status,
                "Account-Status-Descript": account.descript,
                "Account-Online": True,
                "Account-Agent-Status": account.agent,
                "Account-Agent-State": "Waiting",
                "cc_logged": account.agent != "Logged Out",
                "ws": True,
                "presence_id": f"{user}@{self.switch.domain}",
            }
        )


def say(reply: Reply, text: str) -> None:
    """Answer with the switch's own text; an error is one for the envelope too."""
    reply("-ERR" if text.startswith(("-ERR", "-USAGE")) else "+OK", text)
