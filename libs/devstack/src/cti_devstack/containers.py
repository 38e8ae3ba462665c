"""The official images in the place of the embedded servers, with the same face: for tests.

Needs a Docker engine that has the images (`has_image`; nothing is pulled), and testcontainers, which only the
development environment has. A container is removed by `remove`; one whose test run was killed stays behind.
"""

import os
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from typing import Any

from cti_devstack.ports import free_port
from cti_devstack.process import POLL_S, StartFailed

NATS_IMAGE = "nats:2.15-alpine"
POSTGRES_IMAGE = "postgres:17"
_PASSWORD = "test"  # noqa: S105 - of a server that lives as long as a test


def has_image(image: str) -> bool:
    """Whether an engine answers that has the image."""
    try:
        found = subprocess.run(["docker", "image", "inspect", image], capture_output=True, check=False)  # noqa: S607
    except OSError:
        return False
    return found.returncode == 0


class _Contained:
    """A container with ports of this machine's loopback that stay the same when it is started again."""

    def __init__(self, image: str, ports: dict[int, int], command: list[str], environment: dict[str, str]) -> None:
        # Read when testcontainers is imported. Its helper that removes left-over containers would have to be pulled,
        # and within a container it would take the engine's address for ours.
        os.environ.setdefault("TESTCONTAINERS_RYUK_DISABLED", "true")
        os.environ.setdefault("TESTCONTAINERS_CONNECTION_MODE", "docker_host")
        from testcontainers.core.container import DockerContainer

        self._made = DockerContainer(image, env=environment)
        if command:
            self._made.with_command(command)
        for inside, outside in ports.items():
            self._made.ports[str(inside)] = ("127.0.0.1", outside)  # type: ignore[assignment]  # only ever handed on
        self._started = False

    @property
    def _container(self) -> Any:
        return self._made.get_wrapped_container()

    def start(self, deadline_s: float = 60.0) -> None:
        """Start it, with the data of before if there are any, and wait until it answers."""
        if self._started:
            self._container.start()
        else:
            self._made.start()
            self._started = True
        self._wait_until(self._answers, deadline_s)

    def stop(self) -> None:
        """End it in order."""
        self._container.stop()

    def kill9(self) -> None:
        """End it as a power cut would."""
        self._container.kill()

    def remove(self) -> None:
        """Take it away with its data, whatever its state."""
        if self._started:
            self._container.remove(force=True, v=True)

    def _answers(self) -> bool:
        raise NotImplementedError

    def _wait_until(self, ready: Callable[[], bool], deadline_s: float) -> None:
        end = time.monotonic() + deadline_s
        while not ready():
            if time.monotonic() > end:
                log = self._container.logs(tail=15).decode(errors="replace")
                raise StartFailed(f"{self._made.image} did not come up within {deadline_s:g} s:\n{log}")
            time.sleep(POLL_S)


class ContainedNats(_Contained):
    """NATS with JetStream."""

    def __init__(self) -> None:
        self.port, self._monitor = free_port(), free_port()
        command = ["--jetstream", "--store_dir", "/data", "--http_port", "8222"]
        super().__init__(NATS_IMAGE, {4222: self.port, 8222: self._monitor}, command, {})

    @property
    def url(self) -> str:
        """Where clients connect."""
        return f"nats://127.0.0.1:{self.port}"

    def restart(self) -> None:
        """End it in order and start it again with what it had."""
        self.stop()
        self.start()

    def freeze(self) -> None:
        """Let it hang: it takes connections and says nothing."""
        self._container.pause()

    def thaw(self) -> None:
        """Let it go on."""
        self._container.unpause()

    def _answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self._monitor}/healthz", timeout=1) as answer:
                return bool(answer.status == 200)
        except (urllib.error.URLError, OSError):
            return False


class ContainedPostgres(_Contained):
    """PostgreSQL, superuser `postgres`; without fsync."""

    def __init__(self) -> None:
        self.port = free_port()
        command = ["postgres", "-c", "fsync=off", "-c", "full_page_writes=off", "-c", "synchronous_commit=off"]
        super().__init__(POSTGRES_IMAGE, {5432: self.port}, command, {"POSTGRES_PASSWORD": _PASSWORD})

    def url(self, database: str = "postgres") -> str:
        """Where clients connect."""
        return f"postgresql://postgres:{_PASSWORD}@127.0.0.1:{self.port}/{database}"

    def create_database(self, name: str) -> str:
        """Make a database; returns its URL."""
        made = self._container.exec_run(["createdb", "-U", "postgres", name], user="postgres")
        if made.exit_code != 0:
            raise StartFailed(f"createdb {name}: {made.output.decode(errors='replace')}")
        return self.url(name)

    def _answers(self) -> bool:
        # By TCP: while it makes its cluster it answers on its socket alone.
        asked = self._container.exec_run(["pg_isready", "-q", "-h", "127.0.0.1", "-U", "postgres"])
        return bool(asked.exit_code == 0)
