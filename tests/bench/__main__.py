"""`make bench`: every bench, a table, and the same rows as JSON. A failing bench fails the run after all others ran."""

import argparse
import os
import platform
import sys
import time
import traceback
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from tests.bench import (
    bench_directory,
    bench_identify,
    bench_journal,
    bench_latency,
    bench_memory,
    bench_pipeline,
    bench_publish,
    bench_push,
    bench_wire,
)
from tests.bench.rows import Row, table

BENCHES: dict[str, Callable[[float], list[Row]]] = {
    "wire": bench_wire.run,
    "pipeline": bench_pipeline.run,
    "publish": bench_publish.run,
    "journal": bench_journal.run,
    "directory": bench_directory.run,
    "identify": bench_identify.run,
    "latency": bench_latency.run,
    "push": bench_push.run,
    "memory": bench_memory.run,
}


class Report(msgspec.Struct, kw_only=True):
    """What is written. `load`: the system's load average (one minute) before each bench, ours not counted."""

    measured_at: datetime
    cpu: str
    cores: int
    python: str
    system: str
    load: dict[str, float]
    seconds: dict[str, float]
    rows: list[Row]


def main() -> int:
    """Run what is asked for; 1 when a bench failed."""
    arguments = _arguments()
    report = Report(
        measured_at=datetime.now(UTC),
        cpu=cpu(),
        cores=len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1,
        python=platform.python_version(),
        system=platform.platform(),
        load={},
        seconds={},
        rows=[],
    )
    print(f"{report.cpu}, {report.cores} cores, Python {report.python}\n")
    failed = [name for name in arguments.only or BENCHES if not _ran(name, arguments, report)]
    arguments.json.parent.mkdir(parents=True, exist_ok=True)
    arguments.json.write_bytes(msgspec.json.format(msgspec.json.encode(report)) + b"\n")
    print(f"rows in {arguments.json}" + "".join(f"; FAILED: {name}" for name in failed))
    return 1 if failed else 0


def _ran(name: str, arguments: argparse.Namespace, report: Report) -> bool:
    """Run one bench into the report; False when it raised."""
    report.load[name] = round(os.getloadavg()[0], 1)
    began = time.monotonic()
    try:
        if name == "memory" and arguments.calls is not None:
            rows = bench_memory.run(arguments.calls / bench_memory.CALLS, most_s=float("inf"))
        else:
            rows = BENCHES[name](1.0)
    except Exception:
        traceback.print_exc()
        return False
    report.seconds[name] = round(time.monotonic() - began, 1)
    report.rows += rows
    print(f"{name} ({report.seconds[name]:.0f} s, load {report.load[name]} before)\n{table(rows)}\n", flush=True)
    return True


def cpu() -> str:
    """The processor's name."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text(encoding="utf-8").splitlines() if info.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or "unknown"


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description="Measure against baselines.")
    parser.add_argument("--only", action="append", choices=BENCHES, metavar="NAME", help=f"of: {', '.join(BENCHES)}")
    parser.add_argument("--json", type=Path, default=Path(".state/bench.json"), help="where the rows go (%(default)s)")
    parser.add_argument("--calls", type=int, help=f"of the memory bench, however long it takes ({bench_memory.CALLS})")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
