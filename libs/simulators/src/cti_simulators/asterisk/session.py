"""One manager session as every Asterisk holds it: framing, log-in, masks. No I/O. A subclass answers the rest."""

import hashlib
import random
import secrets
from collections.abc import Callable
from typing import Final

from cti_simulators.asterisk.live import Headers, headers

_MAX_ACTION_BYTES: Final = 64 * 1024
_UNKNOWN: Final = "Invalid/unknown command: {}. Use Action: ListCommands to show available commands."
_BEFORE_LOGIN: Final = (b"login", b"challenge", b"logoff")


class Session:
    """Feed what the client sent, send what `feed` returns, close when `over`. `let_in`: has logged in.

    `version`: the manager's, as in the banner. `clock`: epoch seconds. `rng` makes challenges.
    """

    def __init__(self, version: str, clock: Callable[[], float], rng: random.Random) -> None:
        self.let_in = False
        self.over = False
        self.user = ""
        self._version = version
        self._clock = clock
        self._rng = rng
        self._mask: frozenset[bytes] | None = None
        self._challenge = ""
        self._rest = b""
        self._answers: dict[bytes, Callable[[Headers], bytes]] = {
            b"challenge": self._ask,
            b"login": self._login,
            b"logoff": self._logoff,
            b"events": self._events,
            b"ping": self._ping,
        }

    def greeting(self) -> bytes:
        """The banner."""
        return f"Asterisk Call Manager/{self._version}\r\n".encode()

    def feed(self, data: bytes) -> bytes:
        """The answers to the actions that these bytes complete."""
        self._rest += data
        answers = b""
        while not self.over and b"\r\n\r\n" in self._rest and self._ready():
            action, self._rest = self._rest.split(b"\r\n\r\n", 1)
            answers += self._answer(action, {key.lower(): value for key, value in headers(action).items()})
        self.over = self.over or (len(self._rest) > _MAX_ACTION_BYTES and self._ready())
        return answers

    def masked(self, privilege: bytes) -> bool:
        """Whether this client has masked away events of these classes (such as `call,all`)."""
        return self._mask is not None and self._mask.isdisjoint(privilege.lower().split(b","))

    # --- what a subclass supplies

    def _secret(self, user: str) -> str | None:
        """The password of a user, None for a stranger."""
        raise NotImplementedError

    def _welcome(self) -> bytes:
        """What is sent behind the answer to a log-in."""
        raise NotImplementedError

    def _other(self, name: bytes, block: bytes, action: Headers) -> bytes:
        """The answer to an action that is not in this class's table."""
        return response(action, "Error", Message=_UNKNOWN.format(name.decode("utf-8", "replace")))

    def _ready(self) -> bool:
        """Whether the next action may be begun; one that takes time blocks its session."""
        return True

    # --- answers

    def _answer(self, block: bytes, action: Headers) -> bytes:
        name = action.get("action", b"")
        if not name:
            return response(action, "Error", Message="Missing action in request")
        if not self.let_in and name.lower() not in _BEFORE_LOGIN:
            return response(action, "Error", Message="Permission denied")
        answer = self._answers.get(name.lower())
        return self._other(name, block, action) if answer is None else answer(action)

    def _ask(self, action: Headers) -> bytes:
        if action.get("authtype", b"").upper() != b"MD5":
            return response(action, "Error", Message="Must specify AuthType")
        self._challenge = str(self._rng.randrange(10**8, 10**9))
        return response(action, "Success", Challenge=self._challenge)

    def _login(self, action: Headers) -> bytes:
        if self.let_in:
            return response(action, "Success", Message="Already authenticated")
        user = action.get("username", b"").decode("utf-8", "replace")
        if not self._knows(self._secret(user), action):
            self.over = True
            return response(action, "Error", Message="Authentication failed")
        self.let_in, self.user = True, user
        self._mask = mask(action.get("events", b"on"))
        return response(action, "Success", Message="Authentication accepted") + self._welcome()

    def _knows(self, secret: str | None, action: Headers) -> bool:
        if secret is None:
            return False
        if action.get("authtype", b"").upper() != b"MD5":
            return secrets.compare_digest(action.get("secret", b""), secret.encode())
        key = hashlib.md5((self._challenge + secret).encode(), usedforsecurity=False).hexdigest().encode()
        return bool(self._challenge) and secrets.compare_digest(action.get("key", b""), key)

    def _logoff(self, action: Headers) -> bytes:
        self.over = True
        return response(action, "Goodbye", Message="Thanks for all the fish.")

    def _events(self, action: Headers) -> bytes:
        self._mask = mask(action.get("eventmask", b"on"))
        return response(action, "Success", Events="Off" if self._mask == frozenset() else "On")

    def _ping(self, action: Headers) -> bytes:
        return response(action, "Success", Ping="Pong", Timestamp=f"{self._clock():.6f}")


def mask(text: bytes) -> frozenset[bytes] | None:
    """Classes of events to send; None for all."""
    words = frozenset(word.strip() for word in text.lower().split(b","))
    if words & {b"on", b"all", b"true", b"yes", b"1"}:
        return None
    return frozenset() if words & {b"off", b"none", b"false", b"no", b"0"} else words


def response(action: Headers, kind: str, **lines: str) -> bytes:
    """An answer to an action, with its ActionID."""
    tag = b"ActionID: " + action["actionid"] + b"\r\n" if "actionid" in action else b""
    rest = "".join(f"{key}: {value}\r\n" for key, value in lines.items()).encode()
    return f"Response: {kind}\r\n".encode() + tag + rest + b"\r\n"
