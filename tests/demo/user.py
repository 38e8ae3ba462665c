"""`trunkline up` as somebody at a terminal has it: what it prints, its processes, its ports."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx
from cti_devstack.ports import port_is_free

DEADLINE_S = 90.0
"""For what takes five seconds on an idle machine."""
COMMAND = str(Path(sys.executable).with_name("trunkline"))


class Terminal:
    """One `trunkline up` in a terminal."""

    def __init__(self, arguments: Sequence[str], become: Sequence[str] = (), **options: object) -> None:
        self.process = subprocess.Popen(
            [*become, COMMAND, "up", *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
            **options,  # type: ignore[call-overload]
        )
        self._lines: list[str] = []
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    @property
    def text(self) -> str:
        """What it has printed."""
        return "".join(self._lines)

    @property
    def panel(self) -> str:
        """The panel's address."""
        return found(r"Panel: (http://127\.0\.0\.1:\d+)\n", self.text)

    @property
    def links(self) -> dict[str, str]:
        """Operator to sign-in link."""
        return dict(re.findall(r"sign in as operator (\d+): (http://\S+#token=\S+)\n", self.text))

    def is_up(self) -> None:
        """Wait until it says so; fails when it ends before."""
        until(lambda: "stop: Ctrl-C" in self.text or self.process.poll() is not None)
        assert "stop: Ctrl-C" in self.text, self.text

    def press_ctrl_c(self) -> int:
        """Ctrl-C, and wait; the exit code."""
        self.process.send_signal(signal.SIGINT)
        return self.ends()

    def ends(self) -> int:
        """Wait for the end; the exit code."""
        code = self.process.wait(DEADLINE_S)
        self._reader.join(DEADLINE_S)
        return code

    def tree(self) -> set[int]:
        """Its process and all that come from it."""
        return descendants(self.process.pid) | {self.process.pid}

    def calls(self, operator: str, link: str = "") -> list[dict]:
        """The newest rows of the Calls section, asked for with the token of a sign-in link, by the panel's address."""
        answer = httpx.get(
            f"{self.panel}/v1/calls",
            params={"limit": 200, "alive": "false"},
            headers=_signed_in(link or self.links[operator]),
            timeout=DEADLINE_S,
        )
        assert answer.status_code == 200, answer.text
        return answer.json()["items"]

    def live(self, operator: str) -> list[dict]:
        """The calls that the panel shows now."""
        headers = _signed_in(self.links[operator])
        answer = httpx.get(f"{self.panel}/v1/view", headers=headers, timeout=DEADLINE_S)
        assert answer.status_code == 200, answer.text
        return answer.json()["view"].get("calls", [])  # empty lists are left out

    def does(self, operator: str, verb: str, **fields: str) -> bool:
        """A command, as the panel's buttons send it; whether its effect was seen."""
        answer = httpx.post(
            f"{self.panel}/v1/commands",
            json={"id": uuid.uuid4().hex, "verb": verb, **fields},
            headers=_signed_in(self.links[operator]),
            timeout=DEADLINE_S,
        )
        return answer.status_code == 200 and answer.json()["outcome"] == "observed"

    def names(self, operator: str) -> Iterator[str]:
        """Who the other party of an operator's calls is, from one live update after the other."""
        headers = _signed_in(self.links[operator])
        with httpx.stream("GET", f"{self.panel}/v1/events", headers=headers, timeout=DEADLINE_S) as answer:
            for line in answer.iter_lines():
                if line.startswith("data:"):
                    for call in json.loads(line.removeprefix("data:")).get("view", {}).get("calls", ()):
                        yield call.get("party", {}).get("name", "")

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self._lines.append(line)


def _signed_in(link: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {link.partition('#token=')[2]}"}


@contextmanager
def trunkline_up(*arguments: str, **options: object) -> Iterator[Terminal]:
    """Run it; what is left of it at the end is killed."""
    terminal = Terminal(arguments, **options)  # type: ignore[arg-type]
    try:
        yield terminal
    finally:
        if terminal.process.poll() is None:
            terminal.process.kill()
            terminal.ends()


def found(pattern: str, text: str) -> str:
    """The first group of the first match."""
    match = re.search(pattern, text)
    assert match is not None, text
    return match[1]


def until(condition: Callable[[], object], deadline_s: float = DEADLINE_S) -> None:
    """Wait for a condition."""
    end = time.monotonic() + deadline_s
    while not condition():
        assert time.monotonic() < end, "not in time"
        time.sleep(0.05)


def children(pid: int) -> list[int]:
    """The processes that one has started."""
    everybody = [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdecimal()]
    return [each for each in everybody if _parent(each) == pid]


def descendants(pid: int) -> set[int]:
    """The processes that come from one."""
    found_so_far: set[int] = set()
    waiting = [pid]
    while waiting:
        more = children(waiting.pop())
        found_so_far.update(more)
        waiting.extend(more)
    return found_so_far


def name_of(pid: int) -> str:
    """The name of a process's program; empty when it is gone."""
    try:
        return Path(f"/proc/{pid}/comm").read_text().strip()
    except (FileNotFoundError, ProcessLookupError):
        return ""


def owners(pids: set[int]) -> set[int]:
    """Whose processes these are; those that are gone are nobody's."""
    found_so_far: set[int] = set()
    for pid in pids:
        with suppress(FileNotFoundError, ProcessLookupError):
            found_so_far.add(os.stat(f"/proc/{pid}").st_uid)
    return found_so_far


def alive(pids: set[int]) -> set[int]:
    """Those that run."""
    return {pid for pid in pids if _parent(pid) >= 0}


def _parent(pid: int) -> int:
    """The parent's id; -1 for a process that is gone, or ended and not yet collected."""
    try:
        state, parent = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[:2]
    except (FileNotFoundError, ProcessLookupError):
        return -1
    return -1 if state == "Z" else int(parent)


def listening(pids: set[int]) -> set[int]:
    """The TCP ports that these processes listen on."""
    sockets = {
        fields[9]: int(fields[1].rpartition(":")[2], 16)
        for table in ("tcp", "tcp6")
        for fields in map(str.split, Path(f"/proc/net/{table}").read_text().splitlines()[1:])
        if fields[3] == "0A"
    }
    inodes = {found_in(link) for pid in pids for link in _links(pid)}
    return {port for inode, port in sockets.items() if inode in inodes}


def found_in(link: str) -> str:
    """The inode in `socket:[4711]`."""
    return link.removeprefix("socket:[").removesuffix("]")


def _links(pid: int) -> list[str]:
    links: list[str] = []
    try:
        for descriptor in os.listdir(f"/proc/{pid}/fd"):
            with suppress(FileNotFoundError):  # closed meanwhile
                links.append(os.readlink(f"/proc/{pid}/fd/{descriptor}"))
    except (FileNotFoundError, ProcessLookupError):  # a session of PostgreSQL that is over
        return []
    return links


@contextmanager
def occupied(port: int) -> Iterator[None]:
    """Somebody listens on a port: we do, unless another does already."""
    with socket.socket() as ours:
        if port_is_free(port):
            ours.bind(("127.0.0.1", port))
            ours.listen()
        yield
