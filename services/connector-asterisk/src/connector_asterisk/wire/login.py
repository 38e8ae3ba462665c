"""The log-in as a conversation. No I/O."""

import hashlib
from typing import Final

from connector_asterisk.wire.actions import encode
from connector_asterisk.wire.errors import LoginRefused
from connector_asterisk.wire.frames import Frame

_CHALLENGE: Final = "login-challenge"
_LOGIN: Final = "login"


class Login:
    """Send `begin()`, hand each response to `answer`, send what it returns, until `done`: the server let us in.

    `md5`: by challenge, so that the secret does not cross the wire.
    """

    def __init__(self, username: str, secret: str, *, md5: bool = True) -> None:
        self._username = username
        self._secret = secret
        self._md5 = md5
        self._waits_for = ""
        self.done = False

    def begin(self) -> bytes:
        """The first action."""
        if self._md5:
            self._waits_for = _CHALLENGE
            return encode("Challenge", _CHALLENGE, [("AuthType", "MD5")])
        self._waits_for = _LOGIN
        return encode("Login", _LOGIN, [("Username", self._username), ("Secret", self._secret)])

    def answer(self, response: Frame) -> bytes:
        """What to send next, empty for nothing (also for an answer to somebody else); raises `LoginRefused`."""
        if not self._waits_for or response.get("ActionID", self._waits_for) != self._waits_for:
            return b""
        if response.get("Response") != "Success":
            raise LoginRefused(response.get("Message") or "no reason given")
        if self._waits_for == _LOGIN:
            self._waits_for = ""
            self.done = True
            return b""
        challenge = response.get("Challenge")
        if not challenge:
            raise LoginRefused("the server sent no challenge")
        self._waits_for = _LOGIN
        key = hashlib.md5((challenge + self._secret).encode(), usedforsecurity=False).hexdigest()
        return encode("Login", _LOGIN, [("AuthType", "MD5"), ("Username", self._username), ("Key", key)])
