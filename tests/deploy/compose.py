"""Docker Compose as an operator uses it, for a project of our own that touches no other."""

import json
import os
import subprocess
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from tests.deploy.files import COMPOSE

POLL_S = 0.25


class Failed(Exception):
    """A step did not do what it should; the text says what was seen."""


@dataclass(frozen=True)
class Container:
    """One container of a service, as `docker compose ps` shows it."""

    service: str
    id: str
    state: str
    health: str


class Project:
    """compose.yaml under a name of its own, with settings of its own. The user's .env and override are left out."""

    def __init__(self, name: str, settings: Mapping[str, str]) -> None:
        self._name = name
        others = {name: value for name, value in os.environ.items() if not name.startswith("TRUNKLINE_")}
        self._environment = {**others, **settings}
        self._compose = ["docker", "compose", "--project-name", name, "--env-file", os.devnull, "--file", str(COMPOSE)]

    def run(self, *arguments: str, deadline_s: float = 300.0) -> str:
        """Run `docker compose ARGUMENTS`; returns its stdout, raises `Failed` with its stderr."""
        command = [*self._compose, *arguments]
        try:
            done = subprocess.run(
                command, env=self._environment, capture_output=True, text=True, timeout=deadline_s, check=False
            )
        except subprocess.TimeoutExpired as error:
            raise Failed(f"`docker compose {' '.join(arguments)}` takes longer than {deadline_s:g} s") from error
        if done.returncode != 0:
            said = f"{done.stdout}{done.stderr}".strip()[-4000:]
            raise Failed(f"`docker compose {' '.join(arguments)}` failed:\n{said}")
        return done.stdout

    def containers(self) -> list[Container]:
        """All containers of the project, stopped ones too."""
        lines = self.run("ps", "--all", "--format", "json").splitlines()
        found = (json.loads(line) for line in lines if line)
        return [Container(each["Service"], each["ID"], each["State"], each["Health"]) for each in found]

    def container(self, service: str) -> Container:
        """The container of a service."""
        return next(each for each in self.containers() if each.service == service)

    def restarts(self, service: str) -> int:
        """How often the engine started a service again by itself."""
        return int(docker("inspect", "--format", "{{.RestartCount}}", self.container(service).id))

    def left_over(self) -> str:
        """Containers, volumes and networks of the project, one a line."""
        label = f"label=com.docker.compose.project={self._name}"
        kinds = (
            ("container", "ls", "--all", "--format", "{{.Names}}"),
            ("volume", "ls", "--format", "{{.Name}}"),
            ("network", "ls", "--format", "{{.Name}}"),
        )
        return "".join(docker(*kind, "--filter", label) for kind in kinds)


def docker(*arguments: str) -> str:
    """Run `docker ARGUMENTS`; returns its stdout, raises `Failed`."""
    done = subprocess.run(["docker", *arguments], capture_output=True, text=True, timeout=60, check=False)
    if done.returncode != 0:
        raise Failed(f"`docker {' '.join(arguments)}` failed:\n{done.stderr.strip()}")
    return done.stdout


def missing() -> str | None:
    """What this machine lacks for containers, in words; None when all is there."""
    for what, command in (
        ("no Docker engine answers", ("info",)),
        ("the compose plugin (v2) is not there", ("compose", "version")),
    ):
        try:
            docker(*command)
        except (Failed, OSError, subprocess.TimeoutExpired):
            return what
    return None


def until(what: str, condition: Callable[[], bool], deadline_s: float = 60.0) -> None:
    """Wait for a condition; raises `Failed`."""
    end = time.monotonic() + deadline_s
    while not condition():
        if time.monotonic() > end:
            raise Failed(f"not within {deadline_s:g} s: {what}")
        time.sleep(POLL_S)
