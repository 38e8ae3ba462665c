"""The PBX of a stack: where it is, who simulates it, what its connector is told."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from cti_simulators.oktell.plan import password_of
from cti_simulators.webitel.new.plan import token_of
from cti_simulators.webitel.old import demo as webitel_old

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

    def settings(self, credentials_key: Path) -> dict[str, str]:
        """Of its connector, without the prefix; with the key in this file it may ask the directory for credentials."""
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

    def settings(self, credentials_key: Path) -> dict[str, str]:
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

    def settings(self, credentials_key: Path) -> dict[str, str]:
        """See `Pbx`. All are signed in, also without a browser, so that the journal has calls from the beginning."""
        url = f"ws://{self.host}:{self.port}"
        return {"URL": url, "CREDENTIALS_KEY_FILE": str(credentials_key), "SIGN_IN": "always"}

    @property
    def credentials(self) -> Mapping[str, tuple[str, str]]:
        """See `Pbx`."""
        return {user: (f"u{user}", password_of(user)) for user in OPERATORS}


@dataclass(frozen=True)
class FreeSwitch:
    """An event socket, and its password."""

    port: int
    host: str = "127.0.0.1"
    password: str = "simulated-freeswitch"  # noqa: S105 - of the simulated one

    @property
    def name(self) -> str:
        """See `Pbx`."""
        return "freeswitch"

    def simulator(self, speed: float) -> tuple[str, ...]:
        """See `Pbx`. It plays made-up calls."""
        port, password = str(self.port), self.password
        return "cti_simulators.freeswitch", "--port", port, "--password", password, "--speed", str(speed), "--demo"

    def settings(self, credentials_key: Path) -> dict[str, str]:
        """See `Pbx`. The telephones lift themselves when they are asked to, so that a panel may answer."""
        return {
            "HOST": self.host,
            "PORT": str(self.port),
            "PASSWORD": self.password,
            "DOMAIN": "demo.local",
            "ANSWER_BY": "notify",
        }

    @property
    def credentials(self) -> Mapping[str, tuple[str, str]]:
        """See `Pbx`: nobody, since the event socket tells of all."""
        return {}


@dataclass(frozen=True)
class Webitel:
    """The users of a simulated Webitel of the new generation, each signed in by an access token."""

    port: int
    host: str = "127.0.0.1"

    @property
    def name(self) -> str:
        """See `Pbx`: of either generation."""
        return "webitel"

    def simulator(self, speed: float) -> tuple[str, ...]:
        """See `Pbx`. It plays made-up calls."""
        return "cti_simulators.webitel.new", "--port", str(self.port), "--speed", str(speed), "--demo"

    def settings(self, credentials_key: Path) -> dict[str, str]:
        """See `Pbx`. All are signed in, also without a browser, so that the journal has calls from the beginning."""
        return {
            "GENERATION": "new",
            "URL": f"ws://{self.host}:{self.port}/websocket",
            "CREDENTIALS_KEY_FILE": str(credentials_key),
            "SIGN_IN": "always",
        }

    @property
    def credentials(self) -> Mapping[str, tuple[str, str]]:
        """See `Pbx`."""
        return {user: (user, token_of(user)) for user in OPERATORS}


@dataclass(frozen=True)
class WebitelOld:
    """The users of a simulated Webitel of the old generation, each signed in by a link of their own."""

    port: int
    host: str = "127.0.0.1"

    @property
    def name(self) -> str:
        """See `Pbx`: of either generation."""
        return "webitel"

    def simulator(self, speed: float) -> tuple[str, ...]:
        """See `Pbx`. It plays made-up calls."""
        return "cti_simulators.webitel.old", "--port", str(self.port), "--speed", str(speed), "--demo"

    def settings(self, credentials_key: Path) -> dict[str, str]:
        """See `Pbx`. All are signed in, also without a browser, so that the journal has calls from the beginning."""
        return {
            "GENERATION": "old",
            "URL": f"ws://{self.host}:{self.port}",
            "DOMAIN": webitel_old.DOMAIN,
            "CREDENTIALS_KEY_FILE": str(credentials_key),
            "SIGN_IN": "always",
        }

    @property
    def credentials(self) -> Mapping[str, tuple[str, str]]:
        """See `Pbx`."""
        return {user: (user, webitel_old.secret_of(user)) for user in OPERATORS}


KINDS: dict[str, Callable[[int], Pbx]] = {
    "asterisk": Asterisk,
    "freeswitch": FreeSwitch,
    "oktell": Oktell,
    "webitel": Webitel,
    "webitel-old": WebitelOld,
}
"""What can be simulated: from a port to the PBX there."""
