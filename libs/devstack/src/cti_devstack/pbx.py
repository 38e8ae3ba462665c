"""The PBX of a stack: where it is, who simulates it, what its connector is told."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from cti_simulators.oktell.plan import password_of
from cti_simulators.webitel.new.plan import token_of
from cti_simulators.webitel.old import demo as webitel_old

from cti_devstack.demo import OPERATORS
from cti_devstack.ports import free_port


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

    @property
    def recordings(self) -> Mapping[str, Any]:
        """Where the journal finds the sound of its recordings; empty: it has none."""
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
        """See `Pbx`. It plays made-up calls."""
        port, user = str(self.port), f"{self.username}:{self.secret}"
        demo = ("--behave", "--demo")
        return "cti_simulators.asterisk", "--port", port, "--user", user, "--speed", str(speed), *demo

    def settings(self, credentials_key: Path) -> dict[str, str]:
        """See `Pbx`. The telephones obey a NOTIFY, so that a panel may answer and hold."""
        return {
            "HOST": self.host,
            "PORT": str(self.port),
            "USERNAME": self.username,
            "SECRET": self.secret,
            "ANSWER_BY": "notify",
            "HOLD_BY": "notify",
            "ORIGINATE_CONTEXT": "internal",
        }

    @property
    def credentials(self) -> Mapping[str, tuple[str, str]]:
        """See `Pbx`: nobody, since the manager interface tells of all."""
        return {}

    @property
    def recordings(self) -> Mapping[str, Any]:
        """See `Pbx`."""
        return {}


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

    @property
    def recordings(self) -> Mapping[str, Any]:
        """See `Pbx`."""
        return {}


@dataclass(frozen=True)
class FirstParty:
    """One whose standard users are each signed in by a link of their own.

    `simulated`: the module that plays it, with the arguments `besides`. `path`: where its WebSocket is; `logins`: by
    user, login and secret there; `more`: settings of its connector alone; `recordings`: see `Pbx`.
    """

    name: str
    simulated: str
    port: int
    logins: Mapping[str, tuple[str, str]]
    path: str = ""
    more: Mapping[str, str] = field(default_factory=dict)
    besides: tuple[str, ...] = ()
    recordings: Mapping[str, Any] = field(default_factory=dict)

    def simulator(self, speed: float) -> tuple[str, ...]:
        """See `Pbx`. It plays made-up calls."""
        return self.simulated, "--port", str(self.port), "--speed", str(speed), "--demo", *self.besides

    def settings(self, credentials_key: Path) -> dict[str, str]:
        """See `Pbx`. All are signed in, also without a browser, so that the journal has calls from the beginning."""
        url = f"ws://127.0.0.1:{self.port}{self.path}"
        return {"URL": url, "CREDENTIALS_KEY_FILE": str(credentials_key), "SIGN_IN": "always", **self.more}

    @property
    def credentials(self) -> Mapping[str, tuple[str, str]]:
        """See `Pbx`."""
        return self.logins


def oktell(port: int) -> FirstParty:
    """An Oktell."""
    logins = {user: (f"u{user}", password_of(user)) for user in OPERATORS}
    return FirstParty("oktell", "cti_simulators.oktell", port, logins)


def webitel(port: int) -> FirstParty:
    """A Webitel of the new generation; its users sign in by access tokens."""
    logins = {user: (user, token_of(user)) for user in OPERATORS}
    module, more = "cti_simulators.webitel.new", {"GENERATION": "new"}
    return FirstParty("webitel", module, port, logins, "/websocket", more)


def webitel_of_old(port: int) -> FirstParty:
    """A Webitel of the old generation, which records all calls; its recording server has a port of its own."""
    logins = {user: (user, webitel_old.secret_of(user)) for user in OPERATORS}
    more = {"GENERATION": "old", "DOMAIN": webitel_old.DOMAIN, "RECORDS": "true"}
    sound = free_port()
    place = {
        "url": f"http://127.0.0.1:{sound}/api/v2/files/{{location}}",
        "headers": {"X-Key": webitel_old.RECORDS_KEY, "X-Access-Token": webitel_old.RECORDS_TOKEN},
    }
    besides = ("--recordings-port", str(sound))
    return FirstParty(
        "webitel", "cti_simulators.webitel.old", port, logins, more=more, besides=besides, recordings=place
    )


KINDS: dict[str, Callable[[int], Pbx]] = {
    "asterisk": Asterisk,
    "freeswitch": FreeSwitch,
    "oktell": oktell,
    "webitel": webitel,
    "webitel-old": webitel_of_old,
}
"""What can be simulated: from a port to the PBX there."""
