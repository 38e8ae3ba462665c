"""The old engine's commands on a simulated FreeSWITCH: who may, what is answered, and when. Pure.

Source of names, arguments and answers: the public engine (`controllers/`), and what its client libraries take. An
answer comes when the switch has one. What is done with calls stands in `calls`.
"""

from collections.abc import Callable, Mapping
from typing import Any

from cti_simulators.freeswitch.api import Api
from cti_simulators.freeswitch.exchange import Headers, Switch
from cti_simulators.webitel.old.calls import Calls
from cti_simulators.webitel.old.packing import RECORDED
from cti_simulators.webitel.old.users import Account, Args, Issued, Reply, Users, Visitor, say


class Engine:
    """The commands, of the users of one domain. `logged`: per user, not per socket. `tell`: to everybody.

    `link`: where the recording of a leg is; empty: it is not there. `unknown`: commands that an older engine lacks.
    `refusing`: its limits, as it says them to who signs in, or an error of its own as an object. `failing`: what its
    database says instead of a link.
    `passes_recordings`: whether the site's filter lets events of recordings through. `own_only`: nobody is shown
    another's leg. `tokens`: those of its REST interface, by key and token. `idle`: commands that it takes (`+OK`) and
    of which nothing comes, as where the switch finds at work that a leg has just ended.
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
        self.users = Users(switch, api, accounts, tell)
        self.logged: set[str] = set()
        self.subscriptions = True
        self.unknown: set[str] = set()
        self.idle: set[str] = set()
        self.refusing: str | dict[str, Any] = ""
        self.failing = ""
        self.passes_recordings = False
        self.own_only = False
        self.tokens: dict[tuple[str, str], Issued] = {}
        self._link = link
        self._api = api
        self.calls = Calls(switch, api)

    def heard(self, headers: Headers) -> None:
        """An event of the switch: it may be the answer to a `call`."""
        self.calls.heard(headers)

    def run(self, visitor: Visitor, name: str, args: Args, reply: Reply) -> None:
        """Carry out a command; its answer may come later."""
        if name == "auth":
            self._auth(visitor, args, reply)
            return
        deed, about_calls = self._deeds().get(name), self.calls.deeds().get(name)
        if not visitor.account:
            reply("+ERR", "-ERR permission denied!")
        elif name in self.unknown or not (deed or about_calls):
            reply("+ERR", f"{name} - not found.")
        elif name in self.idle:
            reply("+OK", "+OK\n")
        elif about_calls is not None:
            about_calls(args, reply)
        elif deed is not None:
            deed(visitor, args, reply)

    def _deeds(self) -> dict[str, Callable[[Visitor, Args, Reply], None]]:
        return {
            "login": self._login,
            "logout": self._logout,
            "ping": lambda _v, _a, reply: reply("+OK", "pong"),
            "subscribe": self._subscribe,
            "event": self._subscribe,  # as older servers call it
            "unsubscribe": self._unsubscribe,
            "nixevent": self._unsubscribe,
            "show_channel": lambda _v, _a, reply: reply("+OK", self._channels()),
            "channel_dump": self._dump,
            "api account list": self.users.listed,
            "api account change": self.users.change,
            "cc login": lambda visitor, args, reply: self.users.set_agent(
                visitor, args.get("status") or "Available", reply
            ),
            "cc logout": lambda visitor, _a, reply: self.users.set_agent(visitor, "Logged Out", reply),
            "cc tier from user": self.users.tiers,
            "cdr_get_record_link": self._record_link,
        }

    # --- who we are -----------------------------------------------------------------------------------------------

    def _auth(self, visitor: Visitor, args: Args, reply: Reply) -> None:
        if self.refusing:
            reply("-ERR" if isinstance(self.refusing, str) else "+ERR", self.refusing)
            return
        if "token" in args:
            token = self.tokens.get((str(args.get("key")), str(args["token"])))
            if token is None or token.until <= self.switch.now:
                reply("-ERR", "Invalid Token or Key" if token is None else "Token Expired")
                return
            user, domain = token.user, self.switch.domain
        else:
            user, _, domain = str(args.get("account", "")).partition("@")
        account = self.users.accounts.get(user)
        known = account is not None and domain == self.switch.domain
        if account is None or not known or ("token" not in args and not account.opens(args)):
            reply("+ERR", {"login": {"status": 401, "message": "secret incorrect"}})
            return
        visitor.account = f"{user}@{domain}"
        state = {"state": "ONHOOK", "status": account.status, "cc-logged": user in self.users.logged_in}
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

    @staticmethod
    def _unsubscribe(visitor: Visitor, args: Args, reply: Reply) -> None:
        name = str(args.get("event", ""))
        visitor.wants -= {name}
        reply("+OK", f"+OK: unsubscribe {name}")

    # --- what is there ------------------------------------------------------------------------------------------------

    def _dump(self, visitor: Visitor, args: Args, reply: Reply) -> None:
        leg = self.switch.legs.get(str(args.get("uuid")))
        if self.own_only and (leg is None or f"{leg.user}@{leg.domain}" != visitor.account):
            reply("-ERR", "-ERR permission denied!")
            return
        say(reply, self._api.run(f"uuid_dump {args.get('uuid')} json"))

    def _channels(self) -> dict[str, Any]:
        """`show channels like <domain>`: a trunk's channel has no domain in it (recorded: FreeSWITCH 1.10)."""
        rows = [
            {
                "uuid": leg.uid,
                "callstate": leg.headers()["Channel-Call-State"],
                "name": leg.channel_name,
                "presence_id": leg.headers().get("Channel-Presence-ID", ""),
            }
            for leg in self.switch.legs.values()
            if leg.user
        ]
        return {"row_count": len(rows), **({"rows": rows} if rows else {})}

    def _record_link(self, visitor: Visitor, args: Args, reply: Reply) -> None:
        if not self.users.of(visitor).hears:
            reply("-ERR", "-ERR: Permission denied!")
        elif not args.get("uuid"):
            reply("-ERR", "-ERR: UUID is required.")
        elif self.failing:
            reply("-ERR", f"-ERR: {self.failing}")
        else:
            reply("+OK", self._link(str(args["uuid"])) or "+OK: Not found.")
