"""Child processes that end with us: started, watched, stopped.

StartFailed   a server did not come up; the text names its log
"""

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

_PR_SET_PDEATHSIG = 1
_LIBC = ctypes.CDLL(None)  # loaded here: between fork and exec of a threaded program nothing should be
POLL_S = 0.02


class StartFailed(Exception):
    """A server did not come up. The text says why and where its log is."""


class Child:
    """One child process with its output in a log file.

    On Linux the kernel ends it when the thread that started it ends: start it from one that lives as long.
    """

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        log: Path,
        environment: Mapping[str, str] | None = None,
        before_exec: Callable[[], None] | None = None,
    ) -> None:
        self.name = name
        self.log = log
        self._command = list(command)
        self._environment = {**os.environ, **(environment or {})}
        self._before_exec = before_exec
        self._process: subprocess.Popen[bytes] | None = None

    def twin(self, name: str, **changes: str) -> "Child":
        """Another process of the same command, not started, with these environment variables changed."""
        log = self.log.with_name(f"{name}.log")
        return Child(name, self._command, log, {**self._environment, **changes}, self._before_exec)

    @property
    def pid(self) -> int:
        """The process id; raises when it was not started."""
        if self._process is None:
            raise RuntimeError(f"{self.name} was not started")
        return self._process.pid

    @property
    def running(self) -> bool:
        """Whether it was started and has not ended."""
        return self._process is not None and self._process.poll() is None

    @property
    def exit_code(self) -> int | None:
        """How it ended; None while it runs or before it was started."""
        return None if self._process is None else self._process.poll()

    def start(self) -> None:
        """Start it; its output is appended to the log."""
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as output:
            self._process = subprocess.Popen(
                self._command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=self._environment,
                start_new_session=True,  # Ctrl-C is ours to pass on, in order
                preexec_fn=self._prepare,
            )

    def _prepare(self) -> None:
        if self._before_exec is not None:
            self._before_exec()
        if sys.platform == "linux":  # last, since a change of user forgets it
            _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)

    def wait_until(self, ready: Callable[[], bool], deadline_s: float) -> None:
        """Wait until `ready`; raises `StartFailed` when the process ends before, or the time is over."""
        end = time.monotonic() + deadline_s
        while not ready():
            if not self.running:
                raise StartFailed(f"{self.name} ended with {self.exit_code}; see {self.log}:\n{self.tail()}")
            if time.monotonic() > end:
                raise StartFailed(
                    f"{self.name} did not come up within {deadline_s:g} s; see {self.log}:\n{self.tail()}"
                )
            time.sleep(POLL_S)

    def stop(self, number: int = signal.SIGTERM, deadline_s: float = 10.0) -> None:
        """Ask it to end, wait, and kill it when it does not. Repeatable."""
        if self._process is None or self._process.poll() is not None:
            return
        self._process.send_signal(number)
        try:
            self._process.wait(deadline_s)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def kill9(self) -> None:
        """End it as a power cut would."""
        if self._process is not None and self._process.poll() is None:
            self._process.kill()
            self._process.wait()

    def freeze(self) -> None:
        """Let it hang, as on a machine that is overloaded: what it listens on still takes connections.

        When this returns, all of it stands still (or it has ended).
        """
        if self._process is not None:
            self._process.send_signal(signal.SIGSTOP)
            os.waitid(os.P_PID, self._process.pid, os.WSTOPPED | os.WEXITED | os.WNOWAIT)

    def thaw(self) -> None:
        """Let it go on."""
        if self._process is not None:
            self._process.send_signal(signal.SIGCONT)

    def tail(self, lines: int = 15) -> str:
        """The end of its log."""
        if not self.log.exists():
            return ""
        return "\n".join(self.log.read_text(encoding="utf-8", errors="replace").splitlines()[-lines:])
