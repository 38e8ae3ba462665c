"""An embedded NATS server with JetStream, from a wheel."""

import shutil
import signal
import sys
import sysconfig
import urllib.error
import urllib.request
from collections.abc import Sequence
from pathlib import Path

from cti_devstack.ports import free_port
from cti_devstack.process import Child, StartFailed


class NatsServer:
    """One server on the loopback. Its messages lie in `folder` and survive `stop`, `kill9` and `start`.

    `options` are further ones of its command line.
    """

    def __init__(self, folder: Path, port: int = 0, *, options: Sequence[str] = ()) -> None:
        self.port = port or free_port()
        self._monitor = free_port()
        folder.mkdir(parents=True, exist_ok=True)
        config = folder / "nats.conf"
        config.write_text(
            f'listen: "127.0.0.1:{self.port}"\nhttp: "127.0.0.1:{self._monitor}"\n'
            f'jetstream {{ store_dir: "{folder}" }}\nmax_payload: 1MB\n'
        )
        self.child = Child("nats-server", [binary(), "--config", str(config), *options], folder / "nats-server.log")

    @property
    def url(self) -> str:
        """Where clients connect."""
        return f"nats://127.0.0.1:{self.port}"

    def start(self, deadline_s: float = 60.0) -> None:
        """Start it and wait until JetStream answers."""
        self.launch()
        self.child.wait_until(self._healthy, deadline_s)

    def launch(self) -> None:
        """`start` without waiting for its success: a member of a cluster answers when most of them are there."""
        self.child.start()

    def stop(self) -> None:
        """End it in order."""
        self.child.stop(signal.SIGTERM)

    def kill9(self) -> None:
        """End it as a power cut would."""
        self.child.kill9()

    def restart(self) -> None:
        """End it in order and start it again with what it had."""
        self.stop()
        self.start()

    def freeze(self) -> None:
        """Let it hang: it takes connections and says nothing."""
        self.child.freeze()

    def thaw(self) -> None:
        """Let it go on."""
        self.child.thaw()

    def _healthy(self) -> bool:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self._monitor}/healthz", timeout=1) as answer:
                return bool(answer.status == 200)
        except (urllib.error.URLError, OSError):
            return False


def binary() -> str:
    """The path of the server; raises `StartFailed` when it is not installed."""
    for folder in (Path(sys.executable).parent, Path(sysconfig.get_path("scripts"))):
        candidate = folder / "nats-server"
        if candidate.exists():
            return str(candidate)
    found = shutil.which("nats-server")
    if found is None:
        raise StartFailed("nats-server is not installed: run `make setup`")
    return found
