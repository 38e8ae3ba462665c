"""Memory of the connector's pipeline over many calls: flat, or the connector forgets to forget.

A fresh process parses, translates and encodes that many calls, twenty at a time, most of them plain and every
twentieth one with hold, transfer, consultation or a queue. The value is its resident memory at the end, the baseline
that after the first tenth of the calls, when all caches and pools are warm. A leak of 100 bytes for each call would
show as 17 MiB.
"""

import gc
import itertools
import json
import subprocess
import sys
import time
from pathlib import Path

from connector_asterisk.replay import events_of
from cti_model.envelope import encode_call

from tests.bench.calls import BusyLine, elsewhere, forms, mostly_plain
from tests.bench.rows import Row, row, scaled

CALLS = 200_000
LANES = 20
MOST_S = 210.0
ROOT = Path(__file__).parents[2]
_MIB = 1024 * 1024


def run(scale: float = 1.0, most_s: float = MOST_S) -> list[Row]:
    """The rows of the table. On a busy machine it ends after `most_s` seconds, with fewer calls."""
    command = [sys.executable, "-m", "tests.bench.bench_memory", str(scaled(CALLS, scale, 10)), str(most_s)]
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, check=True)
    calls, first, early, late = json.loads(done.stdout)
    what = f"resident memory after {calls:,} calls"
    return [row("memory", what, "MiB", late / _MIB, early / _MIB, f"after the first {first:,}")]


def measure(calls: int, most_s: float) -> tuple[int, int, int, int]:
    """How many calls ended; the first tenth of those wished for; bytes resident after these, and at the end."""
    until = time.monotonic() + most_s
    first, early, ended = calls // 10, 0, 0
    for floor, form in itertools.product(range(LANES), forms()):
        elsewhere(form, floor)  # the bench's own memory is not in question
    for event in events_of(BusyLine(calls, lanes=LANES, choose=mostly_plain)):
        encode_call(event)
        if event.call.alive:
            continue
        ended += 1
        if ended == first:
            early = resident()
        elif time.monotonic() > until and early:
            break
    else:
        if ended < calls:
            raise AssertionError(f"{calls} calls began, {ended} ended")
    return ended, first, early, resident()


def resident() -> int:
    """This process's resident memory in bytes, garbage taken out."""
    gc.collect()
    for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) * 1024
    raise OSError("the system does not tell the resident memory")


if __name__ == "__main__":
    print(json.dumps(measure(int(sys.argv[1]), float(sys.argv[2]))))
