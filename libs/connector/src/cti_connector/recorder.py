"""Raw recording: PBX frames as they came, into files that `trunkline replay` reads.

BadRecording   a file that is missing or is none of ours; the text names it
"""

import json
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, NamedTuple, Self, TextIO


class BadRecording(Exception):
    """A recording that cannot be read."""


class FileRecorder:
    """Writes `<stem>.<ending>` (bytes as they came) and `<stem>.times.jsonl` (`off`, `len`, `t` for each portion, and
    `who`: the operator whose link it came over, where each has their own).

    Only what the PBX sends is written, so no password of ours is in it. Each portion is flushed: a recording of a
    crash ends with the crash.
    """

    def __init__(self, folder: Path, stem: str, ending: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.path = folder / f"{stem}.{ending}"
        self._bytes: BinaryIO = self.path.open("wb")
        self._times: TextIO = (folder / f"{stem}.times.jsonl").open("w", encoding="utf-8")
        self._offset = 0

    def write(self, data: bytes, at: datetime, who: str = "") -> None:
        """Append a portion."""
        self._bytes.write(data)
        entry = {"off": self._offset, "len": len(data), "t": at.timestamp(), **({"who": who} if who else {})}
        self._times.write(json.dumps(entry) + "\n")
        self._offset += len(data)
        self._bytes.flush()
        self._times.flush()

    def close(self) -> None:
        """Finish both files."""
        self._bytes.close()
        self._times.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class Portion(NamedTuple):
    """Bytes that came at epoch second `t`; `who`: over whose link, where each operator has their own."""

    t: float
    data: bytes
    who: str


def recorded(path: Path) -> Iterator[tuple[float, bytes]]:
    """The portions of a recording, each with the epoch second at which it came. Raises `BadRecording`."""
    return ((each.t, each.data) for each in portions(path))


def portions(path: Path) -> Iterator[Portion]:
    """The same, with whose each is. Raises `BadRecording`."""
    times = path.with_name(path.stem + ".times.jsonl")
    try:
        with path.open("rb") as data, times.open(encoding="utf-8") as lines:
            for line in lines:
                entry = json.loads(line)
                yield Portion(float(entry["t"]), data.read(int(entry["len"])), str(entry.get("who", "")))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise BadRecording(f"{path}: {error}") from error
