"""The whole system on one machine: servers, services, a simulated PBX; started in order, stopped in reverse."""

import json
import signal
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from cti_devstack.demo import OPERATORS
from cti_devstack.keys import ISSUER, Issuer, Passwords, connector_keys, secret_key
from cti_devstack.nats import NatsServer
from cti_devstack.pbx import KINDS, Pbx
from cti_devstack.ports import free_port, port_near
from cti_devstack.postgres import PostgresServer
from cti_devstack.process import POLL_S, Child

PANEL_PORT = 2013
JOURNAL_PORT = 8081
DIRECTORY_PORT = 8082
NATS_PORT = 4222
_START_DEADLINE_S = 120.0  # of what hangs; what dies is noticed at once
_STOP_DEADLINE_S = 15.0
_RESTART_FIRST_S = 0.5
_RESTART_MOST_S = 30.0
_WELL_S = 60.0  # who lived so long is started again at once

Say = Callable[[str], None]


@dataclass
class _Kept:
    """A child process that is started again when it dies."""

    child: Child
    launch: Callable[[], None]
    stop: Callable[[], None]
    ready_url: str | None = None
    deaths: int = 0
    launched_at: float = field(default_factory=time.monotonic)
    not_before: float = 0.0


class Stack:
    """Everything that `trunkline up` runs. `state` holds data, logs and keys, and survives.

    The ports are wished (0: any): when they are busy, or another stack has chosen them, others are taken and said.
    `pbx`: one that is there already; without it one of that `kind` is simulated, with calls `speed` times as fast.
    `settings`: further environment variables of the services. Start it from a thread that lives as long as it runs.
    """

    def __init__(
        self,
        state: Path,
        say: Say,
        *,
        tenant: str = "demo",
        panel_port: int = PANEL_PORT,
        journal_port: int = JOURNAL_PORT,
        directory_port: int = DIRECTORY_PORT,
        nats_port: int = 0,
        pbx: Pbx | None = None,
        kind: str = "asterisk",
        speed: float = 1.0,
        settings: Mapping[str, str] | None = None,
    ) -> None:
        self._state = state
        self._say = say
        self.tenant = tenant
        self.panel_port = port_near(panel_port, "the panel", say)
        self._journal_port = port_near(journal_port, "the journal's API", say)
        self._directory_port = port_near(directory_port, "the directory's API", say)
        self._simulated = pbx is None
        self.pbx = pbx or KINDS[kind](free_port())
        self._speed = speed
        self._settings = dict(settings or {})
        self.issuer = Issuer(state / "keys")
        self.passwords = Passwords(state / "keys", OPERATORS)
        self.nats = NatsServer(state / "nats", port_near(nats_port, "NATS", say))
        self.postgres = PostgresServer(state / "postgres")
        self._kept: list[_Kept] = []

    @property
    def panel_url(self) -> str:
        """Where the panel is."""
        return f"http://127.0.0.1:{self.panel_port}"

    @property
    def journal_url(self) -> str:
        """Where the journal's API is."""
        return f"http://127.0.0.1:{self._journal_port}"

    @property
    def directory_url(self) -> str:
        """Where the directory's API is."""
        return f"http://127.0.0.1:{self._directory_port}"

    def link(self, user: str) -> str:
        """A sign-in link for a user."""
        return f"{self.panel_url}/#token={self.issuer.token(user, self.tenant)}"

    def start(self, wanted: Callable[[], bool] = lambda: True) -> None:
        """Start everything; returns when every service is ready, or `wanted` no longer. Raises `StartFailed`."""
        self._kept.append(_Kept(self.nats.child, self.nats.child.start, self.nats.stop))
        self.nats.start()
        self._kept.append(_Kept(self.postgres.child, self.postgres.launch, self.postgres.stop))
        self.postgres.start()
        database = self.postgres.create_database("trunkline")
        if self._simulated:
            module, *arguments = self.pbx.simulator(self._speed)
            self._run(self.pbx.name, module, {}, None, *arguments)
        keys = {"JWT_KEY_FILE": str(self.issuer.public_key), "JWT_ISSUER": ISSUER}
        journal = keys | {"DATABASE_URL": database, "HTTP_PORT": str(self._journal_port)}
        if self.pbx.recordings:
            journal["RECORDINGS"] = json.dumps({self.pbx.name: self.pbx.recordings})
        self._run("call-journal", "call_journal", _prefixed("JOURNAL", journal), "JOURNAL")
        directory = keys | {"DATABASE_URL": database, "HTTP_PORT": str(self._directory_port)}
        directory["SECRET_KEY_FILE"] = str(secret_key(self._state / "keys"))
        credentials_key = secret_key(self._state / "keys", self.pbx.name)
        directory["CONNECTOR_KEYS_FILE"] = str(connector_keys(self._state / "keys", self.pbx.name))
        self._run("directory", "directory", _prefixed("DIRECTORY", directory), "DIRECTORY")
        push = keys | {"JOURNAL_URL": self.journal_url, "HTTP_PORT": str(self.panel_port)}
        push["DIRECTORY_URL"] = self.directory_url
        push |= {
            "LOGIN_USERS_FILE": str(self.passwords.users_file),
            "LOGIN_KEY_FILE": str(self.issuer.private_key),
        }
        self._run("push", "push", _prefixed("PUSH", push), "PUSH")
        name = self.pbx.name
        pbx = _prefixed(name.upper(), self.pbx.settings(credentials_key))
        self._run(f"connector-{name}", f"connector_{name}", pbx, name.upper())
        for kept in self._kept:
            if kept.ready_url is not None:
                self._await(kept.child, kept.ready_url, wanted)

    def watch(self) -> None:
        """Start again what died. To be called often."""
        now = time.monotonic()
        for kept in self._kept:
            if kept.child.running:
                continue
            if kept.not_before == 0.0:
                kept.deaths = kept.deaths + 1 if now - kept.launched_at < _WELL_S else 1
                wait_s = min(_RESTART_FIRST_S * 2.0 ** (kept.deaths - 1), _RESTART_MOST_S)
                kept.not_before = now + wait_s
                code = kept.child.exit_code
                self._say(f"{kept.child.name} ended with {code}, again in {wait_s:g} s; see {kept.child.log}")
            elif now >= kept.not_before:
                kept.launched_at, kept.not_before = now, 0.0
                kept.launch()

    @property
    def children(self) -> list[Child]:
        """All its processes, in the order in which they were first started."""
        return [kept.child for kept in self._kept]

    def service(self, name: str) -> Child:
        """The process of a service."""
        return next(child for child in self.children if child.name == name)

    def is_ready(self, name: str) -> bool:
        """Whether a service says that it does its work now."""
        return any(kept.child.name == name and kept.ready_url and _is_ready(kept.ready_url) for kept in self._kept)

    def stop(self) -> None:
        """Stop everything in reverse order."""
        for kept in reversed(self._kept):
            kept.stop()

    def _run(self, name: str, module: str, environment: Mapping[str, str], health: str | None, *arguments: str) -> None:
        common = {
            "TRUNKLINE_NATS_URL": self.nats.url,
            "TRUNKLINE_TENANT": self.tenant,
            "TRUNKLINE_LOG_FORMAT": "json",
        }
        ready_url = None
        if health is not None:
            port = free_port()
            common[f"TRUNKLINE_{health}_HEALTH_PORT"] = str(port)
            ready_url = f"http://127.0.0.1:{port}/readyz"
        command = [sys.executable, "-m", module, *arguments]
        log = self._state / "logs" / f"{name}.log"
        child = Child(name, command, log, {**common, **environment, **self._settings})
        stop = partial(child.stop, signal.SIGTERM, deadline_s=_STOP_DEADLINE_S)
        self._kept.append(_Kept(child, child.start, stop, ready_url))
        child.start()

    def _await(self, child: Child, ready_url: str, wanted: Callable[[], bool]) -> None:
        child.wait_until(lambda: not wanted() or _is_ready(ready_url), _START_DEADLINE_S)


def _prefixed(service: str, settings: Mapping[str, str]) -> dict[str, str]:
    return {f"TRUNKLINE_{service}_{name}": value for name, value in settings.items()}


def _is_ready(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=1) as answer:  # noqa: S310 - our own address
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def wait_while(running: Callable[[], bool], watch: Callable[[], None]) -> None:
    """Watch until told to stop."""
    while running():
        watch()
        time.sleep(POLL_S * 10)
