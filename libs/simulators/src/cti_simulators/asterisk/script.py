"""What of a recording is replayed. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from cti_simulators.traces import Trace

_BANNER: Final = b"Asterisk Call Manager/"
_OF_THE_SERVER: Final = (b"Response: ", b"Event: FullyBooted\r\n", b"Event: Shutdown\r\n", b"Event: Reload\r\n")


@dataclass(frozen=True)
class Beat:
    """Whole blocks that were complete at `t` (epoch seconds), each with its empty line."""

    t: float
    blocks: tuple[bytes, ...]


def script(trace: Trace) -> tuple[Beat, ...]:
    """The blocks of a trace that tell of calls, in order, gathered by the portion that completed them.

    Left out: the banner, log-in and log-off, what answered the recorder's own actions, and what the server said of
    itself (started, stopped, reloaded), since the one that replays goes on.
    """
    beats: list[Beat] = []
    rest = b""
    for chunk in trace.chunks:
        rest += chunk.data
        *whole, rest = rest.split(b"\r\n\r\n")
        blocks = tuple(block + b"\r\n\r\n" for block in _of_calls(whole))
        if blocks:
            beats.append(Beat(chunk.t, blocks))
    return tuple(beats)


def version(trace: Trace) -> str | None:
    """The version in a trace's banner, such as `11.0.0`."""
    first = trace.chunks[0].data.split(b"\r\n", 1)[0] if trace.chunks else b""
    return first.removeprefix(_BANNER).decode("ascii", "replace") if first.startswith(_BANNER) else None


def _of_calls(blocks: list[bytes]) -> Iterator[bytes]:
    for block in blocks:
        text = block.split(b"\r\n", 1)[-1] if block.startswith(_BANNER) else block
        answer = b"\r\nActionID: " in text and not text.startswith(b"Event: OriginateResponse\r\n")
        own = b"\r\nService: AMI\r\n" in text
        if text.startswith(b"Event: ") and not text.startswith(_OF_THE_SERVER) and not answer and not own:
            yield text
