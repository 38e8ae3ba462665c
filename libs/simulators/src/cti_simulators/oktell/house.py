"""What all connections of a simulated Oktell share: the exchange, who is online, sessions, passwords for a download."""

import random
from collections import Counter

from cti_simulators.oktell import faults as answers
from cti_simulators.oktell.faults import Faults
from cti_simulators.oktell.frames import Body
from cti_simulators.oktell.pbx import Pbx
from cti_simulators.oktell.people import OktellExchange
from cti_simulators.oktell.plan import Plan
from cti_simulators.oktell.state import User

_SIP_PORT = 5060


class House:
    """`online`: how many connections each user has. `tried`: how often each login was tried, let in or not."""

    def __init__(self, now: float, rng: random.Random, plan: Plan | None = None) -> None:
        self.exchange = OktellExchange(now, rng, plan)
        self.faults = Faults()
        self.online: dict[str, int] = {}
        self.tried: Counter[str] = Counter()
        self._tokens: dict[str, str] = {}
        self.downloads: set[str] = set()

    @property
    def pbx(self) -> Pbx:
        """The exchange's heart."""
        return self.exchange.pbx

    def login(self, params: Body) -> tuple[User | None, Body]:
        """Who logs in, and what `login` answers; nobody with one of the client's error texts."""
        user = self.pbx.users.get(str(params.get("userlogin", "")))
        self.tried[str(params.get("userlogin", ""))] += 1
        refused = self._refusal(user, params)
        if user is None or refused is not None:
            return None, dict(refused or answers.WRONG)
        token = self.pbx.new_id()
        self._tokens[token] = user.login
        granted: Body = {"result": 1, "userid": user.id, "userlogin": user.login, "sessionid": token}
        if params.get("usewebrtc"):
            granted |= {"sipuser": f"web{user.line.number}", "sippass": self.pbx.new_id(), "sipport": _SIP_PORT}
            granted["sipsecure"] = False
        return user, granted

    def _refusal(self, user: User | None, params: Body) -> Body | None:
        if self.faults.starting:
            return answers.STARTING
        token = params.get("sessionid")
        given = (params.get("Password"), params.get("password"))
        if token is not None and given == (None, None):
            owner = self._tokens.get(str(token))
            if owner is None:
                return answers.NO_SESSION
            if user is None or owner != user.login:
                return answers.OTHER_SESSION
        elif user is None or not user.hashes & set(given):
            return answers.WRONG
        if user.login in self.faults.desktop:
            return answers.IN_USE
        most = self.pbx.plan.most_online
        full = most and user.login not in self.online and len(self.online) >= most
        return answers.LICENCE if full else None

    def came(self, user: User) -> None:
        """A connection of a user is logged in."""
        self.online[user.login] = self.online.get(user.login, 0) + 1

    def went(self, user: User) -> None:
        """And is gone."""
        self.online[user.login] -= 1
        if not self.online[user.login]:
            del self.online[user.login]

    def log_out(self, user: User) -> None:
        """Its saved sessions are worth nothing any more."""
        self._tokens = {token: login for token, login in self._tokens.items() if login != user.login}
