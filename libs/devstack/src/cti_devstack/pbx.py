"""The PBX of a stack: where it is, who simulates it, what its connector is told."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from cti_simulators.oktell.plan import password_of

from cti_devstack.demo import OPERATORS


class Pbx(Protocol):
    """`name`: of the PBX in all subjects, and in the names of its connector and simulator."""

    @property
    def name(self) -> str:
        """Such as `asterisk`."""
        ...

    def simulator(self, speed: float) -> tuple[str, ...]:
        """The module that simulates it, and its arguments."""
        ...

    def settings(self, credentials_key: str) -> dict[str, str]:
        """Of its connector, without the prefix; with this key it may ask the directory for credentials."""
        ...

    @property
    def credentials(self) -> Mapping[str, tuple[str, str]]:
        """By user, login and secret of those who sign in there themselves."""
        ...


@dataclass(frozen=True)
class Asterisk:
    """An Asterisk manager interface, and who logs in there."""

    port: int
    host: str = "127.0.0.1"
    username: str = "cti"
    secret: str = "cti-secret"  # noqa: S105 - of the simulated one

    @property
    def name(self) -> str:
        """See `Pbx`."""
        return "asterisk"

    def simulator(self, speed: float) -> tuple[str, ...]:
        """See `Pbx`. It replays recorded calls."""
        user = f"{self.username}:{self.secret}"
        return "cti_simulators.asterisk", "--port", str(self.port), "--user", user, "--speed", str(speed)

    def settings(self, credentials_key: str) -> dict[str, str]:
        """See `Pbx`."""
        return {"HOST": self.host, "PORT": str(self.port), "USERNAME": self.username, "SECRET": self.secret}

    @property
    def credentials(self) -> Mapping[str, tuple[str, str]]:
        """See `Pbx`: nobody, since the manager interface tells of all."""
        return {}


@dataclass(frozen=True)
class Oktell:
    """The standard users of a simulated Oktell, each signed in by a link of their own."""

    port: int
    host: str = "127.0.0.1"

    @property
    def name(self) -> str:
        """See `Pbx`."""
        return "oktell"

    def simulator(self, speed: float) -> tuple[str, ...]:
        """See `Pbx`. It plays made-up calls."""
        return "cti_simulators.oktell", "--port", str(self.port), "--speed", str(speed), "--demo"

    def settings(self, credentials_key: str) -> dict[str, str]:
        """See `Pbx`. All are signed in, also without a browser, so that the journal has calls from the beginning."""
        url = f"ws://{self.host}:{self.port}"
        return {"URL": url, "CREDENTIALS_KEY": credentials_key, "SIGN_IN": "always"}

    @property
    def credentials(self) -> Mapping[str, tuple[str, str]]:
        """See `Pbx`."""
        return {user: (f"u{user}", password_of(user)) for user in OPERATORS}


KINDS: dict[str, Callable[[int], Pbx]] = {"asterisk": Asterisk, "oktell": Oktell}
"""What can be simulated, by a PBX's name: from a port to the PBX there."""
