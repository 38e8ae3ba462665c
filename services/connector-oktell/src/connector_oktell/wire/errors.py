"""What can go wrong on the wire.

WireError
├── LoginRefused      Oktell does not let us in; `reason` says why
├── TooOld            this Oktell lacks a method that we cannot do without
└── Redirected        Oktell wants to be spoken to at its TLS port

A stream that cannot be read on is a `cti_connector.frames.BadFrame`.
"""

from typing import Final

from cti_connector.session import Refusal


class WireError(Exception):
    """Base of all."""


class LoginRefused(WireError):
    """See above."""

    def __init__(self, text: str, reason: Refusal) -> None:
        super().__init__(text)
        self.reason = reason


class TooOld(WireError):
    """See above."""


class Redirected(WireError):
    """See above."""


IN_USE: Final = 50093
LICENCE: Final = 50025
_BY_CODE: Final = {
    IN_USE: (Refusal.IN_USE, "this user is signed in with Oktell's desktop client"),
    LICENCE: (Refusal.LICENCE, "no more users may be online by Oktell's licence"),
}
_BY_TEXT: Final = {
    "Service not available": Refusal.NOT_AVAILABLE,
    "Wrong login/pass combination": Refusal.WRONG_PASSWORD,
    "Bad request. Session does not exist": Refusal.WRONG_PASSWORD,
    "Bad request. Invalid session user": Refusal.WRONG_PASSWORD,
}


def refusal(error: object, text: str) -> LoginRefused:
    """Why a log-in failed, by the number and the text of its answer (texts as oktell.js 1.8.4 tests them)."""
    known = _BY_CODE.get(error) if isinstance(error, int) else None
    if known is not None:
        return LoginRefused(known[1], known[0])
    if text in _BY_TEXT:
        return LoginRefused(text, _BY_TEXT[text])
    return LoginRefused(f"log-in failed: {text or 'no reason given'} (error {error})", Refusal.OTHER)
