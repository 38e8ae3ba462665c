"""From the first byte to the events: `auth`, `login`, subscriptions. Sans I/O.

Three different things: `auth` says who we are, `login` starts the events of the user's own calls, `subscribe` those of
the whole domain. Until `auth` the engine waits 5 s, then says so and hangs up.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from connector_webitel.old.wire.errors import AuthRefused
from connector_webitel.old.wire.frames import Request, Response, Told

_HARMLESS: Final = "event subscribed"  # by another link of this user
_UNKNOWN: Final = "not found"


@dataclass(frozen=True)
class Secret:
    """A user with a password. `account`: as `101@demo.local`; `root` has no domain."""

    account: str
    secret: str = field(repr=False)

    @property
    def args(self) -> dict[str, str]:
        """The arguments of `auth`."""
        return {"account": self.account, "secret": self.secret}


@dataclass(frozen=True)
class Token:
    """A token of the REST interface's `/login`, with its key."""

    key: str
    token: str = field(repr=False)

    @property
    def args(self) -> dict[str, str]:
        """The arguments of `auth`."""
        return {"key": self.key, "token": self.token}


class Login:
    """The dialogue of one connection. `done` when the events come. `wanted`: what the whole domain is subscribed to.

    `welcome`: the same, where the engine has it. `account` and `domain` are the engine's own word on who we are.
    """

    def __init__(self, credential: Secret | Token, wanted: Sequence[str] = (), welcome: Sequence[str] = ()) -> None:
        self._credential = credential
        self._wanted = [*wanted, *welcome]
        self._welcome = frozenset(welcome)
        self._asked: Request | None = None
        self._old_name = False
        self.done = False
        self.account = ""
        self.domain = ""

    def begin(self) -> Request:
        """The first request: the client speaks first."""
        return self._ask(Request("auth", self._credential.args))

    def take(self, response: Response) -> Request | None:
        """The answer to the newest request; the next one. Raises `AuthRefused`."""
        asked = self._asked
        if asked is None or self.done:
            return None
        if not response.ok and not self._harmless(asked, response):
            if asked.name == "subscribe" and _UNKNOWN in response.text:
                self._old_name = True  # older engines call it `event`
                return self._ask(Request("event", asked.args))
            raise AuthRefused(f"{asked.name}: {_reason(response)}")
        if asked.name == "auth":
            self.account, self.domain = str(response.data.get("login", "")), str(response.data.get("domain") or "")
            return self._ask(Request("login"))
        if not self._wanted:
            self.done, self._asked = True, None
            return None
        event: dict[str, Any] = {"event": self._wanted.pop(0), "all": True}
        return self._ask(Request("event" if self._old_name else "subscribe", event))

    def told(self, told: Told) -> None:
        """An event before `done`. Raises `AuthRefused` when the engine gave up waiting for us."""
        if told.kind == "account" and told.event.name == "DISCONNECT":
            raise AuthRefused("the engine gave up waiting for the log-in")

    def _ask(self, request: Request) -> Request:
        self._asked = request
        return request

    def _harmless(self, asked: Request, response: Response) -> bool:
        if asked.name not in ("subscribe", "event") or _UNKNOWN in response.text:
            return False
        return _HARMLESS in response.text or asked.args.get("event") in self._welcome


def _reason(response: Response) -> str:
    """The engine's own words: `{"login": {"status": 401, "message": …}}`, or a text."""
    found = response.data.get("login")
    if isinstance(found, dict) and isinstance(found.get("message"), str):
        return f"{found['message']} ({found.get('status')})"
    return response.text.strip()[:80] or response.complete
