"""Recorded byte streams of real PBXs: the bytes as they came, and when.

A trace is `<name>.ami` (of an event socket: `<name>.esl.jsonl`, frames as JSON lines, or `<name>.esl-plain.txt`) with
`<name>.times.jsonl` beside it (one line for each portion received: `off`, `len`, `t` in epoch seconds) and, where it is
known, `<name>.truth.json`: what the telephones themselves saw. Each may be gzipped.
"""

import gzip
import json
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ENDINGS = (".ami", ".esl.jsonl", ".esl-plain.txt", ".esl")
"""Of the files that hold the bytes."""


class BadTrace(Exception):
    """A file that is missing or not what it should be; the text names it."""


@dataclass(frozen=True)
class Chunk:
    """Bytes that came in one portion at `t` (epoch seconds)."""

    t: float
    data: bytes


@dataclass(frozen=True)
class Trace:
    """A recording: its name and its portions in order."""

    name: str
    path: Path
    chunks: tuple[Chunk, ...]

    @property
    def sent(self) -> tuple[bytes, ...]:
        """What the recorder sent, in order; empty where nobody kept it."""
        found = _beside(self.path, ".sent.jsonl")
        return () if found is None else tuple(str(line["raw"]).encode() for _, line in _lines(found, ("raw",)))

    def truth(self) -> dict[str, Any] | None:
        """What the telephones saw, or None where nobody recorded it."""
        found = _beside(self.path, ".truth.json")
        if found is None:
            return None
        try:
            loaded = json.loads(_read(found))
        except ValueError as error:
            raise BadTrace(f"{found}: {error}") from error
        if not isinstance(loaded, dict):
            raise BadTrace(f"{found}: not a JSON object")
        return loaded


def load_trace(path: Path | str) -> Trace:
    """Read a trace from its file (see `ENDINGS`), gzipped or not; raises `BadTrace`. Without times all bytes come at 0.

    Bytes behind the last time (a recorder that was killed) come at that time.
    """
    path = Path(path)
    data = _read(path)
    times = _beside(path, ".times.jsonl")
    if times is None:
        return Trace(stem(path), path, (Chunk(0.0, data),))
    chunks: list[Chunk] = []
    at, position = 0.0, 0
    for number, entry in _lines(times, ("off", "len", "t")):
        try:
            start, length, at = int(entry["off"]), int(entry["len"]), float(entry["t"])
        except (ValueError, TypeError) as error:
            raise BadTrace(f"{times}: line {number}: {error}") from error
        if start != position or length < 0:
            raise BadTrace(f"{times}: line {number} does not go on at byte {position}")
        if start >= len(data) and length:
            raise BadTrace(f"{path}: ends at byte {len(data)}, but {times.name} tells of more")
        position += length
        chunks.append(Chunk(at, data[start:position]))
    if position < len(data):
        chunks.append(Chunk(at, data[position:]))
    return Trace(stem(path), path, tuple(chunks))


def find_traces(folder: Path, ending: str = ".ami") -> Iterator[Path]:
    """All traces below a folder whose files end so, by name."""
    yield from sorted(each for each in folder.rglob(f"*{ending}*") if each.name.endswith((ending, f"{ending}.gz")))


def stem(path: Path) -> str:
    """The name of a trace: its file's without endings."""
    name = path.name.removesuffix(".gz")
    return next((name.removesuffix(ending) for ending in ENDINGS if name.endswith(ending)), name)


def _beside(path: Path, ending: str) -> Path | None:
    for suffix in ("", ".gz"):
        candidate = path.with_name(stem(path) + ending + suffix)
        if candidate.exists():
            return candidate
    return None


def _lines(path: Path, keys: tuple[str, ...]) -> Iterator[tuple[int, dict[str, Any]]]:
    """The objects of a JSON lines file with their line numbers; each has `keys`."""
    for number, line in enumerate(_read(path).splitlines(), 1):
        try:
            entry = json.loads(line)
        except ValueError as error:
            raise BadTrace(f"{path}: line {number}: {error}") from error
        if not isinstance(entry, dict) or not all(key in entry for key in keys):
            raise BadTrace(f"{path}: line {number} is not an object with {', '.join(keys)}")
        yield number, entry


def _read(path: Path) -> bytes:
    try:
        return gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    except (OSError, EOFError, zlib.error) as error:
        raise BadTrace(f"{path}: {error}") from error
