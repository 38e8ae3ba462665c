"""From the first byte to the events: `auth/request`, password, subscription. Sans I/O."""

from collections.abc import Sequence

from connector_freeswitch.wire.commands import encode
from connector_freeswitch.wire.errors import AuthRefused
from connector_freeswitch.wire.frames import Frame


class Login:
    """The dialogue of one connection. `done` when the events are subscribed to."""

    def __init__(self, password: str, events: Sequence[str], subclasses: Sequence[str], user: str = "") -> None:
        self._auth = f"userauth {user}:{password}" if user else f"auth {password}"
        names = " ".join((*events, "CUSTOM", *subclasses))  # all behind CUSTOM are subclasses
        self._subscription = f"event json {names}"
        self._stage = 0

    @property
    def done(self) -> bool:
        """Whether FreeSWITCH let us in and sends events."""
        return self._stage == 3

    def take(self, frame: Frame) -> bytes:
        """What to send for a frame that came before `done`. Raises `AuthRefused`."""
        if frame.kind == "text/rude-rejection":
            raise AuthRefused(f"this address is not allowed: {frame.text.strip()[:80]}")
        if frame.kind == "auth/request" and self._stage == 0:
            self._stage = 1
            return encode(self._auth)
        if frame.kind != "command/reply":
            return b""
        if not frame.reply.startswith("+OK"):
            said = frame.reply.strip()[:80]
            if self._stage == 2:
                raise AuthRefused(f"these events are not allowed: {said}")
            raise AuthRefused(said, password=True)
        if self._stage == 1:
            self._stage = 2
            return encode(self._subscription)
        self._stage = 3
        return b""
