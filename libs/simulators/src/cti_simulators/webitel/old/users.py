"""The users of the simulated old engine: what is known of them, and what they say of themselves. Pure."""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from cti_simulators.freeswitch.api import Api
from cti_simulators.freeswitch.exchange import Switch

Args = Mapping[str, Any]
Reply = Callable[[str, Any], None]
"""Takes `exec-complete` and `exec-response`."""
_OUT: Final = "Logged Out"
_AWAY: Final = re.compile(r"^(\w+)\('(.*)'\)$")
"""A presence with its reason as library 3.1 says it; 3.0.1 puts a space between."""


@dataclass
class Account:
    """A user of the domain. `status`: as `NONE`, `ONBREAK`, `DND`; `agent`: mod_callcenter's status of them.

    `hears`: whether the user's role may read calls' records (`cdr`, `r`). `code`: that of this half minute, where the
    account has TOTP.
    """

    secret: str
    status: str = "NONE"
    descript: str = ""
    agent: str = _OUT
    hears: bool = True
    code: str = ""

    def opens(self, args: Args) -> bool:
        """Whether these arguments of `auth` are the account's."""
        return args.get("secret") == self.secret and args.get("code", "") == self.code


@dataclass(frozen=True)
class Issued:
    """Whose a token is, and until when (epoch seconds)."""

    user: str
    until: float = float("inf")


@dataclass(eq=False)
class Visitor:
    """One socket: who it is, whether it is logged in, and what it subscribed to."""

    account: str = ""
    wants: frozenset[str] = frozenset()


class Users:
    """The accounts of one domain. `tell`: to everybody."""

    def __init__(
        self, switch: Switch, api: Api, accounts: Mapping[str, Account], tell: Callable[[dict[str, Any]], None]
    ) -> None:
        self.accounts = dict(accounts)
        self.logged_in: set[str] = set()  # those whom the engine itself logged in, whatever became of them since
        self._switch = switch
        self._api = api
        self._tell = tell

    def of(self, visitor: Visitor) -> Account:
        """Who is at a socket that is authenticated."""
        return self.accounts[visitor.account.partition("@")[0]]

    def listed(self, _: Visitor, _args: Args, reply: Reply) -> None:
        """`api account list`."""
        listed = {
            user: {
                "id": user,
                "domain": self._switch.domain,
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

    def change(self, _: Visitor, args: Args, reply: Reply) -> None:
        """`api account change`: a presence."""
        user = str(args.get("user", "")).partition("@")[0]
        account = self.accounts.get(user)
        if account is None or args.get("param") != "status":
            say(reply, "-ERR user not found\n")
            return
        word, tag = _AWAY.sub(r"\1 \2", str(args.get("value", ""))).partition(" ")[::2]
        account.status, account.descript = ("NONE" if word == "ONHOOK" else word), tag
        reply("+OK", "+OK\n")
        self._status(user)

    def set_agent(self, visitor: Visitor, status: str, reply: Reply) -> None:
        """`cc login`, `cc logout`: mod_callcenter's status of who says it; whom it logged in, it does not again."""
        user = visitor.account.partition("@")[0]
        if status == _OUT:
            self.logged_in.discard(user)
        elif user in self.logged_in:
            reply("+OK", "+OK")
            return
        else:
            self.logged_in.add(user)
        self.put(user, status)
        reply("+OK", "+OK\n")

    def put(self, user: str, status: str) -> None:
        """mod_callcenter's status of a user, whoever says it."""
        self.accounts[user].agent = status
        self._api.run(f"callcenter_config agent set status {user} '{status}'")
        self._status(user)

    def tiers(self, visitor: Visitor, _: Args, reply: Reply) -> None:
        """`cc tier from user`: by queue; an empty list for who is in none."""
        user = visitor.account.partition("@")[0]
        queues = [
            self._switch.callcenter.at(queue) for queue, users in self._switch.callcenter.tiers.items() if user in users
        ]
        one = {"agent": visitor.account, "level": "1", "position": "1", "state": "Ready"}
        reply("+OK", {queue: {**one, "queue": queue} for queue in queues} or [])

    def _status(self, user: str) -> None:
        account = self.accounts[user]
        self._tell(
            {
                "webitel-event-name": "ACCOUNT_STATUS",
                "Event-Name": "ACCOUNT_STATUS",
                "Event-Domain": self._switch.domain,
                "Account-User": user,
                "Account-Domain": self._switch.domain,
                "Account-User-State": "ONHOOK",
                "Account-Status": account.status,
                "Account-Status-Descript": account.descript,
                "Account-Online": True,
                "Account-Agent-Status": account.agent,
                "Account-Agent-State": "Waiting",
                "cc_logged": user in self.logged_in,
                "ws": True,
                "presence_id": f"{user}@{self._switch.domain}",
            }
        )


def say(reply: Reply, text: str) -> None:
    """Answer with the switch's own text; an error is one for the envelope too."""
    reply("-ERR" if text.startswith(("-ERR", "-USAGE")) else "+OK", text)
