"""One running system in a state folder at a time."""

import fcntl
import os
from pathlib import Path
from types import TracebackType
from typing import Self

from cti_devstack.process import StartFailed


class StateLock:
    """Held while the system runs; the kernel lets go of it when the process ends, however it ends.

    Entering makes the folder where there is none, and raises `StartFailed` when another process holds the lock or the
    folder cannot be written. Children do not inherit it.
    """

    def __init__(self, state: Path) -> None:
        self._state = state
        self._file = -1

    def __enter__(self) -> Self:
        try:
            self._state.mkdir(parents=True, exist_ok=True)
            self._file = os.open(self._state / "lock", os.O_RDWR | os.O_CREAT, 0o644)
        except OSError as error:
            raise StartFailed(f"{self._state}: {error.strerror}; choose another folder with --state") from error
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            holder = os.read(self._file, 1024).decode("utf-8", "replace").strip()
            os.close(self._file)
            raise StartFailed(
                f"{self._state} is in use by another `trunkline up` ({holder or 'starting'}): "
                "stop that one, or choose another folder with --state"
            ) from error
        self.note(f"process {os.getpid()}")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        os.close(self._file)

    def note(self, text: str) -> None:
        """Who holds it, in words for the one who comes second."""
        os.ftruncate(self._file, 0)
        os.pwrite(self._file, text.encode(), 0)
