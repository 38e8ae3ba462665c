"""`trunkline doctor`: what is missing on this machine, and what to do about it."""

import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from cti_devstack import nats, postgres
from cti_devstack.ports import port_is_free
from cti_devstack.process import StartFailed
from cti_devstack.stack import DIRECTORY_PORT, JOURNAL_PORT, PANEL_PORT


def findings(state: Path) -> Iterator[tuple[str, str, str]]:
    """(`ok` | `hint` | `problem`, what, in words) for each thing looked at."""
    version = ".".join(map(str, sys.version_info[:3]))
    yield ("ok" if sys.version_info >= (3, 11) else "problem", "Python", f"{version}, 3.11 or newer is needed")
    yield _tried("NATS server", nats.binary)
    yield _tried("PostgreSQL", lambda: str(postgres.binaries() / "postgres"))
    for port, what in ((PANEL_PORT, "panel"), (JOURNAL_PORT, "journal API"), (DIRECTORY_PORT, "directory API")):
        if port_is_free(port):
            yield "ok", f"port {port}", f"free for the {what}"
        else:
            yield "hint", f"port {port}", f"busy: `trunkline up` takes another one for the {what}"
    browser = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if browser:
        yield "ok", "browser for tests", browser
    else:
        yield "hint", "browser for tests", "none: `make test` needs Debian's chromium (apt-get install chromium)"
    yield _writable(state)


def _tried(what: str, find: Callable[[], str]) -> tuple[str, str, str]:
    try:
        return "ok", what, find()
    except StartFailed as error:
        return "problem", what, str(error)


def _writable(state: Path) -> tuple[str, str, str]:
    try:
        state.mkdir(parents=True, exist_ok=True)
        probe = state / ".probe"
        probe.touch()
        probe.unlink()
    except OSError as error:
        return "problem", "state folder", f"{state}: {error.strerror}; choose another with --state"
    return "ok", "state folder", str(state)
