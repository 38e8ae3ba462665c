"""The PBX of a stack: where it is, who simulates it, what its connector is told."""

import json
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
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

    def settings(self, keys: Path) -> dict[str, str]:
        """Of its connector, without the prefix; `keys`: a folder for what is secret."""
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

    def settings(self, keys: Path) -> dict[str, str]:
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

    def settings(self, keys: Path) -> dict[str, str]:
        """See `Pbx`."""
        keys.mkdir(parents=True, exist_ok=True)
        path = keys / "oktell-operators.json"
        listed = [
            {"user": user, "device": user, "login": login, "password": secret}
            for user, (login, secret) in self.credentials.items()
        ]
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
            json.dump(listed, file)
        return {"HOST": self.host, "PORT": str(self.port), "OPERATORS_FILE": str(path)}

    @property
    def credentials(self) -> Mapping[str, tuple[str, str]]:
        """See `Pbx`."""
        return {user: (f"u{user}", password_of(user)) for user in OPERATORS}


KINDS: dict[str, Callable[[int], Pbx]] = {"asterisk": Asterisk, "oktell": Oktell}
"""What can be simulated, by a PBX's name: from a port to the PBX there."""
