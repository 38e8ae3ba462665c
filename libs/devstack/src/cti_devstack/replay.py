"""`trunkline replay`: what the pure pipeline of a connector makes of a recording."""

import argparse
import os
import sys
from collections.abc import Iterator
from importlib.metadata import EntryPoint, entry_points

from cti_simulators.traces import BadTrace, load_trace


def replay(arguments: argparse.Namespace) -> int:
    """Print JSON lines; exit codes as those of the command."""
    pipeline = pipelines()[arguments.pbx].load()
    for path in arguments.trace:
        try:
            trace = load_trace(path)
        except BadTrace as error:
            print(f"trunkline replay: {error}", file=sys.stderr)
            return 2
        chunks: Iterator[tuple[float, bytes]] = ((chunk.t, chunk.data) for chunk in trace.chunks)
        try:
            for line in pipeline(chunks, arguments.emit):
                sys.stdout.buffer.write(line + b"\n")
            sys.stdout.flush()
        except ValueError as error:
            print(f"trunkline replay: {path}: {error}", file=sys.stderr)
            return 2
        except BrokenPipeError:
            # The reader has enough (`| head`); nothing more may be written, at exit neither.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            return 0
    return 0


def pipelines() -> dict[str, EntryPoint]:
    """Kinds of PBX that are installed: each connector registers its pipeline."""
    return {point.name: point for point in entry_points(group="trunkline.pbx")}
