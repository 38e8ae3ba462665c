"""The close codes of docs/protocol.md. The range says whether to come back."""

from enum import IntEnum


class Close(IntEnum):
    """Why a session ends. 4000–4499: reconnect with the cursor; 4500–4899: do not, until something changes.

    1012 is the web server's own, for who did not leave in time when it stops.
    """

    RESTART = 1012
    RESUME = 4000
    SLOW = 4001
    SILENT = 4002
    UNAVAILABLE = 4003
    FULL = 4004
    UNAUTHORIZED = 4500
    BAD_HELLO = 4501
    TOO_LARGE = 4502
    FORBIDDEN = 4503
    FLOOD = 4504
    TOO_MANY = 4505
    DONE = 4506

    @property
    def word(self) -> str:
        """The name as the protocol spells it."""
        return self.name.lower().replace("_", " ")

    @property
    def reconnect(self) -> bool:
        """Whether the client should come back by itself."""
        return self < 4500


class SessionClosed(Exception):
    """Ends a session with a code; the text is for the client and below 123 bytes."""

    def __init__(self, code: Close, reason: str = "") -> None:
        super().__init__(reason or code.word)
        self.code = code
        self.reason = (reason or code.word).encode()[:120].decode("utf-8", "ignore")
